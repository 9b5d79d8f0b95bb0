import type { AcceptReason, ListKind, RefuseReason, RuleId } from '../../observe/events.js';
import type { SignerId } from '../../trustfile/model.js';

/** What a phone judges by its lists: a trust list, or a signed file whose content is a configuration. */
export type FileKind = 'ctl' | 'itl' | 'config';

/** A place where a phone looks a signer up before it asks TVS (R-22, 1 to 3). */
export type TrustPlace = 'ctl' | 'itl' | 'cache';

export interface Accepted {
  readonly decision: 'accept';
  readonly rule: RuleId;
  readonly reason: AcceptReason;
}

export interface Unchanged {
  readonly decision: 'unchanged';
  readonly rule: 'R-13';
  readonly reason: 'unchanged';
}

export interface Refused {
  readonly decision: 'refuse';
  readonly rule: RuleId;
  readonly reason: RefuseReason;
  /** One sentence for a person: what was found, what the phone held or would have needed. */
  readonly detail: string;
}

/** The signer is in no place with the role that is needed: step 4 of R-22 is next. */
export interface AskTvs {
  readonly decision: 'ask-tvs';
  readonly rule: 'R-22';
  readonly reason: 'signer-unknown';
  /** Lists that know the signer, but not in the role of R-23. */
  readonly roleMissingIn: readonly ListKind[];
  readonly detail: string;
}

/** How a file ends up; names the rule that decided (contracts.md 3.1). */
export type Verdict = Accepted | Unchanged | Refused;

/** What the phone can say of a file from what it holds alone. */
export type Judgement = Verdict | AskTvs;

export function accept(rule: RuleId, reason: AcceptReason): Accepted {
  return { decision: 'accept', rule, reason };
}

export function refuse(rule: RuleId, reason: RefuseReason, detail: string): Refused {
  return { decision: 'refuse', rule, reason, detail };
}

export const UNCHANGED: Unchanged = { decision: 'unchanged', rule: 'R-13', reason: 'unchanged' };

/** R-28 for octets that are no trust file, or not the kind that the phone asked for. */
export function malformed(file: string, what: string): Refused {
  return refuse('R-28', 'malformed', `${file} cannot be read: ${what}`);
}

/** A signer as sentences name it. */
export function describeSigner(signer: SignerId): string {
  const issuer = signer.issuer === signer.subject ? '' : ` (issued by "${signer.issuer}")`;
  return `"${signer.subject}"${issuer} with serial ${signer.serial}`;
}
