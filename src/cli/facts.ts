import { wrap } from '../report/format.js';

/** Columns of what `explain` prints; the name of a fact has the first ones. */
export const FACTS_WIDTH = 100;
const FACT_COLUMN = 11;

/** The name of a thing and what it is. */
export function headLines(name: string, says: string): string[] {
  const lines = wrap(says, FACTS_WIDTH, ' '.repeat(name.length + 2));
  const [first = '', ...more] = lines;
  return [`${name}  ${first.trimStart()}`.trimEnd(), ...more];
}

/** One fact about it; none where there is nothing to say. */
export function factLines(fact: string, text: string): string[] {
  if (text === '') return [];
  const [first = '', ...more] = wrap(text, FACTS_WIDTH, ' '.repeat(FACT_COLUMN + 2));
  return [`  ${fact.padEnd(FACT_COLUMN)}${first.trimStart()}`, ...more];
}
