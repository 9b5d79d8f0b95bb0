import { join, relative } from 'node:path';
import { count, counted } from '../observe/figure-text.js';
import { packageRoot } from '../package-root.js';
import type { RefusalKind, RunResult } from '../scenario/result.js';
import { wrap } from './format.js';
import type { Paint } from './paint.js';
import { countOf, refusalGroups } from './refusal-groups.js';

/** Kinds of one group shown with an example; the run folder has all of them. */
const MAX_EXAMPLES = 12;

const CAUSE_AND_EFFECT =
  'Where a phone refused the certificate of a server, that is one refusal; what came to nothing by it is a failure, too.';

/** What phones refused and what failed, group by group, with one phone of each kind. */
export function refusalLines(result: RunResult, paint: Paint, width: number): string[] {
  const { refusals, registrations, outages, others } = refusalGroups(
    result.refusals.kinds,
    result.snapshot.counters,
  );
  const examples = (title: string, kinds: readonly RefusalKind[]): string[] =>
    kinds.length === 0
      ? []
      : [
          paint.bold(`${title}; one phone of each kind`),
          ...kinds.slice(0, MAX_EXAMPLES).flatMap((kind) => example(kind, result, paint, width)),
          ...(kinds.length > MAX_EXAMPLES
            ? [`  and ${counted(kinds.length - MAX_EXAMPLES, 'kind')} more in summary.json`]
            : []),
        ];
  const isBoth =
    refusals.kinds.some(({ what }) => what === 'peer') &&
    [...registrations, ...others].some(({ reason }) => reason === 'tls-failed');
  return [
    ...examples(`Refusals: ${count(refusals.count)} (trust_failures)`, refusals.kinds),
    ...examples(`Failed registrations: ${count(countOf(registrations))}`, registrations),
    ...examples(`Other failures: ${count(countOf(others))}`, others),
    ...(isBoth ? wrap(CAUSE_AND_EFFECT, width, '  ').map(paint.dim) : []),
    ...(outages.length > 0
      ? [paint.dim(`${counted(countOf(outages), 'registration attempt')} met a server that did not answer`)]
      : []),
    ...sampled(result, paint),
  ];
}

/** What `events.ndjson` has not (contracts.md 2: sampled above a bound that the summary states). */
function sampled({ refusals: { seen, oneIn, countedOnly } }: RunResult, paint: Paint): string[] {
  const parts = [
    ...(oneIn === 1 ? [] : [`one in ${count(oneIn)}`]),
    ...(countedOnly === 0 ? [] : [`${count(countedOnly)} by their number only, so many came at once`]),
  ];
  const all = `all ${counted(seen, 'refusal')} and failures`;
  return parts.length === 0 ? [] : [paint.dim(`events.ndjson, of ${all}, has ${parts.join(', and ')}`)];
}

function example(kind: RefusalKind, result: RunResult, paint: Paint, width: number): string[] {
  const { example: phone } = kind;
  const rule = kind.rule === '' ? '' : `${kind.rule} `;
  return [
    `  ${kind.what} ${paint.bold(`${rule}${kind.reason}`)}${attemptText(kind)}, ${counted(kind.count, 'time')}`,
    ...wrap(`${phone.phone} (${phone.model}, ${phone.group}): ${phone.detail}`, width, '    '),
    paint.dim(`    ${commandFor(phone.phone, result)}`),
  ];
}

/** Of a registration, behind its reason: the cause that the phone reports (R-83), and what it showed. */
export function attemptText({ attempt }: RefusalKind): string {
  if (attempt === undefined) return '';
  const cause = attempt.cause === '' ? '' : `cause ${attempt.cause}, `;
  return ` (${cause}${attempt.certificate === 'none' ? 'no certificate' : attempt.certificate.toUpperCase()} shown)`;
}

/** How to run one phone alone, with the same identity and the same random numbers. */
export function commandFor(
  phone: string,
  result: Pick<RunResult, 'file' | 'scenario' | 'seed' | 'phones' | 'filePhones' | 'clock' | 'allowTargets'>,
): string {
  const shipped = relative(join(packageRoot(), 'profiles', 'scenarios'), result.file);
  const name = shipped === `${result.scenario}.yaml` ? result.scenario : result.file;
  const seed = result.seed === 1 ? '' : ` --seed ${result.seed}`;
  // one phone: this was such a run already, and its name belongs to the whole fleet
  const phones =
    result.phones === result.filePhones || result.phones === 1 ? '' : ` --phones ${result.phones}`;
  const clock = result.clock === 'virtual' ? ' --clock virtual' : '';
  const targets = (result.allowTargets ?? []).map((range) => ` --allow-target ${range}`).join('');
  return `trustfleet run ${name}${seed}${phones}${clock}${targets} --only ${phone}`;
}
