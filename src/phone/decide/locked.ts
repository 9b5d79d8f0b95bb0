/** What a boot showed about the phone's trust in its TFTP server. */
export interface LockEvidence {
  /** Did any TFTP server answer anything? */
  readonly reachedTftp: boolean;
  /** Was the ITL refused in this boot (the CTL on a model without Security By Default)? Identical counts as accepted. */
  readonly listRefused: boolean;
  readonly configurationRefused: boolean;
  /** `holdsNonBlankList` after the list step. */
  readonly holdsNonBlankList: boolean;
}

/**
 * R-62, evaluated at the end of a boot; one that reached no TFTP server leaves it as it was. What a later regeneration changes
 * in the cluster changes nothing in what the phone holds, so a locked phone stays locked.
 */
export function isLocked(before: boolean, evidence: LockEvidence): boolean {
  if (!evidence.holdsNonBlankList) return false;
  if (!evidence.reachedTftp) return before;
  return evidence.listRefused && evidence.configurationRefused;
}
