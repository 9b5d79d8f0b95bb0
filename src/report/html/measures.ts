import { count, counted, healthFigure, time } from '../../observe/figure-text.js';
import type { Rate } from '../../scenario/rates.js';
import type { Summary } from '../summary.js';
import { type Column, html, type Markup, NOTHING, section, table, tableOf } from './markup.js';

const STATISTICS = ['p50', 'p90', 'p99', 'max'] as const;

function figures(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, kind: 'figure' }));
}

/** Every histogram: all phones first, then model by model. */
export function timingsSection({ timings }: Summary): Markup {
  if (timings.length === 0) return NOTHING;
  const names = [...new Set(timings.map(({ name }) => name))];
  return section(
    'timings',
    'Times',
    tableOf(
      'How long phones took',
      [{ title: 'what' }, { title: 'model' }, ...figures('count', ...STATISTICS)],
      names.map((name) =>
        timingGroup(
          name,
          timings.filter((timing) => timing.name === name),
        ),
      ),
    ),
  );
}

function timingGroup(name: string, timings: Summary['timings']): Markup {
  const head = html`<th scope="rowgroup" rowspan="${timings.length}">${name}</th>`;
  const rows = timings.map((timing, i) => {
    const { model } = timing.labels;
    const cells = [count(timing.count), ...STATISTICS.map((of) => time(timing[of]))];
    return html`<tr${model === undefined ? html` class="sum"` : NOTHING}>${i === 0 ? head : NOTHING}<td>${model ?? 'all'}</td>${cells.map((cell) => html`<td class="figure">${cell}</td>`)}</tr>\n`;
  });
  return html`<tbody class="group">\n${rows}</tbody>\n`;
}

/** Every step, with what the console of the cluster printed. */
export function stepsSection({ steps }: Summary): Markup {
  if (steps.length === 0) return NOTHING;
  return section(
    'steps',
    'Steps',
    table(
      'What was done, one after the other; step 0 brings a healthy fleet up',
      [...figures('step'), { title: 'what' }, ...figures('phones', 'without an outcome', 'time')],
      steps.map(({ step, about, seconds, action, output = [] }) => [
        step,
        output.length === 0
          ? about
          : html`${about}<details><summary>${counted(output.length, 'line')} of output</summary><pre>${output.join('\n')}</pre></details>`,
        action === undefined ? '' : count(action.addressed),
        action === undefined || action.unfinished === 0 ? '' : count(action.unfinished),
        time(seconds),
      ]),
    ),
  );
}

/** What the generator measured of itself: the worst of all workers. */
export function healthSection({ health }: Summary): Markup {
  if (health.length === 0) return NOTHING;
  return section(
    'health',
    'Health of the generator',
    table(
      'The worst of all workers for each resource',
      [{ title: 'resource' }, ...figures('worst', 'limit', 'at second'), { title: 'result' }],
      health.map(({ what, worker, worst, limit, at, unit, exceeded }) => [
        `${what} (${worker})`,
        healthFigure(worst, unit),
        healthFigure(limit, unit),
        Math.floor(at),
        exceeded
          ? html`<span class="bad">✗ past the limit</span>`
          : html`<span class="good">✓ within the limit</span>`,
      ]),
    ),
  );
}

/** What the fleet did beside what its handshakes alone would have allowed. */
export function ratesSection({ rates }: Summary): Markup {
  if (rates.length === 0) return NOTHING;
  const row = (of: string, { rate, limit, ratio, limitOneCertificate }: Rate): string[] => [
    of,
    perSecond(rate),
    perSecond(limit),
    ratio.toFixed(2),
    perSecond(limitOneCertificate),
  ];
  return section(
    'rates',
    'Rates',
    table(
      'Phones a second beside bare TLS handshakes in the same threads',
      [
        ...figures('step'),
        { title: 'phones and handshakes' },
        { title: 'by' },
        ...figures('phones', 'handshakes alone', 'ratio', 'with one certificate'),
      ],
      rates.flatMap(({ step, phones, handshakes, clock, cpu }) => {
        const what = `${counted(phones, 'phone')}, ${count(handshakes['server-auth'])} + ${count(handshakes.mutual)} handshakes`;
        return [
          [step, what, ...row('clock', clock)],
          [step, what, ...row('CPU time', cpu)],
        ];
      }),
    ),
  );
}

function perSecond(value: number): string {
  return `${Number(value.toPrecision(3))}/s`;
}
