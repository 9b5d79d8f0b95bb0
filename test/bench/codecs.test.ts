import { describe, expect, it } from 'vitest';
import { type CodecSample, checkSample } from '../../bench/codec-sample.js';
import { benchCodecs, codecSamples } from '../../bench/codecs.js';
import { runInside } from '../cli/harness.js';

/** What the suite measures, and what is done with each. */
const MEASURED: readonly (readonly [name: string, measures: readonly string[]])[] = [
  ['TFTP RRQ', ['decode / copy', 'encode / copy']],
  ['TFTP OACK', ['decode / copy', 'encode / copy']],
  ['TFTP DATA, 17 packets', ['take, with ACKs / copy', 'frame / copy']],
  ['TFTP ACK', ['decode / copy', 'encode / copy']],
  ['CTL of 8 records', ['parse / SHA-1', 'parse, every field / SHA-1', 'write / SHA-1']],
  ['certificate', ['read / X509Certificate', 'read / node-forge', 'public key / X509Certificate']],
  ['signed file', ['split / SHA-1', 'write / SHA-1', 'write and sign / RSA']],
  ['configuration XML', ['read / JSON', 'write / JSON']],
  ['TVS query', ['decode / copy', 'encode / copy']],
  ['TVS answer', ['decode / copy', 'encode / copy']],
  ['CAPF enrolment, 7 messages', ['decode / copy', 'encode / copy']],
  ['LSC, RSA-2048', ['issue / RSA']],
  ['SCCP Register', ['decode / copy', 'encode / copy']],
  ['SCCP SoftKeySetRes', ['decode / copy', 'encode / copy']],
  ['SCCP KeepAlive', ['decode / copy', 'encode / copy']],
  ['SIP REGISTER', ['decode / JSON', 'encode / JSON']],
  ['SIP 200 OK', ['decode / JSON', 'encode / JSON']],
];

const samples = codecSamples();

/** Does the sample say of these octets that they are not what was written? A decoder may refuse them as well. */
function isNoticed({ says }: CodecSample, octets: Uint8Array): boolean {
  try {
    return !says(octets);
  } catch {
    return true;
  }
}

/** One of the octets changed, at 64 places of the message one after the other. */
function changed(octets: Uint8Array): readonly Uint8Array[] {
  return Array.from(
    { length: Math.min(64, octets.length) },
    (_, k, at = Math.floor((k * octets.length) / 64)) =>
      Uint8Array.from(octets, (octet, index) => (index === at ? octet ^ 0x01 : octet)),
  );
}

describe('what `bench codecs` measures', () => {
  it('is every codec on the way of a boot', () => {
    const found = samples.map(({ name, measures }) => [
      name,
      measures.map(({ what, peer }) => `${what} / ${peer.name}`),
    ]);
    expect(found).toEqual(MEASURED);
  });

  it.each(samples.map((sample) => [sample.name, sample] as const))(
    '%s is read as what was written, and written as it was',
    (_, sample) => {
      expect(sample.says(sample.octets)).toBe(true);
      for (const measure of sample.measures) {
        const result = measure.run();
        if (measure.kind === 'encode')
          expect(Buffer.concat([result as Uint8Array].flat())).toEqual(Buffer.from(sample.octets));
        else expect(result).toBeTypeOf('object');
      }
    },
  );

  it.each(samples.map((sample) => [sample.name, sample] as const))(
    '%s with another octet is noticed',
    (_, sample) => {
      expect(changed(sample.octets).filter((octets) => isNoticed(sample, octets))).not.toEqual([]);
    },
  );

  it.each(samples.map((sample) => [sample.name, sample] as const))(
    '%s: what stands beside it does something, too',
    (_, { measures }) => {
      for (const { peer } of measures) expect(peer.run()).toBeTypeOf('object');
    },
  );

  it('is not measured when it is not what was written', () => {
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    const [, encode] = sample.measures;
    if (encode?.kind !== 'encode') throw new Error('no encoder');
    expect(() => checkSample({ ...sample, says: () => false })).toThrow(
      'TFTP RRQ: what was read is not what was written: the bench is broken',
    );
    const other = { ...encode, run: () => Uint8Array.of(0) };
    expect(() => checkSample({ ...sample, measures: [other] })).toThrow(
      'TFTP RRQ: encode gave other octets: the bench is broken',
    );
  });
});

describe('bench codecs', () => {
  it('has a row for everything, with what its peer did and how noisy both were', () => {
    const { name, rows, notes } = benchCodecs({ rounds: 2, seconds: 0.002 });
    expect(name).toBe('codecs');
    expect(rows.map(({ label }) => label.replace(/, \d+ octets/, ''))).toEqual(
      MEASURED.flatMap(([sample, measures]) => measures.map((measure) => `${sample}: ${measure}`)),
    );
    for (const { label, value, limit, ratio, noise, rme, unit } of rows) {
      for (const figure of [value, limit, ratio]) {
        expect(Number.isFinite(figure), label).toBe(true);
        expect(figure, label).toBeGreaterThan(0);
      }
      for (const figure of [noise, rme]) expect(Number.isFinite(figure), label).toBe(true);
      expect(unit).toMatch(/^[a-z]+\/s$/);
    }
    expect(notes.join('\n')).toMatch(/copy: .*SHA-1: .*RSA: .*JSON: .*X509Certificate.*node-forge/);
  });

  it('is a command, with its rounds and seconds', async () => {
    const options = ['--rounds', '1', '--seconds', '0.001', '--json'];
    const { code, stdout } = await runInside('bench', 'codecs', ...options);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { readonly name: string; readonly notes: readonly string[] };
    expect(report.name).toBe('codecs');
    expect(report.notes.join('\n')).toContain('Medians of 1 interleaved rounds of 0.001 s a figure');
  });
});
