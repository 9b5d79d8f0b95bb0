import type { Load } from '../fleet/model.js';
import type { HealthReading } from '../observe/health.js';

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

/** How resets reached the phones: what was offered to the target. */
export function loadText(load: Load): string {
  if ('concurrency' in load) return `${counted(load.concurrency, 'phone')} at a time`;
  if ('rate' in load) return `${load.rate} phones/s`;
  return `${load.ramp.from} to ${load.ramp.to} phones/s over ${load.ramp.overSeconds} s`;
}

/** Columns of text side by side, two spaces between them, no space at the end of a line. */
export function columns(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Columns as {@link columns} makes them, the last one, a list with commas, continued below itself where it is too long. */
export function columnsWithList(
  rows: readonly (readonly string[])[],
  width: number,
  right: ReadonlySet<number> = new Set(),
): string[] {
  return columnsContinued(rows, width, right, wrapList);
}

/** The same, the last one a text that is broken between words. */
export function columnsWithText(
  rows: readonly (readonly string[])[],
  width: number,
  right: ReadonlySet<number> = new Set(),
): string[] {
  return columnsContinued(rows, width, right, (text, room) => wrap(text, room, ''));
}

function columnsContinued(
  rows: readonly (readonly string[])[],
  width: number,
  right: ReadonlySet<number>,
  linesOf: (text: string, room: number) => readonly string[],
): string[] {
  const fixed = columns(
    rows.map((row) => [...row.slice(0, -1), '|']),
    right,
  );
  return rows.flatMap((row, i) => {
    const start = fixed[i]?.slice(0, -1) ?? '';
    const [first = '', ...more] = linesOf(row.at(-1) ?? '', width - start.length);
    const indent = ' '.repeat(start.length);
    return [(start + first).trimEnd(), ...more.map((line) => indent + line)];
  });
}

/** `a, b, c` on lines of at most `width`, broken after commas. */
function wrapList(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<=,) /)) {
    if (line !== '' && line.length + 1 + part.length > width) {
      lines.push(line);
      line = part;
    } else {
      line = line === '' ? part : `${line} ${part}`;
    }
  }
  return [...lines, line];
}

/** Words of a sentence on lines of at most `width`, each after `indent`. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}
