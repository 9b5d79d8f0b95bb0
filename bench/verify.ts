import 'reflect-metadata';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { workerFile } from '../src/package-root.js';
import type { VerifyBatch } from '../workers/verify.js';
import { opensslDigestRate, opensslVerifyRate, type SpeedMode } from './openssl-speed.js';
import { type BenchReport, type BenchRow, median, roundsRow } from './report.js';
import { type CaseFiles, makeCase, type VerifyCase } from './verify-files.js';
import { forgeRate, peculiarRate } from './verify-peers.js';
import { addWork, batchOf, throughPool, type Work } from './verify-pool.js';

export interface VerifyBenchOptions {
  /** Interleaved rounds of everything; the medians are reported. */
  readonly rounds: number;
  /** Measured time of one figure, seconds. */
  readonly seconds: number;
  readonly cases: readonly VerifyCase[];
  readonly onProgress?: (line: string) => void;
}

export const VERIFY_CASES: readonly VerifyCase[] = [
  { bits: 2048, digest: 'sha1' },
  { bits: 2048, digest: 'sha512' },
  { bits: 1024, digest: 'sha1' },
].flatMap((kind) => [5, 8, 20].map((records) => ({ ...kind, records }) as VerifyCase));

/** What speed.md asks for at RSA-2048; the files of RSA-1024 are too cheap beside the fixed cost of a call. */
const GOALS = 'goals at RSA-2048: 1 core 0.75 of the limit, 2 cores / 1 core 1.9, 20 times node-forge';

/** Distinct lists of the memo figure: a cluster has one a TFTP node. */
const MEMO_FILES = 3;

/** Less than this share of the cores means that somebody else had the rest. */
const OWN_SHARE = 0.95;

/** What one case was found to do in one round. Rates are files per second. */
interface Measured {
  readonly one: Work;
  readonly all: Work;
  readonly memo: Work;
  readonly limitOne: number;
  readonly limitAll: number;
  readonly forge: number;
  readonly peculiar: number;
}

interface Case extends VerifyCase {
  readonly files: CaseFiles;
  /** Of one file. */
  readonly octets: number;
  readonly full: VerifyBatch;
  readonly memo: VerifyBatch;
  readonly rounds: Measured[];
}

interface Pools {
  readonly one: Piscina;
  readonly all: Piscina;
  readonly cores: number;
}

function prepare(test: VerifyCase): Case {
  const made = makeCase(test);
  return {
    ...test,
    files: made,
    octets: made.files[0]?.length ?? 0,
    full: batchOf(made.files, 'full'),
    memo: batchOf(made.files.slice(0, MEMO_FILES), 'memo'),
    rounds: [],
  };
}

/** Cases that differ in their number of records only: they share one figure of openssl's RSA a round. */
function kindsOf(cases: readonly Case[]): Case[][] {
  const kinds = new Map<string, Case[]>();
  for (const one of cases) {
    const key = `RSA-${one.bits} ${one.digest}`;
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  return [...kinds.values()];
}

interface Held {
  readonly work: Work;
  /** 1 / (1/verify + 1/digest of the file): what no program on this machine can pass (speed.md 1.1). */
  readonly limit: number;
}

/**
 * Every case of a kind on so many threads, and openssl in between: each case is measured before and after openssl's RSA, and
 * after openssl's digest of its size, so that a machine that becomes slower or busier does so for both.
 */
async function besideOpenssl(
  kind: readonly Case[],
  mode: SpeedMode,
  run: (one: Case) => Promise<Work>,
): Promise<Held[]> {
  const slices = kind.map((): Work[] => []);
  const take = async (): Promise<void> => {
    for (const [index, one] of kind.entries()) slices[index]?.push(await run(one));
  };
  await take();
  const verify = await opensslVerifyRate(kind[0]?.bits ?? 0, mode);
  await take();
  const held: Held[] = [];
  for (const [index, one] of kind.entries()) {
    const digest = await opensslDigestRate(one.digest, one.octets, mode);
    slices[index]?.push(await run(one));
    held.push({ work: addWork(slices[index] ?? []), limit: 1 / (1 / verify + 1 / digest) });
  }
  return held;
}

async function measureRound(kind: readonly Case[], pools: Pools, seconds: number): Promise<void> {
  const { one, all, cores } = pools;
  // three slices a figure
  const slice = seconds / 3;
  const single = await besideOpenssl(kind, 'cpu', ({ full }) => throughPool(one, 1, full, slice));
  const every = await besideOpenssl(kind, cores, ({ full }) => throughPool(all, cores, full, slice));
  for (const [index, test] of kind.entries()) {
    const [mine, ours] = [single[index], every[index]];
    if (mine === undefined || ours === undefined) continue;
    test.rounds.push({
      one: mine.work,
      limitOne: mine.limit,
      all: ours.work,
      limitAll: ours.limit,
      memo: await throughPool(one, 1, test.memo, seconds / 8),
      forge: forgeRate(test.files, test.digest, seconds / 4),
      peculiar: await peculiarRate(test.files, test.digest, seconds / 4),
    });
  }
}

/** The first tasks of a thread compile the code and import the key. */
async function warmUp(cases: readonly Case[], pools: Pools): Promise<void> {
  for (const { full, memo } of cases) {
    await throughPool(pools.one, 1, full, 0.2);
    await throughPool(pools.all, pools.cores, full, 0.2);
    await throughPool(pools.one, 1, memo, 0.1);
  }
}

/**
 * CTL files verified a second: parse, find the signer, check its signature; on one core and on all, beside what openssl
 * would allow, node-forge and @peculiar/x509, all in the same run.
 */
export async function benchVerify(options: VerifyBenchOptions): Promise<BenchReport> {
  const cores = availableParallelism();
  const pool = (threads: number): Piscina =>
    new Piscina({ filename: workerFile('verify'), minThreads: threads, maxThreads: threads });
  const pools = { one: pool(1), all: pool(cores), cores };
  const cases = options.cases.map(prepare);
  try {
    await warmUp(cases, pools);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const kind of kindsOf(cases)) {
        options.onProgress?.(`RSA-${kind[0]?.bits} ${kind[0]?.digest}: round ${round} of ${options.rounds}`);
        await measureRound(kind, pools, options.seconds);
      }
    }
  } finally {
    await Promise.all([pools.one.destroy(), pools.all.destroy()]);
  }
  return {
    name: 'verify',
    rows: cases.flatMap((test) => rowsOf(test, cores)),
    notes: notesOf(cases, cores, options.rounds),
  };
}

const perCpu = ({ files, cpu }: Work): number => files / cpu;
const perClock = ({ files, clock }: Work): number => files / clock;

function rowsOf({ records, octets, bits, digest, rounds }: Case, cores: number): BenchRow[] {
  const label = `${records} records, ${octets} octets, RSA-${bits} ${digest.toUpperCase()}`;
  const row = (
    what: string,
    unit: string,
    value: (round: Measured) => number,
    limit?: (round: Measured) => number,
  ): BenchRow =>
    roundsRow(
      `${label}: ${what}`,
      unit,
      rounds.map((round) => ({ value: value(round), limit: limit?.(round) })),
    );
  return [
    row(
      '1 core, CPU time',
      'files/s',
      (r) => perCpu(r.one),
      (r) => r.limitOne,
    ),
    row(
      `${cores} cores, clock`,
      'files/s',
      (r) => perClock(r.all),
      (r) => r.limitAll,
    ),
    row(
      `${cores} cores / 1 core, clock`,
      'times',
      (r) => perClock(r.all) / perCpu(r.one),
      () => cores,
    ),
    row(
      `${cores} cores / 1 core, CPU time`,
      'times',
      (r) => (cores * perCpu(r.all)) / perCpu(r.one),
      () => cores,
    ),
    row('1 core, memo', 'files/s', (r) => perCpu(r.memo)),
    row('1 core / node-forge', 'times', (r) => perCpu(r.one) / r.forge),
    row('1 core / @peculiar/x509', 'times', (r) => perCpu(r.one) / r.peculiar),
  ];
}

function notesOf(cases: readonly Case[], cores: number, rounds: number): string[] {
  const shares = cases.flatMap((test) => test.rounds.map(({ all }) => all.cpu / (all.clock * cores)));
  const share = median(shares);
  const busy =
    share < OWN_SHARE
      ? `: OTHERS HAD THE REST, so the figures by the clock are those of fewer than ${cores} cores; the ones of CPU time stand`
      : '';
  return [
    'CTL files verified a second, in full unless a row says memo: parse, find the signer, check its signature (node:crypto).',
    'limit: 1/(1/openssl verify + 1/openssl digest of the file), openssl speed between slices of the same figure. One core is counted per second of CPU time of the whole process, as openssl does; all cores by the clock (-elapsed -multi).',
    `Medians of ${rounds} interleaved rounds; noise is half of what lies between the rounds. ${GOALS}.`,
    `While all ${cores} cores were measured this program had ${Math.round(share * 100)} % of them (median; least ${Math.round(Math.min(...shares) * 100)} %)${busy}.`,
    'memo: octets are compared with those of a list that was verified before (another mode, not used for any other row).',
    'The peers get the parsed file and a decoded key and do digest and RSA only.',
    `${cores} cores, Node ${process.version}, OpenSSL ${process.versions.openssl} inside it.`,
  ];
}
