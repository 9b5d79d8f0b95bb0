import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509';
import forge from 'node-forge';
import { Piscina } from 'piscina';
import { TrustfleetError } from '../src/errors.js';
import { workerFile } from '../src/package-root.js';
import { parseTrustFile, signedOctets } from '../src/trustfile/index.js';
import type { VerifyBatch } from '../workers/verify.js';
import { opensslDigestRate, opensslVerifyRate, type SpeedMode } from './openssl-speed.js';
import { type BenchReport, type BenchRow, benchRow, median } from './report.js';
import { type CaseFiles, makeCase, type VerifyCase } from './verify-files.js';

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

/** Files in one Piscina task: from 100 on the task itself costs under 2 % (speed.md 2). */
const BATCH = 500;

/** Verifications per second of CPU time of the whole process, and per second of the clock. */
interface Rate {
  readonly cpu: number;
  readonly wall: number;
}

interface Measured {
  readonly limitOne: number;
  readonly limitAll: number;
  readonly one: number;
  readonly all: number;
  readonly scaling: number;
  readonly forge: number;
  readonly peculiar: number;
}

function batchOf(files: readonly Buffer[]): VerifyBatch {
  const memory = new SharedArrayBuffer(files.reduce((sum, file) => sum + file.length, 0));
  const bytes = new Uint8Array(memory);
  const places: [number, number][] = [];
  let offset = 0;
  for (const file of files) {
    bytes.set(file, offset);
    places.push([offset, file.length]);
    offset += file.length;
  }
  return { memory, files: places, repeats: Math.ceil(BATCH / files.length) };
}

/** Runs batches through `pool`, two waiting for each thread. */
async function throughPool(
  pool: Piscina,
  threads: number,
  batch: VerifyBatch,
  seconds: number,
): Promise<Rate> {
  const perTask = batch.files.length * batch.repeats;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  let verified = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      const valid: number = await pool.run(batch);
      if (valid !== perTask) {
        throw new TrustfleetError(
          'TF_WORKER_DIED',
          `${valid} of ${perTask} lists verified: the bench is broken`,
        );
      }
      verified += valid;
    }
  };
  await Promise.all(Array.from({ length: threads * 2 }, lane));
  return { cpu: verified / cpuSeconds(cpu), wall: verified / ((performance.now() - start) / 1000) };
}

/** node-forge with the certificate already decoded: digest of the signed octets and RSA, nothing else. */
function forgeRate({ signer, files }: CaseFiles, digest: 'sha1' | 'sha512', seconds: number): number {
  const key = forge.pki.certificateFromPem(signer.toPem()).publicKey as forge.pki.rsa.PublicKey;
  return rateOf(seconds, files, (file) => {
    const list = parseTrustFile(file);
    const md = forge.md[digest].create();
    md.update(signedOctets(list).toString('latin1'));
    return key.verify(md.digest().bytes(), Buffer.from(list.header.signature).toString('latin1'));
  });
}

function rateOf(seconds: number, files: readonly Buffer[], check: (file: Buffer) => boolean): number {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    const file = files[done % files.length];
    if (file === undefined || !check(file))
      throw new TrustfleetError('TF_WORKER_DIED', 'a peer refused a valid list');
    done += 1;
  }
  return done / cpuSeconds(cpu);
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** @peculiar/x509 with the key already exported: WebCrypto over the signed octets, one at a time. */
async function peculiarRate(
  { signer, files }: CaseFiles,
  digest: 'sha1' | 'sha512',
  seconds: number,
): Promise<number> {
  const hash = digest === 'sha1' ? 'SHA-1' : 'SHA-512';
  const certificate = new PeculiarCertificate(Buffer.from(signer.der));
  const key = await certificate.publicKey.export({ name: 'RSASSA-PKCS1-v1_5', hash }, ['verify'], webcrypto);
  const start = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    const list = parseTrustFile(files[done % files.length] ?? Buffer.alloc(0));
    const { signature } = list.header;
    const valid = await webcrypto.subtle.verify(
      'RSASSA-PKCS1-v1_5',
      key,
      Uint8Array.from(signature),
      signedOctets(list),
    );
    if (!valid) throw new TrustfleetError('TF_WORKER_DIED', 'a peer refused a valid list');
    done += 1;
  }
  return done / cpuSeconds(cpu);
}

/** 1 / (1/verify + 1/digest of the file): what no program on this machine can pass (speed.md 1.1). */
async function limitOf(test: VerifyCase, octets: number, mode: SpeedMode): Promise<number> {
  const verify = await opensslVerifyRate(test.bits, mode);
  const digest = await opensslDigestRate(test.digest, octets, mode);
  return 1 / (1 / verify + 1 / digest);
}

/**
 * CTL files verified a second: parse, find the signer, check its signature; on one core and on all, beside what openssl
 * would allow, node-forge and @peculiar/x509, all in the same run.
 */
export async function benchVerify(options: VerifyBenchOptions): Promise<BenchReport> {
  const cores = availableParallelism();
  const pool = (threads: number): Piscina =>
    new Piscina({ filename: workerFile('verify'), minThreads: threads, maxThreads: threads });
  const one = pool(1);
  const all = pool(cores);
  const rows: BenchRow[] = [];
  try {
    for (const test of options.cases) {
      const made = makeCase(test);
      const octets = made.files[0]?.length ?? 0;
      const batch = batchOf(made.files);
      const rounds: Measured[] = [];
      // the first tasks of a thread compile the code and import the key
      await throughPool(one, 1, batch, 0.2);
      await throughPool(all, cores, batch, 0.2);
      for (let round = 1; round <= options.rounds; round += 1) {
        options.onProgress?.(
          `${test.records} records, RSA-${test.bits}, ${test.digest}: round ${round} of ${options.rounds}`,
        );
        const limitOne = await limitOf(test, octets, 'cpu');
        const single = await throughPool(one, 1, batch, options.seconds);
        const every = await throughPool(all, cores, batch, options.seconds);
        rounds.push({
          limitOne,
          one: single.cpu,
          all: every.wall,
          scaling: every.wall / single.wall,
          limitAll: await limitOf(test, octets, cores),
          forge: forgeRate(made, test.digest, options.seconds / 4),
          peculiar: await peculiarRate(made, test.digest, options.seconds / 4),
        });
      }
      rows.push(...rowsOf(test, octets, cores, rounds));
    }
  } finally {
    await Promise.all([one.destroy(), all.destroy()]);
  }
  return {
    name: 'verify',
    rows,
    notes: [
      'CTL files verified a second: parse, find the signer, check (node:crypto). Medians of the rounds; each ratio is the median of its rounds.',
      'limit: 1/(1/openssl verify + 1/openssl digest of the file), openssl speed in the same round. One core is counted per second of CPU time, as openssl does; all cores by the clock (-elapsed -multi), which suffers from whatever else the machine does.',
      'The peers get the parsed file and a decoded key and do digest and RSA only.',
      `${cores} cores, Node ${process.version}, OpenSSL ${process.versions.openssl} inside it; ${options.rounds} rounds.`,
    ],
  };
}

function rowsOf(test: VerifyCase, octets: number, cores: number, rounds: readonly Measured[]): BenchRow[] {
  const label = `${test.records} records, ${octets} octets, RSA-${test.bits} ${test.digest.toUpperCase()}`;
  const of = (pick: (round: Measured) => number): number => median(rounds.map(pick));
  const row = (what: string, value: keyof Measured, limit: keyof Measured): BenchRow => ({
    ...benchRow(
      `${label}: ${what}`,
      of((r) => r[value]),
      'files/s',
      of((r) => r[limit]),
    ),
    ratio: of((r) => r[value] / r[limit]),
  });
  return [
    row('1 core, CPU time', 'one', 'limitOne'),
    row(`${cores} cores, clock`, 'all', 'limitAll'),
    benchRow(
      `${label}: ${cores} cores / 1 core`,
      of((r) => r.all / r.one),
      'times',
      cores,
    ),
    benchRow(
      `${label}: 1 core / node-forge`,
      of((r) => r.one / r.forge),
      'times',
    ),
    benchRow(
      `${label}: 1 core / @peculiar/x509`,
      of((r) => r.one / r.peculiar),
      'times',
    ),
  ];
}
