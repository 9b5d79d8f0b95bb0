import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { decodeCapf, encodeCapf } from '../../src/protocol/capf/codec.js';
import { MAX_CAPF_BODY_OCTETS } from '../../src/protocol/capf/limits.js';
import { CAPF_HEADER_OCTETS, type CapfMessage, MESSAGES } from '../../src/protocol/capf/message.js';
import type { CapfIssueAnswer, CapfIssueRequest } from '../../src/protocol/capf/order.js';
import { CapfPhoneSession } from '../../src/protocol/capf/phone-session.js';
import { CapfServerSession } from '../../src/protocol/capf/server-session.js';
import { CapfStream } from '../../src/protocol/capf/stream.js';
import {
  anOrder,
  DEVICE,
  issueOwn,
  keyFor,
  lsc,
  mic,
  phoneOptions,
  RSA_1024,
  serverOptions,
} from '../protocol/capf/support.js';

/** Time box: 5 s on a desk, 20 s in CI. A fixed number of rounds comes first, whatever the clock says. */
const BOX_MS = process.env.CI === undefined ? 5_000 : 12_000;
const LEAST_ROUNDS = 500;
const SEED = 0xca9f;
const SESSION = 7;

type Draw = (below: number) => number;

/** xorshift32: the same rounds in every run. */
function generator(seed: number): Draw {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const CODES = Object.values(MESSAGES).map(({ code }) => code);

/** A message with a likely header and likely tags, wild values, and sometimes a lie in it. */
function rubbish(draw: Draw): Buffer {
  const elements = Array.from({ length: draw(8) }, () => {
    const length = draw(20) === 0 ? draw(2_000) : draw(6);
    const element = Buffer.alloc(3 + length);
    for (let at = 3; at < element.length; at += 1) element[at] = draw(3) === 0 ? draw(256) : draw(4);
    element[0] = draw(10) === 0 ? draw(256) : 1 + draw(20);
    element.writeUInt16BE(draw(30) === 0 ? draw(0xffff) : length, 1);
    return element;
  });
  const octets = Buffer.concat([Buffer.alloc(CAPF_HEADER_OCTETS), ...elements]);
  octets[0] = 0x55;
  octets[1] = draw(20) === 0 ? draw(256) : (CODES[draw(CODES.length)] ?? 0);
  octets.writeUInt32BE(draw(20) === 0 ? draw(0xffff_ffff) : SESSION, 2);
  octets.writeUInt16BE((octets.length - CAPF_HEADER_OCTETS) & 0xffff, 6);
  if (draw(20) === 0) octets[draw(octets.length)] = draw(256);
  return octets;
}

const SPKI = keyFor(RSA_1024).publicKey.export({ type: 'spki', format: 'der' });

const SENSIBLE: readonly CapfMessage[] = [
  { command: 'AUTH_REQUEST', sessionId: SESSION, version: 3 },
  { command: 'AUTH_RESPONSE', sessionId: SESSION, version: 3, deviceName: DEVICE },
  { command: 'KEY_GENERATE_REQUEST', sessionId: SESSION, keySize: 1024 },
  { command: 'KEY_GENERATE_RESPONSE', sessionId: SESSION, publicKey: SPKI },
  { command: 'STORE_CERTIFICATE_REQUEST', sessionId: SESSION, certificate: lsc.certificate.der },
  { command: 'STORE_CERTIFICATE_RESPONSE', sessionId: SESSION, reason: 1 },
  { command: 'FETCH_CERTIFICATE_REQUEST', sessionId: SESSION },
  {
    command: 'FETCH_CERTIFICATE_RESPONSE',
    sessionId: SESSION,
    reason: 1,
    certificate: lsc.certificate.der,
  },
];

/** Something that a peer might say, one octet of it sometimes changed, so that the deeper states are reached, too. */
function speech(draw: Draw): Buffer {
  if (draw(3) === 0) return rubbish(draw);
  const octets = encodeCapf(SENSIBLE[draw(SENSIBLE.length)] ?? { command: 'END_SESSION', sessionId: 1 });
  if (draw(3) === 0) octets[draw(octets.length)] = draw(256);
  return octets;
}

/** A name that no certificate can carry is refused, as the server refuses when its owner throws. */
function issueOrRefuse(request: CapfIssueRequest): CapfIssueAnswer {
  try {
    return issueOwn(request);
  } catch (error) {
    if (error instanceof TrustfleetError) return { refused: error.message };
    throw error;
  }
}

function rounds(box: number, one: (draw: Draw) => void): number {
  const draw = generator(SEED);
  const end = performance.now() + box;
  let count = 0;
  while (count < LEAST_ROUNDS || performance.now() < end) {
    one(draw);
    count += 1;
  }
  return count;
}

describe('rubbish on a CAPF connection', () => {
  it('is read or refused with a typed error, and what was read can be written', () => {
    const count = rounds(BOX_MS / 3, (draw) => {
      const stream = new CapfStream();
      try {
        stream.push(Buffer.concat([rubbish(draw), rubbish(draw)]));
        for (let octets = stream.next(); octets !== undefined; octets = stream.next()) {
          const message = decodeCapf(octets);
          expect(decodeCapf(encodeCapf(message))).toEqual(message);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(TrustfleetError);
      }
      expect(stream.pending).toBeLessThanOrEqual(MAX_CAPF_BODY_OCTETS + CAPF_HEADER_OCTETS);
    });
    expect(count).toBeGreaterThanOrEqual(LEAST_ROUNDS);
  });

  it('ends a server’s session at the latest when its time is up, with messages that can be written', () => {
    const authentications = [
      { by: 'null-string' },
      { by: 'string', string: '1' },
      { by: 'certificate', precedence: 'lsc' },
    ] as const;
    const operations = ['install', 'fetch', 'delete', 'none'] as const;
    const count = rounds(BOX_MS / 3, (draw) => {
      const order = anOrder({
        operation: operations[draw(4)] ?? 'none',
        authentication: authentications[draw(3) === 0 ? draw(3) : 0] ?? { by: 'null-string' },
      });
      const server = new CapfServerSession(serverOptions(order));
      const steps = [server.start(0)];
      for (let at = 0; at < 12; at += 1) {
        const step = server.receive(speech(draw), 0);
        steps.push(step);
        if (step.issue !== undefined) {
          steps.push(server.issued(draw(4) === 0 ? { refused: 'no' } : issueOrRefuse(step.issue), 0));
        }
      }
      steps.push(server.expire(Number.MAX_SAFE_INTEGER));
      for (const message of steps.flatMap(({ send }) => send)) encodeCapf(message);
      expect(steps.filter(({ end }) => end !== undefined)).toHaveLength(1);
    });
    expect(count).toBeGreaterThanOrEqual(LEAST_ROUNDS);
  });

  it('ends a phone’s session at the latest when its time is up, with messages that can be written', () => {
    const count = rounds(BOX_MS / 3, (draw) => {
      const certificates = { lsc: draw(2) === 0 ? lsc : null, mic };
      const phone = new CapfPhoneSession(phoneOptions({ certificates }), 0);
      const steps = [];
      for (let at = 0; at < 12; at += 1) {
        const step = phone.receive(speech(draw), 0);
        steps.push(step);
        if (step.generate !== undefined) {
          steps.push(phone.generated(step.generate, draw(4) === 0 ? undefined : keyFor(RSA_1024), 0));
        }
      }
      steps.push(phone.closed('gone'));
      for (const message of steps.flatMap(({ send }) => send)) encodeCapf(message);
      expect(steps.filter(({ end }) => end !== undefined)).toHaveLength(1);
    });
    expect(count).toBeGreaterThanOrEqual(LEAST_ROUNDS);
  });
});
