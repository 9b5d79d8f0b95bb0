import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { registerMessage } from '../../src/protocol/sccp/device.js';
import { MAX_LENGTH_FIELD } from '../../src/protocol/sccp/limits.js';
import { encodeMessage, MESSAGES, type SccpMessage } from '../../src/protocol/sccp/message.js';
import { registrarHears, startRegistrar } from '../../src/protocol/sccp/registrar-session.js';
import { MessageStream } from '../../src/protocol/sccp/stream.js';
import { DEVICE, PEER, registrarSettings, VirtualPhone } from '../protocol/sccp/support.js';

/** Time box: 10 s on a desk, 60 s in CI (conventions.md). A fixed number of rounds comes first, whatever the clock says. */
const BOX_MS = process.env.CI === undefined ? 5_000 : 12_000;
const LEAST_ROUNDS = 2_000;
const SEED = 0x5cc9;

/** xorshift32: the same rounds in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const IDS = Object.values(MESSAGES).map(({ id }) => id);
const REGISTER = encodeMessage(registerMessage(DEVICE));

/** A message with a likely header, wild octets, and sometimes a lie in it. */
function rubbish(draw: (below: number) => number): Buffer {
  const octets = Buffer.alloc(12 + draw(draw(4) === 0 ? 3_000 : 200));
  for (let i = 12; i < octets.length; i++) {
    octets[i] = draw(3) === 0 ? draw(256) : draw(4);
  }
  octets.writeUInt32LE(octets.length - 8, 0);
  octets.writeUInt32LE([0, 0, 11, 17, 22, draw(30)][draw(6)] ?? 0, 4);
  octets.writeUInt32LE(draw(10) === 0 ? draw(0x200) : (IDS[draw(IDS.length)] ?? 0), 8);
  if (draw(20) === 0) {
    octets[draw(12)] = draw(256);
  }
  return octets;
}

function messagesOf(segment: Buffer): SccpMessage[] {
  const stream = new MessageStream();
  const messages: SccpMessage[] = [];
  try {
    stream.push(segment);
    for (let message = stream.next(); message !== undefined; message = stream.next()) {
      if (message.type !== 'skipped') {
        messages.push(message);
      }
    }
  } catch (error) {
    expect(error).toBeInstanceOf(TrustfleetError);
  }
  expect(stream.pending).toBeLessThanOrEqual(MAX_LENGTH_FIELD + 8);
  return messages;
}

function rounds(box: number, one: (draw: (below: number) => number) => void): number {
  const draw = generator(SEED);
  const end = performance.now() + box;
  let count = 0;
  while (count < LEAST_ROUNDS || performance.now() < end) {
    one(draw);
    count++;
  }
  return count;
}

describe('rubbish on an SCCP connection', () => {
  it('is read or refused with a typed error, and what was read can be written', () => {
    const count = rounds(BOX_MS / 2, (draw) => {
      for (const message of messagesOf(Buffer.concat([rubbish(draw), rubbish(draw)]))) {
        encodeMessage(message);
      }
    });
    expect(count).toBeGreaterThanOrEqual(LEAST_ROUNDS);
  });

  it('moves the registrar and the phone to known states only, with answers that can be written', () => {
    const count = rounds(BOX_MS / 2, (draw) => {
      const settings = registrarSettings();
      let state = startRegistrar(PEER, settings, 0);
      const phone = new VirtualPhone();
      const octets = [
        draw(2) === 0 ? REGISTER : rubbish(draw),
        ...Array.from({ length: 8 }, () => rubbish(draw)),
      ];
      for (const message of messagesOf(Buffer.concat(octets))) {
        const step = registrarHears(state, message, settings, 0);
        state = step.state;
        for (const answer of step.send) {
          encodeMessage(answer);
        }
        phone.hear(message);
        phone.pass(draw(5_000));
      }
      // Whatever was heard, a phone that hears nothing more comes to an end.
      phone.pass(1_000_000_000);
      expect(phone.state.name).toBe('closed');
    });
    expect(count).toBeGreaterThanOrEqual(LEAST_ROUNDS);
  });
});
