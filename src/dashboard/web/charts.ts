import uPlot from 'uplot';
import { count } from '../../observe/figure-text.js';
import { type BoardStep, PHONE_STATES, type Point, type PointTotals } from '../messages.js';

const HEIGHT = 230;

/** A rate is taken over this time at least, seconds: boots come in waves. */
const RATE_SECONDS = 1;

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
    this.#points = points;
    this.#steps = steps;
    this.#plots[0]?.setData(stateData(points));
    this.#plots[1]?.setData(rateData(points));
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
      points: { show: false },
      value: (plot, value, series) => count(value ?? plot.data[series]?.at(-1) ?? 0),
    };
    const rates = RATES.map(
      ({ label, colour: name }): uPlot.Series => ({
        label,
        stroke: colour(name),
        width: 1.5,
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
        { ...common, width: width(this.#states), series: [time, ...states, locked] },
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

/** `12.3/s` */
export function rateText(perSecond: number | null): string {
  return perSecond === null ? '–' : `${count(Number(perSecond.toFixed(perSecond < 10 ? 1 : 0)))}/s`;
}

function fromNought(_plot: uPlot, _min: number, max: number): [number, number] {
  return [0, Math.max(1, max * 1.05)];
}

function axes(colour: (name: string) => string): uPlot.Axis[] {
  const lines = { stroke: colour('--rule'), width: 1 };
  const common = { stroke: colour('--faint'), grid: lines, ticks: lines, font: '11px system-ui, sans-serif' };
  return [
    { ...common, size: 34, values: (_plot, ticks) => ticks.map(clockText) },
    { ...common, size: 56, values: (_plot, ticks) => ticks.map(count) },
  ];
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
    ...RATES.map(({ of }) => points.map((point, index) => rateAt(points, index, point, of))),
  ];
}

/** Over the time since the last point that is long enough ago. */
function rateAt(points: readonly Point[], index: number, point: Point, of: keyof PointTotals): number | null {
  let from = index - 1;
  while (from > 0 && point.at - (points[from]?.at ?? 0) < RATE_SECONDS) from -= 1;
  const earlier = points[from];
  if (earlier === undefined || point.at <= earlier.at) return null;
  return (point.totals[of] - earlier.totals[of]) / (point.at - earlier.at);
}

/** Boots a second at the end of the curve; null where nothing is known yet. */
export function bootRate(points: readonly Point[]): number | null {
  const last = points.at(-1);
  return last === undefined ? null : rateAt(points, points.length - 1, last, 'boots');
}
