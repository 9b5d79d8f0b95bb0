import { describe, expect, it } from 'vitest';
import { Certificate } from '../../../src/pki/certificate.js';
import { isIssuedBy } from '../../../src/pki/chain.js';
import { decodeCapf, encodeCapf } from '../../../src/protocol/capf/codec.js';
import { keyOfElements } from '../../../src/protocol/capf/keys.js';
import type { CapfMessage } from '../../../src/protocol/capf/message.js';
import type { CapfIssueAnswer, CapfOrder } from '../../../src/protocol/capf/order.js';
import { CapfServerSession, type CapfServerStep } from '../../../src/protocol/capf/server-session.js';
import { StringGuard } from '../../../src/protocol/capf/string-guard.js';
import { CAPTURED, fixture, missing, octetsOf, type VectorMessage, vectors } from './vectors.js';

const issuers = missing ? [] : [fixture('capf').certificate, fixture('manufacturingCa').certificate];

/** What the reference server was set to, read from what it did. */
function orderOf(
  messages: readonly VectorMessage[],
  password: string | null,
  certificate: boolean,
): CapfOrder {
  const sent = messages.flatMap(({ dir, hex }) =>
    dir === 'server->client' && typeof hex === 'string' ? [decodeCapf(octetsOf(hex))] : [],
  );
  const has = (command: CapfMessage['command']): boolean => sent.some((one) => one.command === command);
  const request = sent.find((one) => one.command === 'KEY_GENERATE_REQUEST');
  const key = request?.command === 'KEY_GENERATE_REQUEST' ? keyOfElements(request) : undefined;
  let operation: CapfOrder['operation'] = 'none';
  if (key !== undefined) operation = 'install';
  else if (has('FETCH_CERTIFICATE_REQUEST')) operation = 'fetch';
  else if (has('DELETE_CERTIFICATE_REQUEST')) operation = 'delete';
  return {
    operation,
    authentication: certificate
      ? { by: 'certificate', precedence: 'lsc' }
      : password === null
        ? { by: 'null-string' }
        : { by: 'string', string: password },
    keys: key === undefined ? [] : [key],
    completesBy: null,
  };
}

/** The certificate that the reference server issued, to make ours send the same octets. */
function issuedIn(messages: readonly VectorMessage[]): CapfIssueAnswer {
  for (const { hex, dir } of messages) {
    const message =
      typeof hex === 'string' && dir === 'server->client' ? decodeCapf(octetsOf(hex)) : undefined;
    if (message?.command === 'STORE_CERTIFICATE_REQUEST' && message.certificate !== undefined) {
      return { certificate: Certificate.fromDer(message.certificate) };
    }
  }
  return { refused: 'no certificate in this conversation' };
}

/** Plays the phone's messages of a conversation to our server. */
function play(
  messages: readonly VectorMessage[],
  order: CapfOrder,
  knows: (device: string) => boolean = () => true,
): { readonly sent: readonly string[]; readonly end: CapfServerStep['end'] } {
  const first = messages[0]?.hex ?? '';
  const session = new CapfServerSession({
    sessionId: octetsOf(first).readUInt32BE(2),
    decide: {
      order: (device) => (knows(device) ? order : undefined),
      trusts: (certificate) => issuers.some((issuer) => isIssuedBy(certificate, issuer)),
    },
    strings: new StringGuard(),
    unixMs: () => CAPTURED,
  });
  const sent: string[] = [];
  let end: CapfServerStep['end'];
  const take = (step: CapfServerStep): void => {
    for (const message of step.send) sent.push(encodeCapf(message).toString('hex'));
    end ??= step.end;
    if (step.issue !== undefined) take(session.issued(issuedIn(messages), 0));
  };
  take(session.start(0));
  for (const { dir, hex } of messages) {
    if (dir === 'client->server' && typeof hex === 'string') take(session.receive(octetsOf(hex), 0));
  }
  take(session.closed('the client closed'));
  return { sent, end };
}

function sentBy(dir: VectorMessage['dir'], messages: readonly VectorMessage[]): readonly string[] {
  return messages.flatMap((message) =>
    message.dir === dir && typeof message.hex === 'string' ? [message.hex] : [],
  );
}

describe.skipIf(missing)('our server in the sessions of the vectors (capf.md 8)', () => {
  const sessions = vectors.sessions.map((session) => [session.id, session] as const);

  it.each(sessions)('%s: sends what the reference server sent', (_, { id, messages, serverBefore }) => {
    const set = typeof serverBefore === 'string' ? undefined : serverBefore;
    const order = orderOf(messages, set?.password ?? null, set?.authentication === 'certificate');
    const { sent, end } = play(messages, order, () => set !== undefined);
    // the phones of the vectors share one MIC, which is that of another device here: ours minds (capf.md 9.4)
    const minds = id === 'certauth-lsc-ec-mic-sudi';
    if (minds) expect(sent.at(-1)).toMatch(/^550f.*01000107$/);
    else expect(sent).toEqual(sentBy('server->client', messages));
    const expected = RESULTS.get(id) ?? 'success';
    expect(end?.result, end?.detail).toBe(expected);
    if (end?.result === 'success') expect(end.operation).toBe(set?.operation);
  });
});

/** R-94 for the sessions that did not succeed. */
const RESULTS = new Map([
  ['wrong-password', 'invalid-auth-str'],
  ['missing-password', 'invalid-auth-str'],
  ['fetch-without-lsc', 'fetch-success-but-no-cert'],
  ['delete-without-lsc', 'fail'],
  ['unknown-device', 'fail'],
  ['certauth-no-certificate', 'invalid-credentials'],
  ['certauth-unknown-issuer', 'invalid-lsc'],
  ['certauth-rsa512-key', 'invalid-lsc'],
  ['certauth-sudi-unknown-issuer', 'invalid-mic'],
  ['certauth-lsc-ec-mic-sudi', 'invalid-mic'],
]);

const ACCEPTED = 0;
const REFUSED = 7;

/** Where we differ from the reference server, each with its reason. */
const DIFFERENCES = new Map<string, { readonly reason: number; readonly why: string }>([
  ['version-1', { reason: ACCEPTED, why: 'capf.md 14: a server takes VERSION 1 to 3' }],
  ['version-2', { reason: ACCEPTED, why: 'capf.md 14: a server takes VERSION 1 to 3' }],
  ...[5, 8, 10, 12, 17, 18, 19, 99].map(
    (tag) => [`extra-tag-${tag}`, { reason: ACCEPTED, why: 'capf.md 7: unknown tags are skipped' }] as const,
  ),
  ['truncated-element-header', { reason: REFUSED, why: 'the reference ends with an unhandled exception' }],
  ['header-split', { reason: ACCEPTED, why: 'a stream can be cut anywhere (capf.md 3)' }],
  ['password-any-last-byte', { reason: REFUSED, why: 'only a NUL is stripped (capf.md 6)' }],
  ['device-no-nul', { reason: ACCEPTED, why: 'only a NUL is stripped: nothing is lost (capf.md 6)' }],
  ['keygen-garbage-key', { reason: REFUSED, why: 'the reference ends with an unhandled exception' }],
  ['store-failed', { reason: REFUSED, why: 'a key that was not asked for is not certified' }],
]);

/** Cases in which the phone closes in the middle: nothing more is said. */
const CLOSED = ['close-after-auth-request', 'close-mid-body'];

describe.skipIf(missing)('the 46 cases of capf.md 13.1', () => {
  const cases = vectors.serverErrorCases.map((one) => [one.id, one] as const);

  it('are all there', () => {
    expect(cases).toHaveLength(46);
    const ids = cases.map(([id]) => id);
    expect(ids).toEqual(expect.arrayContaining([...DIFFERENCES.keys()]));
  });

  it.each(cases)('%s', (id, { messages, cause }) => {
    const needsPassword = id.startsWith('password-') && id !== 'password-missing-when-not-needed';
    const order = orderOf(messages, needsPassword ? '123456' : null, false);
    const { sent, end } = play(messages, order, (device) => /^SEP[0-9A-F]{11,12}$/.test(device));
    if (CLOSED.includes(id)) {
      expect(sent).toEqual(sentBy('server->client', messages));
      expect(end?.result).toBe('phone-comm-error');
      return;
    }
    const wanted = sentBy('server->client', messages);
    const difference = DIFFERENCES.get(id);
    if (difference === undefined && id !== 'keygen-two-in-progress' && id !== 'password-no-nul') {
      expect(sent, cause).toEqual(wanted);
      return;
    }
    if (id === 'password-no-nul') {
      // only a NUL is stripped, so the string is whole and the phone is in
      expect(end?.result).not.toBe('invalid-auth-str');
      return;
    }
    if (id === 'keygen-two-in-progress') {
      // capf.md 14: several are tolerated, so the session goes on until the phone closes
      expect(sent).toEqual(wanted.slice(0, -1));
      return;
    }
    const last = decodeCapf(octetsOf(sent.at(-1) ?? ''));
    expect(last.command, difference?.why).toBe('END_SESSION');
    expect(last.command === 'END_SESSION' && last.reason, difference?.why).toBe(difference?.reason);
  });
});

/** Where we check more than the reference server (capf.md 9.4). */
const STRICTER = new Map([
  ['digestinfo-signature', 'a signature with DigestInfo is not what 9.1 defines'],
  ['bad-padding', 'the whole block is checked (9.1)'],
  ['expired', 'validity is checked'],
  ['other-name', 'the certificate must be that of the device'],
  ['sudi-ec', 'a SUDI certificate with an EC key is checked like any other'],
]);

describe.skipIf(missing)('the 18 cases of certificate authentication (capf.md 9.5)', () => {
  const { cases } = vectors.certificateAuthenticationCases;

  it('are all there', () => expect(cases).toHaveLength(18));

  it.each(cases)('$id', ({ id, accepted, sessionId, requestHex, responseHex }) => {
    const id4 = sessionId.toString(16).padStart(8, '0');
    const messages: readonly VectorMessage[] = [
      { dir: 'server->client', hex: `5501${id4}00080700010308000100` },
      { dir: 'client->server', hex: requestHex },
      { dir: 'server->client', hex: responseHex },
    ];
    const { sent, end } = play(messages, orderOf(messages, null, true));
    const refused = STRICTER.get(id);
    const { command, ...last } = decodeCapf(octetsOf(sent.at(-1) ?? ''));
    expect(command).toBe('END_SESSION');
    const isGood = accepted && refused === undefined;
    expect('reason' in last && last.reason, refused ?? end?.detail).toBe(isGood ? ACCEPTED : REFUSED);
    if (refused === undefined) expect(sent.at(-1)).toBe(responseHex);
  });
});
