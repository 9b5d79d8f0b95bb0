import type { ModelProfile } from '../device/model.js';
import { ROLE_CODES } from '../device/role.js';
import { alarmOf } from '../phone/decide/alarm.js';
import { judgeAnswer, type TvsOutcome } from '../phone/decide/answer.js';
import { judgeConfiguration, judgeUnsignedConfiguration } from '../phone/decide/configuration.js';
import type { JudgeContext } from '../phone/decide/context.js';
import { EMPTY_CACHE, hasTvsRecord } from '../phone/decide/held.js';
import { judgeList } from '../phone/decide/list.js';
import { type ListStep, listOutcome } from '../phone/decide/list-step.js';
import { listStatus, STATUS } from '../phone/decide/status.js';
import type { AskTvs, Judgement } from '../phone/decide/verdict.js';
import { DEFAULT_KNOBS } from '../phone/knobs.js';
import type { Certificate } from '../pki/certificate.js';
import {
  type EncryptedFile,
  namesCertificate,
  type SignedFile,
  type SignerId,
  type TrustFile,
  type TrustList,
  verifySignature,
} from '../trustfile/index.js';

export interface Installed {
  readonly ctl: TrustList | null;
  readonly itl: TrustList | null;
}

/** What arrives; `file: null` is an unsigned configuration. */
export type CheckedFile =
  | { readonly kind: 'ctl' | 'itl'; readonly file: TrustList }
  | { readonly kind: 'config'; readonly file: SignedFile | EncryptedFile | null };

export interface CheckQuestion {
  readonly model: ModelProfile;
  readonly installed: Installed;
  readonly offered: CheckedFile;
  /** undefined: TVS is not asked. */
  readonly tvsKnows: readonly Certificate[] | undefined;
}

/** The JSON of `check` (contracts.md 1); `detail` is a sentence for a person. */
export interface Check {
  readonly decision: Judgement['decision'];
  readonly rule: string;
  readonly reason: string;
  readonly signer: SignerId | null;
  readonly statusMessage: string | null;
  readonly alarm: number | null;
  readonly detail: string | null;
}

/** The pure decisions of `phone/` on files from disk: what one phone with the default knobs would do with one file. */
export function checkFile(question: CheckQuestion): Check {
  const { model, installed, offered } = question;
  const context: JudgeContext = {
    held: { ...installed, cache: EMPTY_CACHE },
    model,
    knobs: DEFAULT_KNOBS,
    verify: verifySignature,
    date: () => Date.now(),
  };
  const judgement = settle(question, context, judge(context, offered));
  return {
    decision: judgement.decision,
    rule: judgement.rule,
    reason: judgement.reason,
    signer: offered.file?.header.signer ?? null,
    ...shown(question, judgement),
    detail: 'detail' in judgement ? judgement.detail : null,
  };
}

function judge(context: JudgeContext, offered: CheckedFile): Judgement {
  if (offered.kind !== 'config') return judgeList(context, offered.kind, offered.file);
  if (offered.file === null) return judgeUnsignedConfiguration(context.held, 'the configuration');
  return judgeConfiguration(context, offered.file);
}

/** `ask-tvs` stays only where the answer of TVS would decide. */
function settle(question: CheckQuestion, context: JudgeContext, judgement: Judgement): Judgement {
  const { offered, installed, tvsKnows } = question;
  const { file } = offered;
  if (judgement.decision !== 'ask-tvs' || file === null) return judgement;
  const ask: AskTvs = judgement;
  const decided = (outcome: TvsOutcome): Judgement => judgeAnswer(context, offered.kind, file, ask, outcome);
  if (!hasTvsRecord(installed.itl)) return decided({ result: 'no-record' });
  if (tvsKnows !== undefined) return decided(answer(file, tvsKnows));
  // a token signer is believed whatever TVS says (R-18a)
  const without = decided({ result: 'negative' });
  return without.decision === 'accept' ? without : ask;
}

function answer(file: TrustFile, known: readonly Certificate[]): TvsOutcome {
  const certificate = known.find((candidate) => namesCertificate(file.header.signer, candidate));
  return certificate === undefined
    ? { result: 'negative' }
    : { result: 'positive', certificate, roles: Object.values(ROLE_CODES) };
}

/** Alarm and message of a boot in which nothing but this file arrived. */
function shown(
  { model, installed, offered }: CheckQuestion,
  judgement: Judgement,
): Pick<Check, 'statusMessage' | 'alarm'> {
  if (judgement.decision === 'ask-tvs') return { statusMessage: null, alarm: null };
  if (offered.kind === 'config') {
    const refused = judgement.decision === 'refuse';
    return { statusMessage: refused ? STATUS.configRefused : null, alarm: null };
  }
  const outcome = listOutcome(judgement);
  const heldBefore = installed.ctl !== null || installed.itl !== null;
  const step: ListStep = {
    ctl: offered.kind === 'ctl' ? outcome : 'absent',
    itl: offered.kind === 'itl' ? outcome : 'absent',
    heldBefore,
    heldAfter: heldBefore || outcome === 'installed',
  };
  const alarm = alarmOf(step);
  return {
    statusMessage: listStatus(step, model, false)[0] ?? null,
    alarm: alarm === null ? null : Number(alarm),
  };
}
