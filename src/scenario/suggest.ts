/** One slip in so many letters; a word with more of them is another word. */
const LETTERS_A_SLIP = 3;

/** Longest word compared; what is longer is no slip of the finger. */
const MAX_WORD = 64;

/** The candidate nearest to a mistyped word, or undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.floor(word.length / LETTERS_A_SLIP) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The words there are, and which of them may have been meant; for the end of a message. */
export function expectedOneOf(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return 'and there is none';
  const near = nearest(word, candidates);
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  return `expected ${listOf(candidates)}${hint}`;
}

/** `a`, `a or b`, `one of a, b, c`. */
export function listOf(words: readonly string[]): string {
  const shown = words.map((word) => (word === '' ? '""' : word));
  if (shown.length <= 2) return shown.join(' or ');
  return `one of ${shown.join(', ')}`;
}

/** Levenshtein's distance, with a swap of neighbours as one step. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
