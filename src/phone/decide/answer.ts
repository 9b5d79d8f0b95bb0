import type { TrustFile } from '../../trustfile/model.js';
import { ownSigner } from '../../trustfile/signer.js';
import type { JudgeContext } from './context.js';
import { isFirstCtlBesideItl, type KnownSigner } from './held.js';
import { checkSignature } from './signature.js';
import { hasRoleFor } from './signer.js';
import {
  type AskTvs,
  accept,
  describeSigner,
  type FileKind,
  type Refused,
  refuse,
  type Verdict,
} from './verdict.js';

/** What came of asking TVS for a signer: an answer, or why there was none. */
export type TvsOutcome =
  | ({ readonly result: 'positive' } & KnownSigner)
  | { readonly result: 'negative' }
  /** every server failed, by certificate, TLS, TCP or time; `detail` names each with what came of it. */
  | { readonly result: 'unusable'; readonly detail: string }
  /** no ITL, a blank one, or one without a TVS record. */
  | { readonly result: 'no-record' }
  /** the configuration in force names no TVS server. */
  | { readonly result: 'no-server' };

/**
 * The last word on a file whose signer had to be asked for, now (step 4 of R-22) or for a file before it. Pure, as
 * `judgeList`.
 */
export function judgeAnswer(
  context: JudgeContext,
  kind: FileKind,
  offered: TrustFile,
  ask: AskTvs,
  outcome: TvsOutcome,
): Verdict {
  if (outcome.result === 'positive' && hasRoleFor(kind, outcome.roles)) {
    return checkSignature(context, offered, outcome.certificate) ?? accept('R-26', 'signer-from-tvs');
  }
  const refused = refusalFor(offered, ask, outcome);
  if (!isFirstCtlBesideItl(kind, context.held)) return refused;
  return judgeTokenSigner(context, offered, refused);
}

function refusalFor(offered: TrustFile, ask: AskTvs, outcome: TvsOutcome): Refused {
  switch (outcome.result) {
    case 'positive':
      return refuse(
        'R-23',
        'role-missing',
        `TVS knows ${describeSigner(offered.header.signer)} in roles ${outcome.roles.join(', ') || 'none'}, which do not allow it to sign ${offered.header.filename}`,
      );
    case 'negative':
      return refuse('R-40', 'tvs-negative', `${ask.detail}, and TVS does not know it either`);
    case 'unusable':
      return refuse(
        'R-39',
        'tvs-unusable',
        `${ask.detail}, and no TVS server could be used (${outcome.detail})`,
      );
    case 'no-record':
      return nothingToAsk(
        ask,
        'R-38',
        'no-tvs-record',
        'no installed ITL has a TVS record to believe TVS by',
      );
    case 'no-server':
      return nothingToAsk(
        ask,
        'R-45',
        'no-tvs-server',
        'the configuration in force names no TVS server to ask',
      );
  }
}

/** A signer that is known in the wrong role, with nothing further to ask, lacks its role (contracts.md 3.1). */
function nothingToAsk(
  ask: AskTvs,
  rule: 'R-38' | 'R-45',
  reason: 'no-tvs-record' | 'no-tvs-server',
  why: string,
): Refused {
  const detail = `${ask.detail}, and ${why}`;
  return ask.roleMissingIn.length > 0 ? refuse('R-23', 'role-missing', detail) : refuse(rule, reason, detail);
}

/** Issuer of hardware tokens; Windows spells the key in lower case (trust-files.md 5.2). */
const TOKEN_ISSUER = /(?:^|[;,])\s*cn=Cisco Manufacturing CA(?:[;,]|$)/i;

/** R-18a: a first CTL beside an ITL is believed when a hardware eToken signed it, whose certificate the CTL itself brings. */
function judgeTokenSigner(context: JudgeContext, offered: TrustFile, refused: Refused): Verdict {
  if (offered.kind !== 'trust-list' || !TOKEN_ISSUER.test(offered.header.signer.issuer)) return refused;
  const token = ownSigner(offered)?.certificate;
  if (token === undefined || token === null) return refused;
  return checkSignature(context, offered, token) ?? accept('R-18a', 'etoken-signer');
}
