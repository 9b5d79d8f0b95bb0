import { describe, expect, it } from 'vitest';
import type { BareHandshakes, HandshakeReading } from '../../src/fleet/laboratory.js';
import { type MeasuredStep, ratesOf } from '../../src/scenario/rates.js';

function reading(serverAuth: number, mutual: number, cpuSeconds: number, at: number): HandshakeReading {
  return { handshakes: { 'server-auth': serverAuth, mutual }, cpuSeconds, at };
}

/** 100 handshakes of each kind: 2 ms and 10 ms by the clock, 3 ms and 15 ms of CPU time; 5 ms and 8 ms with one certificate. */
const BARE: readonly BareHandshakes[] = [
  { kind: 'server-auth', count: 100, seconds: 0.2, cpuSeconds: 0.3 },
  { kind: 'mutual', count: 100, seconds: 1, cpuSeconds: 1.5 },
  { kind: 'mutual-one-certificate', count: 100, seconds: 0.5, cpuSeconds: 0.8 },
];

/** 100 phones with 100 and 200 handshakes in 4 s, with 5 s of CPU time. */
const STEP: MeasuredStep = {
  step: 1,
  about: 'power on all',
  phones: 100,
  before: reading(7, 9, 10, 1_000),
  after: reading(107, 209, 15, 5_000),
};

describe('rates beside bare handshakes (issue 3, "How we shall see it" 3)', () => {
  it('hold what was done against what the handshakes that were made would take alone', () => {
    expect(ratesOf([STEP], BARE)).toEqual([
      {
        step: 1,
        about: 'power on all',
        phones: 100,
        handshakes: { 'server-auth': 100, mutual: 200 },
        // alone 0.2 s + 2 s; with one certificate 0.2 s + 1 s
        clock: { rate: 25, limit: 45.45, ratio: 0.55, limitOneCertificate: 83.33 },
        // alone 0.3 s + 3 s; with one certificate 0.3 s + 1.6 s
        cpu: { rate: 20, limit: 30.3, ratio: 0.66, limitOneCertificate: 52.63 },
      },
    ]);
  });

  it('take all calibrations of a run together', () => {
    const slower = BARE.map((bare) => ({ ...bare, seconds: bare.seconds * 3 }));
    expect(ratesOf([STEP], [...BARE, ...slower])[0]?.clock.limit).toBe(22.73);
  });

  it('are none without handshakes, without a calibration, or with one that lacks a kind of them', () => {
    expect(ratesOf([{ ...STEP, after: { ...STEP.before, at: 9_000 } }], BARE)).toEqual([]);
    expect(ratesOf([STEP], [])).toEqual([]);
    expect(ratesOf([STEP], BARE.slice(0, 1))).toEqual([]);
  });
});
