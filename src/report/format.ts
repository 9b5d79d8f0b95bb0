import type { Load } from '../fleet/model.js';
import { counted } from '../observe/figure-text.js';

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
