import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { parseAlarm } from '../../src/protocol/sip/alarm.js';
import { encodeMessage, type SipMessage } from '../../src/protocol/sip/message.js';
import { parseDatagram } from '../../src/protocol/sip/parse.js';
import { parseServiceControl } from '../../src/protocol/sip/service-control.js';
import { SipStream } from '../../src/protocol/sip/stream.js';
import { flow, line, phone, registrar, requests, responses } from '../protocol/sip/machines.js';

/** Milliseconds for each of the five walks: 10 s on a desk, 12 s in CI for the whole file. */
const BUDGET_MS = process.env.CI === undefined ? 2_000 : 2_400;
const time = { interruptAfterTimeLimit: BUDGET_MS, numRuns: 1_000_000, markInterruptAsFailure: false };
const LIMIT_MS = BUDGET_MS + 20_000;

/** Genuine messages of both sides, made here. */
function genuine(): Uint8Array[] {
  const one = phone({ reportsOutOfService: true, lines: [line('1001', 'secret')] });
  const server = registrar();
  const all: Uint8Array[] = [];
  const keep = <E extends { readonly do: string }>(effects: readonly E[]): readonly E[] => {
    for (const effect of effects) {
      if ('bytes' in effect && effect.bytes instanceof Uint8Array) all.push(effect.bytes);
    }
    return effects;
  };
  for (const request of requests(keep(one.start(0)))) {
    for (const response of responses(keep(server.receive(flow(), request, 0))))
      keep(one.receive(response, 0));
  }
  for (const notify of requests(keep(server.notify('SEP001F9E266369', 'reset', 1) ?? [])))
    keep(one.receive(notify, 1));
  keep(one.unregister(22, 2));
  return all;
}

const MESSAGES = genuine();

/** A genuine message with octets overwritten, removed, doubled or inserted. */
const damaged = fc
  .record({
    message: fc.constantFrom(...MESSAGES),
    wounds: fc.array(
      fc.record({
        at: fc.nat(),
        remove: fc.integer({ min: 0, max: 40 }),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 8 }),
          fc
            .constantFrom('"', '<', '>', ';', ',', '\r\n', '\r\n\r\n', ':', '\\', '%', '{', 'v:', 'l: 9', ' ')
            .map((text) => Buffer.from(text)),
        ),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ message, wounds }) => {
    let bytes = Buffer.from(message);
    for (const { at, remove, insert } of wounds) {
      const place = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
    }
    return bytes;
  });

const anything = fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }));

/** The message, or undefined when it was refused with one of the two codes. */
function read(run: () => SipMessage | undefined): SipMessage | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    expect(['TF_SIP_MALFORMED', 'TF_MESSAGE_TOO_LARGE']).toContain(error.code);
    return undefined;
  }
}

describe('whatever arrives', () => {
  it(
    'a datagram is read or refused with a code; what is read is written and read again the same',
    () => {
      expect(MESSAGES.length).toBeGreaterThan(6);
      fc.assert(
        fc.property(anything, (bytes) => {
          const message = read(() => parseDatagram(bytes));
          if (message === undefined) return;
          const again = parseDatagram(encodeMessage(message));
          expect({ ...again, body: Buffer.from(again.body) }).toEqual({
            ...message,
            body: Buffer.from(message.body),
          });
        }),
        time,
      );
    },
    LIMIT_MS,
  );

  it(
    'a stream gives the same messages however it is cut, or fails',
    () => {
      fc.assert(
        fc.property(
          fc.array(anything, { maxLength: 4 }),
          fc.array(fc.nat(), { maxLength: 6 }),
          (parts, cuts) => {
            const bytes = Buffer.concat(parts);
            const walk = (places: readonly number[]): string[] => {
              const stream = new SipStream();
              const found: string[] = [];
              let from = 0;
              for (const to of [...places, bytes.length]) {
                stream.push(bytes.subarray(from, to));
                from = to;
                let failed = false;
                const message = (): SipMessage | undefined =>
                  read(() => {
                    failed = true;
                    const next = stream.next();
                    failed = false;
                    return next;
                  });
                for (let next = message(); next !== undefined; next = message()) {
                  found.push(Buffer.from(encodeMessage(next)).toString('latin1'));
                }
                if (failed) return [...found, 'failed'];
              }
              return found;
            };
            const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
            expect(walk(places)).toEqual(walk([]));
          },
        ),
        time,
      );
    },
    LIMIT_MS,
  );

  it(
    'a registrar answers or keeps silent, and every answer is a message',
    () => {
      const server = registrar({
        digest: { realm: 'r', nonceSeconds: 600, credentials: () => ({ user: '1001', password: 'secret' }) },
      });
      const open = registrar();
      let now = 0;
      fc.assert(
        fc.property(damaged, fc.constantFrom('tcp', 'udp', 'tls'), (bytes, transport) => {
          const message = read(() => parseDatagram(bytes));
          if (message === undefined) return;
          now += 10;
          for (const each of [server, open]) {
            const from = flow({ transport, peerName: 'SEP001F9E266369' });
            const effects = [...each.receive(from, message, now), ...each.tick(now)];
            for (const effect of effects) {
              if (effect.do === 'send') parseDatagram(effect.bytes);
            }
          }
        }),
        time,
      );
    },
    LIMIT_MS,
  );

  it(
    'a phone answers or keeps silent, and its deadline is never in the past for good',
    () => {
      let one = phone();
      let now = 0;
      fc.assert(
        fc.property(damaged, (bytes) => {
          const message = read(() => parseDatagram(bytes));
          if (message === undefined) return;
          now += 10;
          const effects = [...one.receive(message, now), ...one.tick(now)];
          for (const effect of effects) {
            if (effect.do === 'send') parseDatagram(effect.bytes);
          }
          expect(one.deadline).toBeGreaterThan(now);
          if (one.deadline === Number.POSITIVE_INFINITY) {
            one = phone();
            one.start(now);
          }
        }),
        time,
      );
    },
    LIMIT_MS,
  );

  it(
    'bodies: alarms and service control',
    () => {
      fc.assert(
        fc.property(anything, (bytes) => {
          const text = Buffer.from(bytes).toString('utf8');
          parseServiceControl(text);
          try {
            parseAlarm(text.slice(text.indexOf('<')));
          } catch (error) {
            if (!(error instanceof TrustfleetError)) throw error;
          }
        }),
        time,
      );
    },
    LIMIT_MS,
  );
});
