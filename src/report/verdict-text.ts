import { count, counted, healthFigure, time } from '../observe/figure-text.js';
import { worstReadings } from '../observe/health.js';
import { timingSummaries } from '../observe/timing-summary.js';
import type { Rate } from '../scenario/rates.js';
import {
  type ExpectationResult,
  exitCodeOfRun,
  isOfAnotherSize,
  isWaitInVain,
  type RunResult,
} from '../scenario/result.js';
import { comparison, shortFigures } from './expectation-text.js';
import { figureRows } from './figure-rows.js';
import { columns, columnsWithList, wrap } from './format.js';
import { NO_PAINT, type Paint } from './paint.js';
import { refusalLines } from './refusals-text.js';
import { conditions, exceededLimits, verdictSentence } from './verdict-sentence.js';

/** Width of the report, columns. */
const WIDTH = 100;

export interface VerdictTextOptions {
  readonly paint?: Paint;
  /** Where the run folder is; left out of the text when there is none. */
  readonly folder?: string;
}

/** The verdict as a person reads it: what is wrong first, then examples to look into, then what held. */
export function verdictText(result: RunResult, options: VerdictTextOptions = {}): string {
  const paint = options.paint ?? NO_PAINT;
  const sections = [
    head(result, paint),
    invalidity(result, paint),
    failures(result, paint),
    waitsInVain(result, paint),
    refusalLines(result, paint, WIDTH),
    held(result, paint),
    figures(result, paint),
    timings(result, paint),
    steps(result, paint),
    rates(result, paint),
    health(result, paint),
    tail(result, options.folder),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/**
 * Last words of several runs: without them the exit code of all would stand below the verdict of the last. Those that did not pass
 * are named.
 */
export function severalVerdicts(
  runs: readonly Pick<RunResult, 'scenario' | 'verdict'>[],
  planned: number,
  exitCode: number,
): string {
  const others = runs.filter(({ verdict }) => verdict !== 'pass');
  const verdicts = [
    `${runs.length - others.length} pass`,
    ...others.map(({ scenario, verdict }) => `${scenario} ${verdict}`),
  ];
  return wrap(
    `${runs.length} of ${counted(planned, 'scenario')}: ${verdicts.join(', ')}; exit ${exitCode}`,
    WIDTH,
    '',
  ).join('\n');
}

/** One run of many in virtual time on one line: name, verdict, phones, virtual time, time by the clock on the wall. */
export function verdictLine(
  { scenario, verdict, phones, seconds }: Pick<RunResult, 'scenario' | 'verdict' | 'phones' | 'seconds'>,
  wallSeconds: number,
): string {
  return [
    scenario.padEnd(14),
    verdict.padEnd(8),
    counted(phones, 'phone').padStart(13),
    `${time(seconds)} virtual`.padStart(20),
    `${time(wallSeconds)} real`.padStart(14),
  ].join(' ');
}

function head(result: RunResult, paint: Paint): string[] {
  const { tone, word, says, but } = verdictSentence(result);
  return [
    ...wrap(result.about === '' ? result.scenario : `${result.scenario}: ${result.about}`, WIDTH, '').map(
      paint.bold,
    ),
    conditions(result).join(', '),
    '',
    `${paint[tone](word)} ${says}${but === '' ? '' : paint.warn(but)}`,
  ];
}

function invalidity(result: RunResult, paint: Paint): string[] {
  return exceededLimits(result).flatMap(({ what, sentence }) =>
    wrap(sentence, WIDTH, '  ').map((line) => line.replace(what, paint.warn(what))),
  );
}

function failures(result: RunResult, paint: Paint): string[] {
  return result.expectations
    .filter(({ passed }) => !passed)
    .flatMap((expectation, i) => [
      ...(i === 0 ? [paint.bold('Did not hold')] : ['']),
      `  ${paint.bad('✗')} ${place(expectation)}  ${expectation.about}  ${paint.dim(`line ${expectation.line}`)}`,
      ...comparison(expectation).map((line) => `      ${line}`),
    ]);
}

/** Whoever reads on should know that later figures may be those of a fleet that was still on its way. */
function waitsInVain(result: RunResult, paint: Paint): string[] {
  const { phones, filePhones } = result;
  const waits = result.expectations.filter(isWaitInVain);
  if (waits.length === 0) return [];
  const why = `The file waits for a number of ${counted(filePhones, 'phone')}; of ${count(phones)} it was waited for in proportion. Where 0 or a share ("100%") is waited for, it is judged at any size.`;
  return [
    paint.bold('Waited in vain, not judged'),
    ...waits.flatMap((wait) => [
      `  ${paint.warn('!')} ${place(wait)}  ${wait.about}  ${paint.dim(`line ${wait.line}`)}`,
      ...comparison(wait).map((line) => `      ${line}`),
    ]),
    ...wrap(why, WIDTH, '  '),
  ];
}

function place({ step }: ExpectationResult): string {
  return `step ${step}`;
}

function held(result: RunResult, paint: Paint): string[] {
  const passed = result.expectations.filter((expectation) => expectation.passed && expectation.judged);
  const shown = result.expectations.filter(
    (expectation) => isOfAnotherSize(expectation) && !isWaitInVain(expectation),
  );
  const reported = result.expectations.filter((expectation) => expectation.reported === true);
  return [
    ...list('Held', paint.good('✓'), passed, paint),
    ...(passed.length > 0 && shown.length > 0 ? [''] : []),
    ...list(`Shown, not judged: figures of ${counted(result.filePhones, 'phone')}`, '-', shown, paint),
    ...(passed.length + shown.length > 0 && reported.length > 0 ? [''] : []),
    ...list('Reported, not asserted', '-', reported, paint),
  ];
}

function list(title: string, mark: string, rows: readonly ExpectationResult[], paint: Paint): string[] {
  if (rows.length === 0) return [];
  const table = columnsWithList(
    rows.map((expectation) => {
      const { total, split } = shortFigures(expectation);
      return ['*', place(expectation), expectation.about, total, split];
    }),
    WIDTH - 2,
    new Set([3]),
  );
  return [
    paint.bold(title),
    ...table.map((line) => `  ${line.startsWith('*') ? mark + line.slice(1) : line}`),
  ];
}

function figures(result: RunResult, paint: Paint): string[] {
  const lines = columnsWithList(figureRows(result.snapshot, result.phones), WIDTH - 2, new Set([1]));
  return [paint.bold('Phones at the end, and the whole run'), ...lines.map((line) => `  ${line}`)];
}

function cut(line: string): string {
  return line.length > WIDTH - 2 ? `${line.slice(0, WIDTH - 3)}…` : line;
}

function timings(result: RunResult, paint: Paint): string[] {
  const all = timingSummaries(result.snapshot.timings).filter(
    ({ labels }) => Object.keys(labels).length === 0,
  );
  if (all.length === 0) return [];
  const rows = [
    ['', 'count', 'p50', 'p90', 'p99', 'max'],
    ...all.map(({ name, count: n, p50, p90, p99, max }) => [
      name,
      count(n),
      ...[p50, p90, p99, max].map(time),
    ]),
  ];
  return [paint.bold('Times'), ...columns(rows, new Set([1, 2, 3, 4, 5])).map((line) => `  ${line}`)];
}

function steps(result: RunResult, paint: Paint): string[] {
  const rows = result.steps
    .filter(({ seconds, action }) => seconds >= 0.1 || action !== undefined)
    .map(({ step, about, seconds, action }) => [
      String(step),
      about,
      action === undefined ? '' : counted(action.addressed, 'phone'),
      time(seconds),
    ]);
  if (rows.length === 0) return [];
  return [
    paint.bold('Steps that took time'),
    ...columns(rows, new Set([0, 2, 3])).map((line) => `  ${cut(line)}`),
  ];
}

/** What the fleet did beside what its handshakes alone would have allowed, by the clock and by CPU time. */
function rates(result: RunResult, paint: Paint): string[] {
  if (result.rates.length === 0) return [];
  const row = (first: string, about: string, of: string, rate: Rate): string[] => [
    first,
    about,
    of,
    perSecond(rate.rate),
    perSecond(rate.limit),
    rate.ratio.toFixed(2),
    perSecond(rate.limitOneCertificate),
  ];
  const rows = result.rates.flatMap(({ step, phones, handshakes, clock, cpu }) => [
    row(String(step), counted(phones, 'phone'), 'clock', clock),
    row('', `${count(handshakes['server-auth'])} + ${count(handshakes.mutual)} handshakes`, 'CPU time', cpu),
  ]);
  const titles = ['', '', '', 'phones', 'handshakes alone', 'ratio', 'with one certificate'];
  return [
    paint.bold('Rates beside bare TLS handshakes (server alone + mutual) in the same threads'),
    ...columns([titles, ...rows], new Set([0, 3, 4, 5, 6])).map((line) => `  ${line}`),
  ];
}

function perSecond(value: number): string {
  return `${Number(value.toPrecision(3))}/s`;
}

function health(result: RunResult, paint: Paint): string[] {
  const readings = worstReadings(result.health);
  if (readings.length === 0) return [];
  const rows = readings.map(({ what, worst, limit, unit, exceeded }) => [
    exceeded ? '✗' : '✓',
    what,
    healthFigure(worst, unit),
    `limit ${healthFigure(limit, unit)}`,
  ]);
  return [
    paint.bold('Health of the generator (worst of all workers)'),
    ...columns(rows, new Set([2])).map((line) => `  ${line}`),
  ];
}

const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'every expectation held',
  1: 'the answer is no',
  3: 'the environment failed',
  4: 'the run is invalid',
  130: 'stopped by SIGINT',
  143: 'stopped by SIGTERM',
};

function tail(result: RunResult, folder: string | undefined): string[] {
  const code = exitCodeOfRun(result);
  const notJudged = result.expectations.filter(isOfAnotherSize).length;
  return [
    ...(folder === undefined ? [] : [`Run folder: ${folder}`]),
    `Exit ${code}: ${EXIT_MEANINGS[code] ?? ''}`,
    ...(notJudged === 0
      ? []
      : [
          `${counted(notJudged, 'expectation')} not judged: ${notJudged === 1 ? 'its' : 'their'} figures belong to ${counted(result.filePhones, 'phone')}, this run had ${count(result.phones)}`,
        ]),
  ];
}
