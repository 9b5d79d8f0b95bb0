import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/pki/certificate-request.js';
import type { Identity } from '../../../src/pki/keys.js';
import { decodeCapf, encodeCapf } from '../../../src/protocol/capf/codec.js';
import {
  type CapfAuthentication,
  type CapfCredentials,
  capfCredentials,
} from '../../../src/protocol/capf/credentials.js';
import { certificationRequestInfo, signRequestInfo } from '../../../src/protocol/capf/csr.js';
import { CAPF_RSA_BITS, type CapfKey, keysInOrder } from '../../../src/protocol/capf/keys.js';
import { CAPF_SERVER_LIMITS, MAX_IN_PROGRESS } from '../../../src/protocol/capf/limits.js';
import { issueLsc } from '../../../src/protocol/capf/lsc.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfOrder } from '../../../src/protocol/capf/order.js';
import { type CapfPhoneOptions, CapfPhoneSession } from '../../../src/protocol/capf/phone-session.js';
import { type CapfServerOptions, CapfServerSession } from '../../../src/protocol/capf/server-session.js';
import { StringGuard } from '../../../src/protocol/capf/string-guard.js';
import {
  anOrder,
  capf,
  DEVICE,
  type Joined,
  join,
  keyFor,
  lsc,
  makeLsc,
  makeMic,
  mic,
  NOW,
  otherCapf,
  phoneOptions,
  RSA_1024,
  serverOptions,
} from './support.js';

function hold(
  order: CapfOrder | undefined,
  phone: Partial<CapfPhoneOptions> = {},
  server: Partial<CapfServerOptions> = {},
  issue?: (request: CapfIssueRequest) => CapfIssueAnswer,
): Joined {
  return join(
    new CapfPhoneSession(phoneOptions(phone), 0),
    new CapfServerSession(serverOptions(order, server)),
    issue,
  );
}

/** Both ends in one line. */
function said({ phone, server }: Joined): string {
  const what = phone?.outcome === 'result' ? `${phone.operation} ${phone.result}` : `${phone?.outcome}`;
  return `phone: ${what}; server: ${server?.operation} ${server?.result}`;
}

describe('an install (R-86, R-87)', () => {
  const kinds: readonly CapfKey[] = [
    ...CAPF_RSA_BITS.filter((bits) => bits <= 2048).map((bits) => ({ type: 'rsa', bits }) as const),
    { type: 'ec', curve: 'prime256v1' },
    { type: 'ec', curve: 'secp384r1' },
    { type: 'ec', curve: 'secp521r1' },
  ];

  it.each(kinds)('$type $bits$curve: the LSC is for the key that the phone made', (key) => {
    const joined = hold(anOrder({ keys: [key] }));
    expect(said(joined)).toBe('phone: install success; server: install success');
    expect(joined.commands).toEqual([
      'AUTH_REQUEST',
      'AUTH_RESPONSE',
      'KEY_GENERATE_REQUEST',
      'REQUEST_IN_PROGRESS',
      'KEY_GENERATE_RESPONSE',
      'STORE_CERTIFICATE_REQUEST',
      'STORE_CERTIFICATE_RESPONSE',
      'END_SESSION',
    ]);
    if (joined.phone?.outcome !== 'result') throw new Error('no result');
    const { installed } = joined.phone;
    expect(installed?.privateKey).toBe(keyFor(key).privateKey);
    expect(installed?.certificate.publicKey.equals(keyFor(key).publicKey)).toBe(true);
    expect(installed?.certificate.equals(joined.server?.certificate ?? lsc.certificate)).toBe(true);
    expect(installed?.certificate.commonName).toBe(`CP-7962G-${DEVICE}`);
  });

  it('works with what Cisco’s servers leave out and Jabber does (capf.md 14)', () => {
    const joined = hold(
      anOrder(),
      { version: 2, inProgress: 'left-out' },
      { authType: 'left-out', rsaKeyType: 'left-out' },
    );
    expect(said(joined)).toBe('phone: install success; server: install success');
    expect(joined.commands).not.toContain('REQUEST_IN_PROGRESS');
  });

  it('a certificate for another key is not stored, and each side says so', () => {
    const joined = hold(anOrder(), {}, {}, () => ({ certificate: lsc.certificate }));
    expect(said(joined)).toBe('phone: install fail; server: install fail');
  });

  it('a CA that refuses ends it', () => {
    const joined = hold(anOrder(), {}, {}, () => ({ refused: 'the CA is down' }));
    expect(said(joined)).toBe('phone: install fail; server: install fail');
    expect(joined.server?.detail).toBe('the CA is down');
  });
});

describe('key order (R-98)', () => {
  it.each([
    ['rsa-only', 'with EC', 'rsa', 1],
    ['rsa-only', 'without EC', 'rsa', 1],
    ['ec-only', 'with EC', 'ec', 1],
    ['ec-only', 'without EC', 'none', 1],
    ['ec-preferred', 'with EC', 'ec', 1],
    ['ec-preferred', 'without EC', 'rsa', 2],
  ] as const)('%s and a phone %s: %s, asked %d times', (order, phone, expected, times) => {
    const canGenerate = (key: CapfKey): boolean => phone === 'with EC' || key.type === 'rsa';
    const joined = hold(anOrder({ keys: keysInOrder(order, 1024, 256) }), { canGenerate });
    const installed = joined.phone?.outcome === 'result' ? joined.phone.installed : undefined;
    expect(installed?.certificate.keyType ?? 'none').toBe(expected);
    expect(joined.commands.filter((command) => command === 'KEY_GENERATE_REQUEST')).toHaveLength(times);
  });
});

describe('the other operations (R-86)', () => {
  it.each([
    ['fetch', lsc, 'phone: fetch success; server: fetch success'],
    ['fetch', null, 'phone: fetch fetch-success-but-no-cert; server: fetch fetch-success-but-no-cert'],
    ['delete', lsc, 'phone: delete success; server: delete success'],
    ['delete', null, 'phone: delete fail; server: delete fail'],
    ['none', lsc, 'phone: none success; server: none success'],
  ] as const)('%s', (operation, has, expected) => {
    const joined = hold(anOrder({ operation }), { certificates: { lsc: has, mic } });
    expect(said(joined)).toBe(expected);
    if (operation === 'fetch' && has !== null) {
      expect(joined.server?.certificate?.equals(lsc.certificate)).toBe(true);
    }
  });

  it('an unknown device is told nothing more', () => {
    const joined = hold(undefined);
    expect(said(joined)).toBe('phone: unknown fail; server: none fail');
    expect(joined.commands).toEqual(['AUTH_REQUEST', 'AUTH_RESPONSE', 'END_SESSION']);
  });
});

describe('what a phone shows (R-89, R-90, K-07)', () => {
  const string: CapfAuthentication = { by: 'string', string: '123456' };
  const first = (precedence: 'lsc' | 'mic'): CapfAuthentication => ({ by: 'certificate', precedence });

  it.each([
    ['the string', string, lsc, mic, false, 'string invalid-auth-str'],
    ['nothing for the null string', { by: 'null-string' }, lsc, mic, false, 'nothing fail'],
    ['the LSC before the MIC', first('lsc'), lsc, mic, false, 'lsc invalid-lsc'],
    ['the MIC where there is no LSC', first('lsc'), null, mic, false, 'mic invalid-mic'],
    ['the MIC before the LSC', first('mic'), lsc, mic, false, 'mic invalid-mic'],
    ['the LSC where there is no MIC', first('mic'), lsc, null, false, 'lsc invalid-lsc'],
    ['nothing where there is neither', first('lsc'), null, null, false, 'nothing invalid-credentials'],
    ['no MIC where K-07 wants an LSC', first('lsc'), null, mic, true, 'nothing invalid-credentials'],
    ['no MIC where K-07 wants an LSC, mode 4', first('mic'), null, mic, true, 'nothing invalid-credentials'],
    ['the LSC where K-07 wants one', first('lsc'), lsc, mic, true, 'lsc invalid-lsc'],
  ] as const)('%s', (_, authentication, ownLsc, ownMic, needsLsc, expected) => {
    const shown = capfCredentials(authentication, { lsc: ownLsc, mic: ownMic }, needsLsc);
    const what = shown.certificate?.kind ?? (shown.password === undefined ? 'nothing' : 'string');
    expect(`${what} ${shown.refusedAs}`).toBe(expected);
    expect(shown.sudi).toBe(shown.certificate === undefined ? undefined : (ownMic ?? undefined));
  });
});

describe('authentication by certificate (R-90, R-91, capf.md 9)', () => {
  const order = anOrder({ authentication: { by: 'certificate', precedence: 'lsc' } });
  const show = (ownLsc: Identity | null, ownMic: Identity | null): CapfCredentials =>
    capfCredentials(order.authentication, { lsc: ownLsc, mic: ownMic }, false);
  const ec = makeLsc({}, keyFor({ type: 'ec', curve: 'prime256v1' }));
  const good = 'phone: install success; server: install success';

  it.each([
    ['an LSC of this CAPF and the MIC', show(lsc, mic), good],
    ['an LSC alone', show(lsc, null), good],
    ['an EC LSC and the MIC', show(ec, mic), good],
    ['the MIC alone', show(null, mic), good],
    [
      'an LSC of another CAPF: no second try with the MIC',
      show(makeLsc({ by: otherCapf }), mic),
      'phone: unknown invalid-lsc; server: none invalid-lsc',
    ],
    [
      'an expired LSC',
      show(makeLsc({ unixMs: NOW - 366 * 86_400_000 }), mic),
      'phone: unknown invalid-lsc; server: none invalid-lsc',
    ],
    [
      'an LSC that is not valid yet',
      show(makeLsc({ unixMs: NOW + 86_400_000 }), mic),
      'phone: unknown invalid-lsc; server: none invalid-lsc',
    ],
    [
      'the LSC of another device',
      show(makeLsc({ device: 'SEP0200000003FF' }), mic),
      'phone: unknown invalid-lsc; server: none invalid-lsc',
    ],
    [
      'the MIC of another device',
      show(null, makeMic('SEP0200000003FF')),
      'phone: unknown invalid-mic; server: none invalid-mic',
    ],
    [
      'an LSC with the key of another certificate',
      show({ certificate: lsc.certificate, privateKey: mic.privateKey }, null),
      'phone: unknown invalid-lsc; server: none invalid-credentials',
    ],
    [
      'an LSC of 512 bits, which cannot hold SHA-512',
      show(makeLsc({}, keyFor({ type: 'rsa', bits: 512 })), null),
      'phone: unknown invalid-lsc; server: none invalid-credentials',
    ],
    [
      'neither: the phone sends none (DT-5)',
      show(null, null),
      'phone: unknown invalid-credentials; server: none invalid-credentials',
    ],
  ] as const)('%s', (_, credentials, expected) => {
    expect(said(hold(order, { credentials }))).toBe(expected);
  });
});

describe('authentication by string (R-92)', () => {
  const order = anOrder({ authentication: { by: 'string', string: '123456' } });
  const type = (password: string, strings: StringGuard, now: number): string | undefined => {
    const server = new CapfServerSession(serverOptions(order, { strings }));
    server.start(now);
    const answer = { command: 'AUTH_RESPONSE', sessionId: 7, version: 3, deviceName: DEVICE } as const;
    const step = server.hears({ ...answer, password }, now);
    return step.end?.result ?? step.send[0]?.command;
  };

  it('is taken, and refused when it is wrong or missing', () => {
    const credentials = { password: '123456', refusedAs: 'invalid-auth-str' } as const;
    expect(said(hold(order, { credentials }))).toBe('phone: install success; server: install success');
    const refused = 'phone: unknown invalid-auth-str; server: none invalid-auth-str';
    expect(said(hold(order, { credentials: { ...credentials, password: '999999' } }))).toBe(refused);
    expect(said(hold(order, { credentials: { refusedAs: 'invalid-auth-str' } }))).toBe(refused);
  });

  it('after 10 wrong ones in a row the right one is refused for 10 minutes', () => {
    const strings = new StringGuard();
    for (let at = 0; at < 10; at += 1) expect(type('0', strings, at)).toBe('invalid-auth-str');
    expect(type('123456', strings, 10)).toBe('invalid-auth-str');
    expect(type('123456', strings, 9 + 10 * 60_000 - 1)).toBe('invalid-auth-str');
    expect(type('123456', strings, 9 + 10 * 60_000)).toBe('KEY_GENERATE_REQUEST');
  });

  it('the right one after 9 wrong ones begins the count anew', () => {
    const strings = new StringGuard();
    for (let round = 0; round < 3; round += 1) {
      for (let at = 0; at < 9; at += 1) type('0', strings, 0);
      expect(type('123456', strings, 0)).toBe('KEY_GENERATE_REQUEST');
    }
  });
});

describe('an operation that was to be completed earlier (R-94, R-101)', () => {
  it.each([
    [{ by: 'null-string' }, { refusedAs: 'fail' }, 'op-timed-out'],
    [{ by: 'string', string: '1234' }, { password: '1234', refusedAs: 'invalid-auth-str' }, 'late-request'],
  ] as const)('%o', (authentication, credentials, expected) => {
    const late = hold(anOrder({ authentication, completesBy: NOW - 1 }), { credentials });
    expect(late.server?.result).toBe(expected);
    const inTime = hold(anOrder({ authentication, completesBy: NOW }), { credentials });
    expect(inTime.server?.result).toBe('success');
  });
});

describe('an external CA (OP-26, capf.md 11)', () => {
  const subject = [{ key: 'CN', value: `CP-7962G-${DEVICE}` }];

  it.each([RSA_1024, { type: 'ec', curve: 'secp384r1' }] as const)(
    '%o: the phone signs a request for its key, comes back, and gets the certificate',
    (key) => {
      const order = anOrder({ keys: [key] });
      let request: Uint8Array | undefined;
      const waiting = hold(order, {}, {}, (issue) => {
        if (issue.request === undefined) {
          const { device, publicKey } = issue;
          return { sign: certificationRequestInfo({ device, publicKey, subject }), digest: 'sha256' };
        }
        request = issue.request.der;
        return { retryAfterSeconds: 60 };
      });
      expect(waiting.commands.slice(-3)).toEqual([
        'SIGN_CERTIFICATE_REQUEST',
        'SIGN_CERTIFICATE_RESPONSE',
        'RETRY_LATER',
      ]);
      expect(waiting.phone).toEqual({ outcome: 'pending', key: keyFor(key), delaySeconds: 60 });
      expect(waiting.server?.result).toBe('pending');
      const read = readRequest(request ?? new Uint8Array(0));
      expect(read.subject).toEqual(subject);
      expect(Buffer.from(read.publicKey)).toEqual(
        keyFor(key).publicKey.export({ type: 'spki', format: 'der' }),
      );
      const { certificate } = makeLsc({}, keyFor(key));
      expect(said(hold(order, {}, {}, () => ({ certificate })))).toBe(
        'phone: install success; server: install success',
      );
    },
  );

  it('a phone signs nothing but a request for its own key', () => {
    const pair = keyFor(RSA_1024);
    const other = keyFor({ type: 'rsa', bits: 512 }).publicKey.export({ type: 'spki', format: 'der' });
    const foreign = certificationRequestInfo({ device: DEVICE, publicKey: other, subject });
    expect(signRequestInfo(foreign, 'sha256', pair)).toBeUndefined();
    expect(signRequestInfo(lsc.certificate.tbs, 'sha256', pair)).toBeUndefined();
    expect(signRequestInfo(Buffer.from('junk'), 'sha256', pair)).toBeUndefined();
    const joined = hold(anOrder(), {}, {}, () => ({ sign: foreign, digest: 'sha256' }));
    expect(said(joined)).toBe('phone: install fail; server: install fail');
  });

  it('a signature of another key ends the session', () => {
    const server = new CapfServerSession(serverOptions(anOrder()));
    const { publicKey } = keyFor(RSA_1024);
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    server.start(0);
    server.hears({ command: 'AUTH_RESPONSE', sessionId: 7, version: 3, deviceName: DEVICE }, 0);
    server.hears({ command: 'KEY_GENERATE_RESPONSE', sessionId: 7, publicKey: spki }, 0);
    const info = certificationRequestInfo({ device: DEVICE, publicKey: spki, subject });
    server.issued({ sign: info, digest: 'sha256' }, 0);
    const signed = { command: 'SIGN_CERTIFICATE_RESPONSE', sessionId: 7, reason: 1 } as const;
    const step = server.receive(encodeCapf({ ...signed, signedData: Buffer.alloc(128, 1) }), 0);
    expect(step.send).toEqual([{ command: 'END_SESSION', sessionId: 7, reason: 7 }]);
    expect(step.end?.detail).toContain('signature');
  });
});

describe('a server asks again (capf.md 14)', () => {
  it('and gets the key that was made, or that is being made, up to 101 times', () => {
    const phone = new CapfPhoneSession(phoneOptions(), 0);
    phone.hears({ command: 'AUTH_REQUEST', sessionId: 1, version: 3 }, 0);
    const ask = { command: 'KEY_GENERATE_REQUEST', sessionId: 1, keySize: 1024 } as const;
    const { generate } = phone.hears(ask, 0);
    expect(phone.hears(ask, 0)).toEqual({ send: [] });
    const made = phone.generated(generate ?? RSA_1024, keyFor(RSA_1024), 0);
    expect(made.send.map(({ command }) => command)).toEqual(['KEY_GENERATE_RESPONSE']);
    for (let at = 0; at < 99; at += 1) expect(phone.hears(ask, 0).send).toEqual(made.send);
    expect(phone.hears(ask, 0).end).toEqual({
      outcome: 'lost',
      detail: 'more than 101 requests for a key',
    });
  });

  it('for another key, and the first one is of no use any more', () => {
    const phone = new CapfPhoneSession(phoneOptions(), 0);
    phone.hears({ command: 'AUTH_REQUEST', sessionId: 1, version: 3 }, 0);
    const first = phone.hears({ command: 'KEY_GENERATE_REQUEST', sessionId: 1, keySize: 1024 }, 0).generate;
    const second = phone.hears({ command: 'KEY_GENERATE_REQUEST', sessionId: 1, keySize: 512 }, 0).generate;
    expect(second).toEqual({ type: 'rsa', bits: 512 });
    expect(phone.generated(first ?? RSA_1024, keyFor(RSA_1024), 0).send).toEqual([]);
    expect(phone.generated(second ?? RSA_1024, keyFor({ type: 'rsa', bits: 512 }), 0).send).toHaveLength(1);
  });
});

describe('time (capf.md 8.9)', () => {
  it('a phone waits 10 s for each message, but as long as a key takes', () => {
    const phone = new CapfPhoneSession(phoneOptions(), 1_000);
    expect(phone.deadline).toBe(11_000);
    expect(phone.expire(10_999).end).toBeUndefined();
    phone.hears({ command: 'AUTH_REQUEST', sessionId: 1, version: 3 }, 5_000);
    expect(phone.deadline).toBe(15_000);
    phone.hears({ command: 'KEY_GENERATE_REQUEST', sessionId: 1, keySize: 1024 }, 6_000);
    expect(phone.deadline).toBe(Number.POSITIVE_INFINITY);
    phone.generated(RSA_1024, undefined, 700_000);
    expect(phone.expire(Number.MAX_SAFE_INTEGER).end).toBeUndefined();
  });

  it('and is lost when nothing comes', () => {
    const phone = new CapfPhoneSession(phoneOptions(), 0);
    expect(phone.expire(10_000).end).toEqual({
      outcome: 'lost',
      detail: 'no answer in time (wait-auth)',
    });
    expect(phone.expire(20_000).end).toBeUndefined();
  });

  it('what a phone has done stays done when END_SESSION never comes (capf.md 8.6)', () => {
    const phone = new CapfPhoneSession(phoneOptions({ certificates: { lsc, mic } }), 0);
    phone.hears({ command: 'AUTH_REQUEST', sessionId: 1, version: 3 }, 0);
    phone.hears({ command: 'DELETE_CERTIFICATE_REQUEST', sessionId: 1 }, 0);
    const { end } = phone.expire(10_000);
    expect(end).toMatchObject({ outcome: 'result', operation: 'delete', result: 'success', code: 0 });
  });

  it('a server gives up with reason 7, whatever it waits for', () => {
    const { answerMs, keyMs, issueMs } = CAPF_SERVER_LIMITS;
    const server = new CapfServerSession(serverOptions(anOrder()));
    server.start(0);
    expect(server.deadline).toBe(answerMs);
    server.hears({ command: 'AUTH_RESPONSE', sessionId: 7, version: 3, deviceName: DEVICE }, 0);
    expect(server.deadline).toBe(keyMs);
    server.hears({ command: 'REQUEST_IN_PROGRESS', sessionId: 7 }, 1_000);
    expect(server.deadline).toBe(keyMs);
    const publicKey = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });
    server.hears({ command: 'KEY_GENERATE_RESPONSE', sessionId: 7, publicKey }, 2_000);
    expect(server.deadline).toBe(2_000 + issueMs);
    const step = server.expire(2_000 + issueMs);
    expect(step.send).toEqual([{ command: 'END_SESSION', sessionId: 7, reason: 7 }]);
    expect(step.end).toMatchObject({ device: DEVICE, operation: 'install', result: 'op-timed-out' });
  });
});

describe('talkative peers', () => {
  it('a phone that is always in progress is cut off', () => {
    const server = new CapfServerSession(serverOptions(anOrder()));
    server.start(0);
    server.hears({ command: 'AUTH_RESPONSE', sessionId: 7, version: 3, deviceName: DEVICE }, 0);
    const busy = encodeCapf({ command: 'REQUEST_IN_PROGRESS', sessionId: 7 });
    const flood = Buffer.concat(Array.from({ length: 1_000 }, () => busy));
    const step = server.receive(flood, 0);
    expect(step.end?.detail).toBe(`more than ${MAX_IN_PROGRESS} REQUEST_IN_PROGRESS`);
    expect(step.send).toHaveLength(1);
    expect(server.receive(flood, 0)).toEqual({ send: [] });
  });

  it('a phone that speaks while its certificate is issued has broken the protocol', () => {
    const server = new CapfServerSession(serverOptions(anOrder()));
    server.start(0);
    server.hears({ command: 'AUTH_RESPONSE', sessionId: 7, version: 3, deviceName: DEVICE }, 0);
    const publicKey = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });
    server.hears({ command: 'KEY_GENERATE_RESPONSE', sessionId: 7, publicKey }, 0);
    const step = server.hears({ command: 'STORE_CERTIFICATE_RESPONSE', sessionId: 7, reason: 1 }, 0);
    expect(step.end?.result).toBe('fail');
    expect(server.issued({ certificate: lsc.certificate }, 0)).toEqual({ send: [] });
  });

  it('a message of another session ends it on either side', () => {
    const phone = new CapfPhoneSession(phoneOptions(), 0);
    phone.hears({ command: 'AUTH_REQUEST', sessionId: 1, version: 3 }, 0);
    expect(phone.hears({ command: 'END_SESSION', sessionId: 2, reason: 0 }, 0).end).toEqual({
      outcome: 'lost',
      detail: 'session id 2, expected 1',
    });
    const server = new CapfServerSession(serverOptions(anOrder()));
    server.start(0);
    const step = server.hears({ command: 'AUTH_RESPONSE', sessionId: 8, version: 3, deviceName: DEVICE }, 0);
    expect(step.send).toEqual([{ command: 'END_SESSION', sessionId: 7, reason: 7 }]);
  });
});

function makeLscFor(
  publicKey: Uint8Array,
  days: number,
  digest: 'sha1' | 'sha256' = 'sha256',
): Identity['certificate'] {
  const serial = Uint8Array.of(1);
  const names = { device: DEVICE, commonName: DEVICE };
  return issueLsc({ ...names, publicKey, authority: capf, digest, days, serial, unixMs: NOW });
}

describe('the LSC (R-99, capf.md 10.1)', () => {
  it('is read back from the message that carries it, and signed by CAPF', () => {
    const octets = encodeCapf({
      command: 'STORE_CERTIFICATE_REQUEST',
      sessionId: 1,
      certificateType: 1,
      certificate: lsc.certificate.der,
    });
    const message = decodeCapf(octets);
    expect(message).toMatchObject({ command: 'STORE_CERTIFICATE_REQUEST', certificateType: 1 });
    expect(octets.subarray(12, 20).toString('hex')).toMatch(/^04....01....0001$/);
    expect(lsc.certificate.toX509().verify(capf.certificate.publicKey)).toBe(true);
    expect(lsc.certificate.toX509().subjectAltName).toBe(`URI:${DEVICE}`);
  });

  it.each([0, 1826, 1.5])('is not issued for %d days', (days) => {
    const publicKey = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });
    expect(() => makeLscFor(publicKey, days)).toThrow(/1 to 1825/);
  });

  it('is signed with SHA-1 before 11.5(1)SU1 and with SHA-256 since (K-10)', () => {
    const publicKey = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });
    expect(makeLscFor(publicKey, 1, 'sha1').signatureOid).toBe('2a864886f70d010105');
    expect(makeLscFor(publicKey, 1, 'sha256').signatureOid).toBe('2a864886f70d01010b');
  });

  it.each([1, 1825])('is issued for %d days', (days) => {
    const publicKey = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });
    const { notBefore, notAfter } = makeLscFor(publicKey, days);
    expect(notAfter.getTime() - notBefore.getTime()).toBe(days * 86_400_000);
  });
});
