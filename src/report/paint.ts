/** Colours of the terminal; each function returns its text unchanged where there is no colour. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const PLAIN = (text: string): string => text;

export const NO_PAINT: Paint = { bold: PLAIN, dim: PLAIN, good: PLAIN, bad: PLAIN, warn: PLAIN };

const COLOURS: Paint = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  warn: sgr(33, 39),
};

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

/**
 * Colour only on a terminal, and not where NO_COLOR is set to anything (no-color.org) or the terminal is dumb.
 */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return wanted ? COLOURS : NO_PAINT;
}
