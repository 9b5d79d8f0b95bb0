import { TrustfleetError } from '../errors.js';

/** A Unified CM release, written `N[.N][(N)][SUn]`; a missing part is the lowest (contracts.md 4). */
export interface Release {
  readonly text: string;
  readonly parts: readonly [major: number, minor: number, maintenance: number, serviceUpdate: number];
}

/** Nothing is known of later releases: what a cluster of this one does would be told as theirs. */
export const LAST_MAJOR = 15;

const PATTERN = /^(\d+)(?:\.(\d+))?(?:\((\d+)\))?(?:\s*SU(\d+))?$/;

/** @throws TrustfleetError TF_PROFILE_INVALID when `text` is not a release, or later than those that are known. */
export function parseRelease(text: string): Release {
  const match = PATTERN.exec(text.trim());
  if (match === null) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `"${text}" is not a release: expected e.g. 11.5(1), 12.5(1)SU2 or 14SU3`,
    );
  }
  const part = (index: number): number => Number(match[index] ?? 0);
  if (part(1) > LAST_MAJOR) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `"${text}" is later than the releases that are known: expected ${LAST_MAJOR} or earlier, e.g. 12.5(1)SU2 or 14SU3`,
    );
  }
  return { text: text.trim(), parts: [part(1), part(2), part(3), part(4)] };
}

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareReleases(a: Release, b: Release): number {
  for (let i = 0; i < a.parts.length; i += 1) {
    const difference = (a.parts[i] ?? 0) - (b.parts[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Is `release` at least `floor` (written like a release)? */
export function isAtLeast(release: Release, floor: string): boolean {
  return compareReleases(release, parseRelease(floor)) >= 0;
}
