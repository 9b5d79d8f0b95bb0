import type { BareHandshakes, BareKind, HandshakeReading } from '../fleet/laboratory.js';
import { HANDSHAKE_KINDS, type HandshakeCounts, type HandshakeKind } from '../net/handshake-count.js';

/** A `phones:` step with what was read before and after it. */
export interface MeasuredStep {
  readonly step: number;
  readonly about: string;
  /** Addressed by it. */
  readonly phones: number;
  readonly before: HandshakeReading;
  readonly after: HandshakeReading;
}

export interface Rate {
  /** Phones a second of the clock, or of CPU time of all cores. */
  readonly rate: number;
  /** What the handshakes of these phones alone would allow, at the speed of the bare ones of this run. */
  readonly limit: number;
  /** `rate` / `limit`. */
  readonly ratio: number;
  /** The limit, were all phones to share one certificate, so that none had to be loaded. */
  readonly limitOneCertificate: number;
}

/** How fast a step was beside what its TLS handshakes alone would allow. */
export interface HandshakeRate {
  readonly step: number;
  readonly about: string;
  readonly phones: number;
  /** That its phones really made: CAPF and TVS; registration and standby. */
  readonly handshakes: HandshakeCounts;
  readonly clock: Rate;
  readonly cpu: Rate;
}

/** What one bare handshake took, seconds. */
interface Cost {
  readonly clock: number;
  readonly cpu: number;
}

/**
 * Rates of the steps whose phones made TLS handshakes; none without a calibration, or where a kind of handshake was made that
 * the calibration does not have.
 */
export function ratesOf(
  steps: readonly MeasuredStep[],
  bare: readonly BareHandshakes[],
): readonly HandshakeRate[] {
  return steps.flatMap((step) => rateOf(step, bare) ?? []);
}

function rateOf(
  { step, about, phones, before, after }: MeasuredStep,
  bare: readonly BareHandshakes[],
): HandshakeRate | undefined {
  const made = (kind: HandshakeKind): number => after.handshakes[kind] - before.handshakes[kind];
  const handshakes = { 'server-auth': made('server-auth'), mutual: made('mutual') };
  const own = costOfAll(handshakes, 'mutual', bare);
  const shared = costOfAll(handshakes, 'mutual-one-certificate', bare);
  if (phones === 0 || own === undefined || shared === undefined || own.clock === 0) return undefined;
  const seconds = { clock: (after.at - before.at) / 1000, cpu: after.cpuSeconds - before.cpuSeconds };
  const rate = (of: keyof Cost): Rate => ({
    rate: figures(phones / seconds[of]),
    limit: figures(phones / own[of]),
    ratio: figures(own[of] / seconds[of]),
    limitOneCertificate: figures(phones / shared[of]),
  });
  return { step, about, phones, handshakes, clock: rate('clock'), cpu: rate('cpu') };
}

/** All these handshakes one after the other; undefined where a kind of them was not measured. */
function costOfAll(
  handshakes: HandshakeCounts,
  mutual: 'mutual' | 'mutual-one-certificate',
  bare: readonly BareHandshakes[],
): Cost | undefined {
  const all = { clock: 0, cpu: 0 };
  for (const kind of HANDSHAKE_KINDS) {
    if (handshakes[kind] === 0) continue;
    const cost = costOf(kind === 'mutual' ? mutual : kind, bare);
    if (cost === undefined) return undefined;
    all.clock += handshakes[kind] * cost.clock;
    all.cpu += handshakes[kind] * cost.cpu;
  }
  return all;
}

/** Over all calibrations of the run. */
function costOf(kind: BareKind, bare: readonly BareHandshakes[]): Cost | undefined {
  const own = bare.filter((made) => made.kind === kind);
  const count = own.reduce((sum, made) => sum + made.count, 0);
  if (count === 0) return undefined;
  return {
    clock: own.reduce((sum, made) => sum + made.seconds, 0) / count,
    cpu: own.reduce((sum, made) => sum + made.cpuSeconds, 0) / count,
  };
}

function figures(value: number): number {
  return Number(value.toPrecision(4));
}
