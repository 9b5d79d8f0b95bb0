import uPlot from 'uplot';
import { count } from '../../observe/figure-text.js';
import { type BoardStep, PHONE_STATES, type Point, type PointTotals } from '../messages.js';
import { rateAt } from '../rates.js';

const HEIGHT = 230;

/** What was seen stands until the next look: nothing is known of the time between. */
const UNTIL_NEXT = stepped(1);

/** A rate is that of the time before its point. */
const SINCE_LAST = stepped(-1);

interface Rate {
  readonly of: keyof PointTotals;
  readonly label: string;
  /** Custom property of the style. */
  readonly colour: string;
}

const RATES: readonly Rate[] = [
  { of: 'boots', label: 'boots', colour: '--accent' },
  { of: 'registrations', label: 'registrations', colour: '--registered' },
  { of: 'tvsRequests', label: 'TVS requests', colour: '--booting' },
  { of: 'capfSessions', label: 'CAPF sessions', colour: '--locked' },
  { of: 'trustFailures', label: 'trust failures', colour: '--unregistered' },
];

/** The two curves of the page. */
export class Charts {
  readonly #states: HTMLElement;
  readonly #rates: HTMLElement;
  #plots: uPlot[] = [];
  #points: readonly Point[] = [];
  #steps: readonly BoardStep[] = [];

  constructor(states: HTMLElement, rates: HTMLElement) {
    this.#states = states;
    this.#rates = rates;
    this.#draw();
    // colours and widths are drawn, not styled
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
    new ResizeObserver(() => {
      for (const plot of this.#plots)
        plot.setSize({ width: plot.root.parentElement?.clientWidth ?? 0, height: HEIGHT });
    }).observe(states);
  }

  show(points: readonly Point[], steps: readonly BoardStep[]): void {
    const isSameRun = points.length > 0 && points[0] === this.#points[0];
    this.#points = points;
    this.#steps = steps;
    const [states, rates] = this.#plots;
    if (states !== undefined) setData(states, stateData(points), isSameRun);
    if (rates !== undefined) setData(rates, rateData(points), isSameRun);
  }

  #draw(): void {
    for (const plot of this.#plots) plot.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const common = {
      height: HEIGHT,
      scales: { x: { time: false }, y: { range: fromNought } },
      axes: axes(colour),
      cursor: { drag: { x: true, y: false } },
      hooks: { draw: [(plot: uPlot) => this.#drawSteps(plot, colour('--faint'))] },
    };
    const states: uPlot.Series[] = [...PHONE_STATES].reverse().map((state) => ({
      label: state,
      stroke: colour(`--${state}`),
      fill: colour(`--${state}`),
      width: 1,
      paths: UNTIL_NEXT,
      points: { show: false },
      // the curves are stacked, the legend tells the figures
      value: (_plot, _value, _series, index) =>
        count(this.#points[index ?? this.#points.length - 1]?.phones[state] ?? 0),
    }));
    const locked: uPlot.Series = {
      label: 'locked (R-62)',
      stroke: colour('--locked'),
      width: 2,
      dash: [6, 4],
      paths: UNTIL_NEXT,
      points: { show: false },
      value: (plot, value, series) => count(value ?? plot.data[series]?.at(-1) ?? 0),
    };
    const rates = RATES.map(
      ({ label, colour: name }): uPlot.Series => ({
        label,
        stroke: colour(name),
        width: 1.5,
        paths: SINCE_LAST,
        points: { show: false },
        value: (plot, value, series) => rateText(value ?? plot.data[series]?.at(-1) ?? null),
      }),
    );
    const time: uPlot.Series = {
      label: 'time',
      value: (_plot, value) => (value === null ? '' : `${value.toFixed(1)} s`),
    };
    const width = (element: HTMLElement): number => element.clientWidth;
    this.#plots = [
      new uPlot(
        {
          ...common,
          // one layer that is hidden by a click on its name would show another one in its place
          cursor: { ...common.cursor, bind: { click: () => null } },
          width: width(this.#states),
          series: [time, ...states, locked],
        },
        stateData(this.#points),
        this.#states,
      ),
      new uPlot(
        { ...common, width: width(this.#rates), series: [time, ...rates] },
        rateData(this.#points),
        this.#rates,
      ),
    ];
  }

  /** A line where each step began, with its number. */
  #drawSteps(plot: uPlot, colour: string): void {
    const { ctx, bbox } = plot;
    const { min, max } = plot.scales.x ?? {};
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
    let labelled = Number.NEGATIVE_INFINITY;
    for (const { step, began } of this.#steps) {
      if (began === undefined || min == null || max == null || began < min || began > max) continue;
      const x = plot.valToPos(began, 'x', true);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      // steps that take no time stand in one place: the first of them is named
      if (x - labelled < 14 * devicePixelRatio) continue;
      ctx.fillText(String(step), x + 3 * devicePixelRatio, bbox.top + 10 * devicePixelRatio);
      labelled = x;
    }
    ctx.restore();
  }
}

function stepped(align: 1 | -1): uPlot.Series.PathBuilder {
  const build = uPlot.paths.stepped;
  if (build === undefined) throw new Error('this build of uPlot draws no steps');
  return build({ align });
}

/** What was looked at more closely stays so, until the next run begins. */
function setData(plot: uPlot, data: uPlot.AlignedData, isSameRun: boolean): void {
  const [times] = plot.data;
  const { min, max } = plot.scales.x ?? {};
  const isWhole = times.length < 2 || (min === times[0] && max === times.at(-1));
  if (!isSameRun || isWhole || min == null || max == null) {
    plot.setData(data);
    return;
  }
  plot.setData(data, false);
  plot.setScale('x', { min, max });
}

/** `12.3/s` */
export function rateText(perSecond: number | null): string {
  return perSecond === null ? '–' : `${count(Number(perSecond.toFixed(perSecond < 10 ? 1 : 0)))}/s`;
}

function fromNought(_plot: uPlot, _min: number, max: number): [number, number] {
  // the numbers of the steps stand above the curves
  return [0, Math.max(1, max * 1.12)];
}

function axes(colour: (name: string) => string): uPlot.Axis[] {
  const lines = { stroke: colour('--rule'), width: 1 };
  const common = { stroke: colour('--faint'), grid: lines, ticks: lines, font: '11px system-ui, sans-serif' };
  return [
    { ...common, size: 34, values: (_plot, ticks) => ticks.map(clockText) },
    { ...common, size: widthOf, values: (_plot, ticks) => ticks.map(count) },
  ];
}

/** Room for the longest figure of an axis, pixels: `125,000`. */
function widthOf(_plot: uPlot, figures: readonly string[] | null): number {
  return 24 + 6.5 * Math.max(4, ...(figures ?? []).map(({ length }) => length));
}

/** `12 s`, `2:05` */
function clockText(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(2))} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Each state on top of those before it, the topmost first: what is drawn later covers what is below it. */
function stateData(points: readonly Point[]): uPlot.AlignedData {
  const stacked = PHONE_STATES.map((_, top) =>
    points.map(({ phones }) => PHONE_STATES.slice(0, top + 1).reduce((sum, state) => sum + phones[state], 0)),
  );
  return [points.map(({ at }) => at), ...stacked.reverse(), points.map(({ locked }) => locked)];
}

function rateData(points: readonly Point[]): uPlot.AlignedData {
  return [
    points.map(({ at }) => at),
    ...RATES.map(({ of }) => points.map((_, index) => rateAt(points, index, of))),
  ];
}

/** Boots a second at the end of the curve; null where nothing is known yet. */
export function bootRate(points: readonly Point[]): number | null {
  return rateAt(points, points.length - 1, 'boots');
}
