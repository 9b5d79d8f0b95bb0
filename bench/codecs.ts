import { writePhoneConfiguration } from '../src/protocol/cnf/index.js';
import { certificateSample, lscSample } from './codec-certificates.js';
import { configurationSample, PHONE_CONFIGURATION } from './codec-configuration.js';
import { PEERS } from './codec-peers.js';
import { type CallRate, prepareTimed, rates, type Timed } from './codec-rates.js';
import { type CodecSample, checkSample, type Measure } from './codec-sample.js';
import { capfSample, tvsSamples } from './codec-services.js';
import { sccpSamples, sipSamples } from './codec-signalling.js';
import { tftpSamples } from './codec-tftp.js';
import { ctlSample, signedFileSample } from './codec-trust-files.js';
import { type BenchReport, type BenchRow, median, roundsRow } from './report.js';

export interface CodecBenchOptions {
  /** Interleaved rounds of everything; the medians are reported. */
  readonly rounds: number;
  /** Measured time of one figure in one round, seconds. */
  readonly seconds: number;
  readonly onProgress?: (line: string) => void;
}

/** Compiled code is what a run has, after its first seconds. */
const WARM_UP_SHARE = 0.5;

/** Every codec on the way of a boot, in the order in which a phone meets them. */
export function codecSamples(): readonly CodecSample[] {
  return [
    ...tftpSamples(),
    ctlSample(8),
    certificateSample(),
    signedFileSample(writePhoneConfiguration(PHONE_CONFIGURATION)),
    configurationSample(),
    ...tvsSamples(),
    capfSample(),
    lscSample(),
    ...sccpSamples(),
    ...sipSamples(),
  ];
}

interface Line {
  readonly label: string;
  readonly unit: string;
  readonly own: Timed;
  readonly peer: Timed;
  readonly rounds: { readonly own: CallRate; readonly peer: CallRate }[];
}

function prepareLine(
  { name, octets, unit }: CodecSample,
  { what, run, peer }: Measure,
  warmUpMs: number,
): Line {
  return {
    label: `${name}, ${octets.length} octets: ${what} / ${peer.name}`,
    unit: `${unit}/s`,
    own: prepareTimed(run, warmUpMs),
    peer: prepareTimed(peer.run, warmUpMs),
    rounds: [],
  };
}

/**
 * Every codec beside a peer: own and peer one after the other, in every second round the other way round, so that a machine that
 * becomes slower or busier does so for both.
 *
 * @throws TrustfleetError TF_WORKER_DIED when a codec does not read what it wrote
 */
export function benchCodecs(options: CodecBenchOptions): BenchReport {
  const samples = codecSamples();
  for (const sample of samples) checkSample(sample);
  options.onProgress?.('warming up');
  const warmUpMs = options.seconds * 1000 * WARM_UP_SHARE;
  const lines = samples.flatMap((sample) =>
    sample.measures.map((measure) => prepareLine(sample, measure, warmUpMs)),
  );
  for (let round = 1; round <= options.rounds; round += 1) {
    options.onProgress?.(`round ${round} of ${options.rounds}`);
    for (const line of lines) {
      if (round % 2 === 1) {
        const [own, peer] = rates(line.own, line.peer, options.seconds);
        line.rounds.push({ own, peer });
      } else {
        const [peer, own] = rates(line.peer, line.own, options.seconds);
        line.rounds.push({ own, peer });
      }
    }
  }
  return { name: 'codecs', rows: lines.map(rowOf), notes: notesOf(options) };
}

function rowOf({ label, unit, rounds }: Line): BenchRow {
  const row = roundsRow(
    label,
    unit,
    rounds.map(({ own, peer }) => ({ value: own.perSecond, limit: peer.perSecond })),
  );
  return { ...row, rme: median(rounds.map(({ own }) => own.rme)) };
}

function notesOf({ rounds, seconds }: CodecBenchOptions): string[] {
  return [
    `limit is the peer behind the slash, in the same run. ${PEERS}.`,
    `Medians of ${rounds} interleaved rounds of ${seconds} s a figure (tinybench, by the clock, one thread); noise is half of what lies between the ratios of the rounds, rme what tinybench says of the samples within one.`,
    `Node ${process.version}, OpenSSL ${process.versions.openssl} inside it.`,
  ];
}
