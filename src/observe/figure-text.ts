import type { HealthReading } from './health.js';

/** `1,000` */
export function count(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value);
}

/** `1 phone`, `1,000 phones` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `+12`, `-1,000` */
export function difference(value: number): string {
  return value > 0 ? `+${count(value)}` : count(value);
}

/** Seconds in the unit that reads best: `850 µs`, `12.3 ms`, `4.21 s`, `2 min 5 s`. */
export function time(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 0.000_999_5) return `${figures(seconds * 1e6)} µs`;
  if (seconds < 0.999_5) return `${figures(seconds * 1000)} ms`;
  if (seconds < 99.95) return `${figures(seconds)} s`;
  // rounded first: 119.6 s is 2 min, and no 1 min 60 s
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function figures(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** A health figure with its unit. */
export function healthFigure(value: number, unit: HealthReading['unit']): string {
  switch (unit) {
    case 's':
      return time(value);
    case 'ratio':
      return `${Number((value * 100).toPrecision(3))} %`;
    case 'bytes':
      return `${count(Math.round(value / 2 ** 20))} MiB`;
    case 'files':
      return `${count(value)} files`;
  }
}
