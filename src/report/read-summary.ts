import { existsSync, readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf, TrustfleetError } from '../errors.js';
import type { Summary } from './summary.js';

const NAME = 'summary.json';

/** Largest summary that is read, octets; one of a run with every counter of a large fleet has a few MB. */
const MAX_SUMMARY_OCTETS = 256 * 1024 * 1024;

/** Folders of other runs that are named where a folder of several was given. */
const MAX_NAMED = 5;

const labels = z.record(z.string(), z.string());
const figure = z.object({
  labels,
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).exactOptional(),
  atLeast: z.number().exactOptional(),
  atMost: z.number().exactOptional(),
  share: z.string().exactOptional(),
  of: z.string().exactOptional(),
  limit: z.string().exactOptional(),
});
const sample = z.object({ name: z.string(), labels, value: z.number() });
const attempt = z.object({
  cause: z.enum(['', '6', '10', '11', '12', '13', '15']),
  certificate: z.enum(['lsc', 'mic', 'none']),
});
const refusal = z.object({
  what: z.string(),
  rule: z.string(),
  reason: z.string(),
  attempt: attempt.exactOptional(),
});
const rate = z.object({
  rate: z.number(),
  limit: z.number(),
  ratio: z.number(),
  limitOneCertificate: z.number(),
});

/** What `summary.json` has; fields that came later than this version are left alone. */
const schema = z.object({
  scenario: z.string(),
  about: z.string(),
  origin: z.string(),
  file: z.string(),
  cluster: z.string(),
  release: z.string(),
  clusters: z.array(z.object({ name: z.string(), release: z.string() })),
  seed: z.number(),
  version: z.string(),
  phones: z.number(),
  filePhones: z.number(),
  clock: z.enum(['network', 'virtual']),
  passed: z.boolean(),
  verdict: z.enum(['pass', 'fail', 'invalid']),
  ended: z.discriminatedUnion('by', [
    z.object({ by: z.literal('completed') }),
    z.object({ by: z.literal('operation-refused'), message: z.string() }),
    z.object({ by: z.literal('error'), code: z.string(), message: z.string() }),
    z.object({ by: z.literal('signal'), signal: z.string() }),
  ]),
  health: z.array(
    z.object({
      what: z.enum(['event-loop-delay', 'late-actions', 'datagrams-lost', 'open-files', 'memory']),
      worker: z.string(),
      worst: z.number(),
      limit: z.number(),
      at: z.number(),
      unit: z.enum(['s', 'ratio', 'files', 'bytes']),
      exceeded: z.boolean(),
    }),
  ),
  allowTargets: z.array(z.string()).optional(),
  load: z.union([
    z.object({ concurrency: z.number() }),
    z.object({ rate: z.number() }),
    z.object({ ramp: z.object({ from: z.number(), to: z.number(), overSeconds: z.number() }) }),
  ]),
  started: z.string(),
  seconds: z.number(),
  wallSeconds: z.number(),
  host: z.object({ cpus: z.number(), node: z.string() }),
  expectations: z.array(
    z.object({
      step: z.number(),
      line: z.number(),
      about: z.string(),
      expected: z.array(figure),
      actual: z.array(figure),
      passed: z.boolean(),
      judged: z.boolean(),
      reported: z.boolean().exactOptional(),
      timedOut: z.boolean().exactOptional(),
    }),
  ),
  notJudged: z.number(),
  counters: z.array(sample),
  gauges: z.array(sample),
  timings: z.array(
    z.object({
      name: z.string(),
      labels,
      count: z.number(),
      p50: z.number(),
      p90: z.number(),
      p99: z.number(),
      max: z.number(),
    }),
  ),
  steps: z.array(
    z.object({
      step: z.number(),
      about: z.string(),
      seconds: z.number(),
      action: z.object({ addressed: z.number(), unfinished: z.number() }).exactOptional(),
      output: z.array(z.string()).exactOptional(),
    }),
  ),
  rates: z.array(
    z.object({
      step: z.number(),
      about: z.string(),
      phones: z.number(),
      handshakes: z.object({ 'server-auth': z.number(), mutual: z.number() }),
      clock: rate,
      cpu: rate,
    }),
  ),
  refusals: z.array(
    refusal.extend({
      count: z.number(),
      example: refusal.extend({
        step: z.number().exactOptional(),
        at: z.number(),
        phone: z.string(),
        model: z.string(),
        group: z.string(),
        detail: z.string(),
        more: z.number().exactOptional(),
      }),
    }),
  ),
  events: z.object({
    seen: z.number(),
    written: z.number(),
    oneIn: z.number(),
    countedOnly: z.number(),
  }),
} satisfies Readonly<Record<keyof Summary, z.ZodType>>);

/**
 * The summary of a run folder.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE where the folder is none of a run, or its summary is none that this version
 *   understands; the message says which field is missing or wrong
 */
export async function readSummary(folder: string): Promise<Summary> {
  const file = join(folder, NAME);
  const unreadable = (why: string, cause?: unknown): TrustfleetError =>
    new TrustfleetError('TF_FILE_UNREADABLE', `cannot read ${file}: ${why}`, { cause, context: { file } });
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_SUMMARY_OCTETS)
      throw unreadable(`found ${size} octets, expected ${MAX_SUMMARY_OCTETS} at most`);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof TrustfleetError) throw cause;
    throw unreadable(`${reasonOf(cause, file)}; expected the folder of a run${runsIn(folder)}`, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`found no JSON document (${reasonOf(cause)}); was the run ended while it wrote?`, cause);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw unreadable(
    `${place === '' ? '' : `${place}: `}${issue?.message ?? 'no summary'}; expected a summary as this version writes it${versionOf(value)}, run the scenario again`,
  );
}

/** A folder of several runs has a folder for each of them. */
function runsIn(folder: string): string {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return '';
  }
  const runs = names.filter((name) => existsSync(join(folder, name, NAME))).sort();
  if (runs.length === 0) return '';
  const named = runs.slice(0, MAX_NAMED).map((name) => join(folder, name));
  return `, such as ${named.join(', ')}${runs.length > named.length ? ', …' : ''}`;
}

function versionOf(value: unknown): string {
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  return typeof version === 'string' ? `, found one of version ${version}` : '';
}
