import type { ListKind, RuleId } from '../../observe/events.js';
import type { TrustList } from '../../trustfile/model.js';
import type { JudgeContext } from './context.js';
import { type HeldTrust, isBlank, isFirstCtlBesideItl } from './held.js';
import { checkDigest } from './signature.js';
import { lookUpSigner } from './signed-file.js';
import { accept, type Judgement, type Refused, refuse, UNCHANGED } from './verdict.js';

/** octets above which an ITL cannot be loaded. */
const MAX_ITL_OCTETS = 65_536;

/** records with a certificate above which an ITL cannot be loaded. */
export const MAX_ITL_CERTIFICATES = 39;

/**
 * What a phone makes of a CTL or ITL that arrived, from what it holds alone. Order of the checks: R-13. A list whose signer
 * is in no place ends in `ask-tvs`; `judgeAnswer` then has the last word.
 */
export function judgeList(context: JudgeContext, list: ListKind, offered: TrustList): Judgement {
  const { held, model, knobs } = context;
  if (list === 'itl' && !model.securityByDefault) {
    return refuse('R-34', 'no-security-by-default', `a ${model.model} has no Security By Default and no ITL`);
  }
  const tooLarge = list === 'itl' ? checkSize(offered) : null;
  if (tooLarge !== null) return tooLarge;
  const installed = held[list];
  if (installed !== null && isSameFile(installed, offered)) return UNCHANGED;
  const undigested = checkDigest(context, offered);
  if (undigested !== null) return undigested;
  const first = firstTrustRule(list, held);
  if (first !== null) return accept(first, 'first-trust');
  // K-01
  if (knobs.firstCtlWithItl === 'tofu' && isFirstCtlBesideItl(list, held)) {
    return accept('R-18a', 'first-trust');
  }
  return lookUpSigner(context, list, offered);
}

/** the same octets; lists are interned, so mostly the same object. */
function isSameFile(a: TrustList, b: TrustList): boolean {
  return a === b || Buffer.compare(a.bytes, b.bytes) === 0;
}

/**
 * DT-1: the rule by which the list is taken without verification and without any question to TVS, or null when its
 * signer counts: with a CTL installed always, with a normal ITL, too.
 */
function firstTrustRule(list: ListKind, held: HeldTrust): RuleId | null {
  if (held.ctl !== null) return null;
  if (held.itl === null) return list === 'ctl' ? 'R-15' : 'R-16';
  return isBlank(held.itl) ? 'R-17' : null;
}

function checkSize(itl: TrustList): Refused | null {
  const certificates = itl.records.reduce((sum, record) => sum + (record.certificate === null ? 0 : 1), 0);
  if (itl.bytes.length <= MAX_ITL_OCTETS && certificates <= MAX_ITL_CERTIFICATES) return null;
  return refuse(
    'R-32',
    'too-large',
    `${itl.header.filename} has ${itl.bytes.length} octets and ${certificates} certificates, a phone loads at most ${MAX_ITL_OCTETS} and ${MAX_ITL_CERTIFICATES}`,
  );
}
