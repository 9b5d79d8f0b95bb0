import { count, counted, healthFigure, time } from '../../observe/figure-text.js';
import { type Board, type BoardStep, PHONE_STATES, type Point } from '../messages.js';
import { bootRate, rateText } from './charts.js';
import { counterTables } from './counters.js';
import { type Child, el, fill, place, tableCard } from './dom.js';

/** Everything beside the curves, as the board says it. */
export function showBoard(board: Board, points: readonly Point[]): void {
  const { run, figures } = board;
  fill('head', run, head);
  fill('clock', [Math.round(board.at * 10) / 10, run.clock] as const, ([at, clock]) => [
    clock === 'virtual' ? `${time(at)} of virtual time` : time(at),
  ]);
  fill('runs', board.runs, runs);
  fill('ending', board.ending, ending);
  fill('tiles', tilesOf(board, points), (tiles) => tiles.map(tile));
  fill('steps', { steps: board.steps, expectations: board.expectations, phase: board.phase }, steps);
  fill('refusals', figures.refusals, refusals);
  fill('counters', { figures, readings: board.health }, ({ readings }) => [
    ...models(figures),
    ...times(figures.timings),
    ...counterTables(figures),
    ...health(readings),
  ]);
}

/** `S-03b: step 2`, `PASS S-03b` */
export function titleOf({ run: { scenario }, phase, ending: end, steps: all }: Board): string {
  if (end !== null) return `${end.word} ${scenario}`;
  const running = all.find(({ state }) => state === 'running');
  return running === undefined ? `${scenario}: ${phase}` : `${scenario}: step ${running.step}`;
}

function head({ scenario, about, conditions }: Board['run']): Child[] {
  return [el('h1', {}, scenario), el('p', {}, about), el('p', { class: 'faint' }, conditions.join(', '))];
}

function runs(all: Board['runs']): Child[] {
  if (all.length === 0) return [];
  const current = all.findLastIndex(({ state }) => state !== 'waiting');
  const item = ({ scenario, ending: end }: Board['runs'][number], index: number): HTMLElement => {
    const mark = end === null ? '' : { good: '✓ ', bad: '✗ ', warn: '! ' }[end.tone];
    const attributes = index === current ? { 'aria-current': 'true' } : {};
    return el('li', attributes, el('span', { class: toneClass(end?.tone) }, `${mark}${scenario}`));
  };
  return [el('ol', {}, ...all.map(item))];
}

function toneClass(tone: 'good' | 'bad' | 'warn' | undefined): string {
  return tone === undefined ? 'faint' : { good: 'pass', bad: 'fail', warn: 'warn' }[tone];
}

function ending(end: Board['ending']): Child[] {
  if (end === null) return [];
  place('ending').className = toneClass(end.tone);
  return [
    el('strong', {}, end.word),
    el('span', {}, end.says),
    el(
      'p',
      { class: 'faint' },
      'Run folder ',
      el('code', {}, end.folder),
      ', with the whole report in report.html',
    ),
  ];
}

interface Tile {
  readonly title: string;
  readonly figure: string;
  readonly more: string;
  /** Custom property of the style; empty for none. */
  readonly colour: string;
}

function tilesOf({ run, figures, phase }: Board, points: readonly Point[]): Tile[] {
  const last = points.at(-1);
  const inState = (state: (typeof PHONE_STATES)[number]): number => last?.phones[state] ?? 0;
  const modes = new Map<string, number>();
  for (const { labels, value } of figures.phones) {
    if (labels.state !== 'registered') continue;
    const mode = labels.mode ?? '';
    modes.set(mode, (modes.get(mode) ?? 0) + value);
  }
  const boot = figures.timings.find(({ name }) => name === 'boot');
  const failures = last?.totals.trustFailures ?? 0;
  const rate = phase === 'running' ? bootRate(points) : null;
  const kinds = figures.refusals.length;
  return [
    {
      title: 'registered',
      figure: count(inState('registered')),
      more:
        [...modes].map(([mode, phones]) => `${mode} ${count(phones)}`).join(', ') ||
        `of ${count(run.phones)}`,
      colour: 'registered',
    },
    {
      title: 'on their way',
      figure: count(inState('booting') + inState('enrolling')),
      more: `booting ${count(inState('booting'))}, enrolling ${count(inState('enrolling'))}`,
      colour: 'booting',
    },
    {
      title: 'unregistered',
      figure: count(inState('unregistered')),
      more: `off ${count(inState('off'))}`,
      colour: 'unregistered',
    },
    {
      title: 'locked',
      figure: count(last?.locked ?? 0),
      more: 'trust nothing new (R-62)',
      colour: 'locked',
    },
    {
      title: 'trust failures',
      figure: count(failures),
      more: failures === 0 ? 'none so far' : `of ${counted(kinds, 'kind')}`,
      colour: failures === 0 ? '' : 'unregistered',
    },
    {
      title: 'boots',
      figure: count(last?.totals.boots ?? 0),
      more: rate === null ? 'in all' : `${rateText(rate)} now`,
      colour: 'accent',
    },
    {
      title: 'boot, p99',
      figure: boot === undefined ? '–' : time(boot.p99),
      more: boot === undefined ? 'no boot has ended' : `p50 ${time(boot.p50)}`,
      colour: '',
    },
  ];
}

function tile({ title, figure, more, colour }: Tile): HTMLElement {
  const card = el(
    'div',
    { class: 'card tile' },
    title,
    el('strong', {}, figure),
    el('span', { class: 'faint' }, more),
  );
  if (colour !== '') card.style.setProperty('--tone', `var(--${colour})`);
  return card;
}

function steps({
  steps: all,
  expectations,
  phase,
}: Pick<Board, 'steps' | 'expectations' | 'phase'>): Child[] {
  const item = (step: BoardStep): HTMLElement => {
    const judged = expectations.filter((expectation) => expectation.step === step.step).map(expectation);
    return el(
      'li',
      { class: step.state, ...(step.state === 'running' ? { 'aria-current': 'step' } : {}) },
      el('span', { class: 'faint' }, String(step.step)),
      el('span', {}, step.about, el('span', { class: 'faint' }, addressed(step))),
      el('span', { class: 'figure faint' }, stepTime(step, phase)),
      ...(judged.length === 0 ? [] : [el('ul', {}, ...judged)]),
    );
  };
  return [
    el('div', { class: 'card' }, el('h2', {}, 'Steps'), el('ol', { class: 'steps' }, ...all.map(item))),
  ];
}

function addressed({ addressed: phones, unfinished = 0 }: BoardStep): string {
  if (phones === undefined) return '';
  const late = unfinished === 0 ? '' : `, ${count(unfinished)} without an outcome`;
  return ` · ${counted(phones, 'phone')}${late}`;
}

function stepTime({ state, seconds }: BoardStep, phase: Board['phase']): string {
  if (state === 'running') return phase === 'ended' ? 'cut short' : 'now';
  return seconds === undefined ? '' : time(seconds);
}

function expectation({ about, passed, judged, figure, lines }: Board['expectations'][number]): HTMLElement {
  const [mark, tone] = !judged ? ['–', 'faint'] : passed ? ['✓', 'pass'] : ['✗', 'fail'];
  const more = lines.length === 0 ? [] : [el('pre', { class: 'faint' }, lines.join('\n'))];
  return el(
    'li',
    {},
    el('span', { class: tone }, `${mark} ${judged ? '' : 'not judged: '}`),
    about,
    el('span', { class: 'faint' }, `  ${figure}`),
    ...more,
  );
}

function refusals(all: Board['figures']['refusals']): Child[] {
  if (all.length === 0) {
    const none = el('p', { class: 'faint' }, 'No phone has refused anything so far.');
    return [el('div', { class: 'card' }, el('h2', {}, 'Trust failures'), none)];
  }
  return [
    tableCard(
      'Trust failures by rule',
      [
        { title: 'refused' },
        { title: 'rule and reason' },
        { title: 'by model' },
        { title: 'count', isFigure: true },
      ],
      all.map(({ file, rule, reason, sentence, count: value, models: by }) => [
        file,
        el('div', {}, el('strong', {}, rule), ` ${reason}`, el('p', { class: 'sentence faint' }, sentence)),
        Object.entries(by)
          .map(([model, phones]) => `${model} ${count(phones)}`)
          .join(', '),
        count(value),
      ]),
    ),
  ];
}

function models({ phones, locked }: Board['figures']): Child[] {
  const names = [...new Set(phones.map(({ labels }) => labels.model ?? ''))].sort();
  const sumOf = (samples: typeof phones, model: string, state?: string): number =>
    samples
      .filter(({ labels }) => labels.model === model && (state === undefined || labels.state === state))
      .reduce((sum, { value }) => sum + value, 0);
  if (names.length === 0) return [];
  return [
    tableCard(
      'Phones by model',
      [{ title: 'model' }, ...[...PHONE_STATES, 'locked'].map((title) => ({ title, isFigure: true }))],
      names.map((model) => [
        model,
        ...PHONE_STATES.map((state) => count(sumOf(phones, model, state))),
        count(sumOf(locked, model)),
      ]),
    ),
  ];
}

function times(timings: Board['figures']['timings']): Child[] {
  if (timings.length === 0) return [];
  return [
    tableCard(
      'Times',
      [{ title: 'of' }, ...['count', 'p50', 'p90', 'p99', 'max'].map((title) => ({ title, isFigure: true }))],
      timings.map(({ name, count: value, p50, p90, p99, max }) => [
        name,
        count(value),
        ...[p50, p90, p99, max].map(time),
      ]),
    ),
  ];
}

function health(readings: Board['health']): Child[] {
  if (readings.length === 0) return [];
  return [
    tableCard(
      'Health of the generator (worst of all workers)',
      [
        { title: 'resource' },
        { title: 'worst', isFigure: true },
        { title: 'limit', isFigure: true },
        { title: '' },
      ],
      readings.map(({ what, worst, limit, unit, exceeded }) => [
        what,
        healthFigure(worst, unit),
        healthFigure(limit, unit),
        exceeded ? el('span', { class: 'fail' }, '✗ past the limit') : el('span', { class: 'pass' }, '✓'),
      ]),
    ),
  ];
}
