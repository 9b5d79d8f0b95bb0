import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf, TrustfleetError } from '../errors.js';

/** What a run was: the scenario as it was written, and what the command line changed. Enough to play it again. */
export interface RunPlanFile {
  readonly scenario: string;
  /** Where the scenario stood. */
  readonly file: string;
  /** The YAML document. */
  readonly text: string;
  readonly phones: number;
  readonly seed: number;
  readonly clock: 'network' | 'virtual';
  readonly keys: 'pooled' | 'fresh';
}

const NAME = 'plan.json';

const schema = z.object({
  scenario: z.string(),
  file: z.string(),
  text: z.string(),
  phones: z.int().positive(),
  seed: z.int().nonnegative(),
  clock: z.enum(['network', 'virtual']),
  keys: z.enum(['pooled', 'fresh']),
});

/** @throws TrustfleetError TF_FILE_UNWRITABLE */
export async function writeRunPlan(folder: string, plan: RunPlanFile): Promise<void> {
  const file = join(folder, NAME);
  try {
    await writeFile(file, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `cannot write ${file}: ${reasonOf(cause, file)}`, {
      cause,
      context: { file },
    });
  }
}

/** @throws TrustfleetError TF_FILE_UNREADABLE where the folder has no plan, or one that this version does not understand */
export async function readRunPlan(folder: string): Promise<RunPlanFile> {
  const file = join(folder, NAME);
  const unreadable = (why: string, cause?: unknown): TrustfleetError =>
    new TrustfleetError('TF_FILE_UNREADABLE', `cannot read ${file}: ${why}`, { cause, context: { file } });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw unreadable(`${reasonOf(cause, file)}; expected the folder of a run`, cause);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a plan'}`);
}
