import { describe, expect, it } from 'vitest';
import { artefact } from '../../src/cluster/artefacts.js';
import { createCluster } from '../../src/cluster/create.js';
import { drawKeyedSerial } from '../../src/cluster/serials.js';
import type { ClusterState } from '../../src/cluster/state.js';
import { seededRandom } from '../../src/fleet/random.js';
import { testKeys } from '../../src/fleet/test-keys.js';
import { judgeList } from '../../src/phone/decide/list.js';
import { freshKeys, type KeySource } from '../../src/pki/keys.js';
import { parseTrustFile, type TrustList } from '../../src/trustfile/index.js';
import { context, held } from '../phone/fixtures.js';
import { phones, START, spec } from './lab.js';

/** A mixed cluster with tokens, whose CTL has the certificates of other authorities, too. */
function installed(seed: number, keys: KeySource): Promise<ClusterState> {
  return createCluster(
    spec('12.5(1)', { mode: 'mixed', tokens: ['T1', 'T2'], devices: phones('encrypted') }),
    {
      keys,
      now: () => new Date(START),
      random: seededRandom(seed, 'cluster'),
    },
  );
}

function octets(state: ClusterState, file: string): Buffer {
  return Buffer.from(artefact(state, 'PUB', file) ?? new Uint8Array());
}

function itlOf(state: ClusterState): TrustList {
  const file = parseTrustFile(octets(state, 'ITLFile.tlv'));
  if (file.kind !== 'trust-list') throw new Error(file.kind);
  return file;
}

function serialsOf(state: ClusterState): string[] {
  const own = state.nodes.flatMap(({ identities }) => Object.values(identities));
  const tokens = [...state.tokens.known.values()];
  return [...own, ...tokens].map(({ certificate }) => certificate.serial);
}

describe('the serial numbers of a cluster', () => {
  it('are those of its seed in virtual time, whose keys come with the package: lists have the same octets', async () => {
    const [first, second, other] = await Promise.all([1, 1, 2].map((seed) => installed(seed, testKeys())));
    if (first === undefined || second === undefined || other === undefined) throw new Error('no cluster');
    for (const file of ['ITLFile.tlv', 'CTLFile.tlv']) {
      expect(octets(first, file).length).toBeGreaterThan(1_000);
      expect(octets(second, file).equals(octets(first, file))).toBe(true);
      expect(octets(other, file).equals(octets(first, file))).toBe(false);
    }
  });

  it('differ where the keys are fresh: a cluster of the same seed is a stranger, not a signer whose signature is wrong (R-21)', async () => {
    const [first, second] = await Promise.all([1, 1].map((seed) => installed(seed, freshKeys)));
    if (first === undefined || second === undefined) throw new Error('no cluster');
    const serials = [...serialsOf(first), ...serialsOf(second)];
    expect(serials.length).toBeGreaterThan(20);
    expect(new Set(serials).size).toBe(serials.length);
    const itl = itlOf(first);
    const offered = itlOf(second);
    expect(offered.header.signer.issuer).toBe(itl.header.signer.issuer);
    expect(judgeList(context(held({ itl })), 'itl', offered)).toMatchObject({ reason: 'signer-unknown' });
  });

  it('have 16 octets, the first from 01 to 7f (trust-files.md 6)', () => {
    const random = seededRandom(1, 'serials');
    for (let i = 0; i < 2_000; i += 1) {
      const serial = drawKeyedSerial(random)(Uint8Array.of(i >> 8, i & 0xff));
      expect(serial).toHaveLength(16);
      expect(serial[0]).toBeGreaterThanOrEqual(0x01);
      expect(serial[0]).toBeLessThanOrEqual(0x7f);
    }
  });

  it('take their random numbers before the key is there, and none after', () => {
    let drawn = 0;
    const serialOf = drawKeyedSerial(() => {
      drawn += 1;
      return 0.25;
    });
    expect(drawn).toBe(16);
    expect(serialOf(Uint8Array.of(1))).toEqual(serialOf(Uint8Array.of(1)));
    expect(serialOf(Uint8Array.of(1))).not.toEqual(serialOf(Uint8Array.of(2)));
    expect(drawn).toBe(16);
  });
});
