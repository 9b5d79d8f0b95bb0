import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import {
  buildTrustList,
  certificateRecord,
  emptyRecord,
  encryptFile,
  hashRecord,
  inspectJson,
  newFileKey,
  parseTrustFile,
  showTrustList,
  signFile,
  verifySignature,
} from '../../src/trustfile/index.js';
import { makeSigner } from '../trustfile/fixtures.js';

/** Time-boxed: 10 s at a desk, 30 s in CI. The seed is printed with a failure, and TRUSTFLEET_FUZZ_SEED repeats it. */
const SECONDS = process.env.CI === undefined ? 10 : 20;
const SEED = Number(process.env.TRUSTFLEET_FUZZ_SEED ?? Date.now() >>> 0);

const signer = makeSigner();
const node = { dnsName: 'pub', ipAddress: '10.0.0.1' };
const records = [
  certificateRecord('SAST', signer.certificate, node),
  emptyRecord('CCM+TFTP', node),
  hashRecord('TVS', signer.certificate, { dnsName: ' ' }),
];
const CORPUS: readonly Buffer[] = [
  buildTrustList({ filename: 'CTLFile.tlv', timestamp: 1, records }, signer),
  buildTrustList({ filename: 'ITLFile.tlv', timestamp: 1, records, layout: 'certutils' }, signer),
  signFile(Buffer.from('<device/>'), { filename: 'a.sgn', timestamp: 1 }, signer),
  encryptFile(
    Buffer.from('<device/>'),
    { filename: 'a.enc.sgn', timestamp: 1 },
    signer,
    newFileKey(signer.certificate),
  ),
];

/** mulberry32: small, seeded, good enough to choose octets. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const INTERESTING = [0, 1, 2, 4, 9, 12, 13, 14, 28, 0x7f, 0x80, 0xff];

/** One to four changes: set, delete, double, splice, cut, or a 16-bit length moved by a little. */
function mutate(next: (below: number) => number): Buffer {
  let bytes = Buffer.from(CORPUS[next(CORPUS.length)] ?? Buffer.alloc(0));
  for (let changes = 1 + next(4); changes > 0 && bytes.length > 4; changes -= 1) {
    // structure is in the first octets of elements: half of the changes go to the header
    const at = next(2) === 0 ? next(Math.min(bytes.length, 200)) : next(bytes.length);
    const size = 1 + next(8);
    switch (next(7)) {
      case 0:
        bytes.writeUInt8(next(256), at);
        break;
      case 1:
        bytes.writeUInt8(INTERESTING[next(INTERESTING.length)] ?? 0, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)]);
        break;
      case 4: {
        const other = CORPUS[next(CORPUS.length)] ?? bytes;
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(next(other.length))]);
        break;
      }
      case 5:
        bytes = bytes.subarray(0, at);
        break;
      default:
        if (at + 2 <= bytes.length) {
          bytes = Buffer.from(bytes);
          bytes.writeUInt16BE((bytes.readUInt16BE(at) + next(9) - 4) & 0xffff, at);
        }
    }
  }
  return bytes;
}

/** Everything that a phone and `inspect` do with a file; returns what it threw on purpose. */
function exercise(bytes: Buffer): TrustfleetError | undefined {
  try {
    const file = parseTrustFile(bytes);
    if (file.kind === 'trust-list') {
      const covered = file.records.reduce((sum, record) => sum + record.length, file.header.headerLength);
      expect(covered).toBe(bytes.length);
    }
    // octets that are not exactly ours cannot verify
    const untouched = CORPUS.some((original) => original.equals(bytes));
    expect(verifySignature(file, signer.certificate.publicKey)).toBe(untouched);
    inspectJson(bytes, { file: 'fuzz', deviceKey: signer.privateKey });
    if (file.kind === 'trust-list') showTrustList(bytes, { verified: false });
    return undefined;
  } catch (error) {
    if (error instanceof TrustfleetError) return error;
    throw error;
  }
}

describe('the trust file parser under mutated files', () => {
  it(
    `ends in a file or a typed error, always (${SECONDS} s, seed ${SEED})`,
    () => {
      const next = random(SEED);
      const codes = new Map<string, number>();
      const end = performance.now() + SECONDS * 1000;
      let rounds = 0;
      while (performance.now() < end) {
        const bytes = mutate(next);
        let error: TrustfleetError | undefined;
        try {
          error = exercise(bytes);
        } catch (cause) {
          throw new Error(`seed ${SEED}, round ${rounds}: ${bytes.toString('base64')}`, { cause });
        }
        const code = error?.code ?? 'read';
        codes.set(code, (codes.get(code) ?? 0) + 1);
        rounds += 1;
      }
      // mutations that never get past the first check, or never fail one, would prove nothing
      const common = ['read', 'TF_TLV_TRUNCATED', 'TF_TLV_OVERRUN', 'TF_TLV_MALFORMED', 'TF_TLV_DUPLICATE'];
      for (const code of common) expect([code, codes.has(code)]).toEqual([code, true]);
    },
    (SECONDS + 20) * 1000,
  );
});
