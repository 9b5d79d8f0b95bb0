/**
 * Keys of contracts.md 4 that this version does not play yet. They are told apart from slips of the finger: whoever writes
 * one did nothing wrong.
 */
const LATER = {
  operate: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A place in a scenario whose keys the contract has more of than this version. */
export type Place = keyof typeof LATER;

/** Why a key is refused although the contract has it; undefined where it is simply unknown. */
export function notYet(place: Place | undefined, key: string): string | undefined {
  if (place === undefined) return undefined;
  const words: Readonly<Record<string, string>> = LATER[place];
  return Object.hasOwn(words, key) ? `"${key}" is not supported yet: ${words[key]}` : undefined;
}
