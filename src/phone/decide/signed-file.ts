import type { ListKind } from '../../observe/events.js';
import type { TrustFile } from '../../trustfile/model.js';
import { judgeAnswer } from './answer.js';
import type { JudgeContext } from './context.js';
import { checkSignature } from './signature.js';
import { findSigner } from './signer.js';
import {
  type Accepted,
  accept,
  describeSigner,
  type FileKind,
  type Judgement,
  refuse,
  type TrustPlace,
} from './verdict.js';

/**
 * places 1 to 3, and the signature. A signer that no place knows in the right role is for TVS, unless TVS
 * has said already in which roles it knows it.
 */
export function lookUpSigner(context: JudgeContext, kind: FileKind, offered: TrustFile): Judgement {
  const { signer, filename } = offered.header;
  const { found, roleMissingIn, roleMissingFromTvs } = findSigner(context.held, kind, signer);
  if (found !== null) {
    return checkSignature(context, offered, found.certificate) ?? acceptedIn(kind, found.place);
  }
  const detail = `${filename} is signed by ${describeSigner(signer)}, ${describeHeld(context, roleMissingIn)}`;
  if (context.model.securityByDefault) {
    const ask = {
      decision: 'ask-tvs',
      rule: 'R-22',
      reason: 'signer-unknown',
      roleMissingIn,
      detail,
    } as const;
    return roleMissingFromTvs === null
      ? ask
      : judgeAnswer(context, kind, offered, ask, { result: 'positive', ...roleMissingFromTvs });
  }
  // without Security By Default there is nothing further to ask
  return roleMissingIn.length > 0
    ? refuse('R-23', 'role-missing', detail)
    : refuse(
        'R-34',
        'no-security-by-default',
        `${detail}, and a ${context.model.model} cannot ask TVS (no Security By Default)`,
      );
}

function acceptedIn(kind: FileKind, place: TrustPlace): Accepted {
  if (place === 'cache') return accept('R-42', 'signer-in-cache');
  return accept(kind === 'config' ? 'R-52' : 'R-22', place === 'ctl' ? 'signer-in-ctl' : 'signer-in-itl');
}

function describeHeld(context: JudgeContext, roleMissingIn: readonly ListKind[]): string {
  if (roleMissingIn.length > 0) {
    return `which the phone knows from ${roleMissingIn.map(placeName).join(' and ')}, but not in the role that this needs (R-23)`;
  }
  const lists = (['ctl', 'itl'] as const).filter((place) => context.held[place] !== null);
  return lists.length === 0
    ? 'and the phone holds no list to look it up in'
    : `which stands neither in ${lists.map(placeName).join(' nor in ')} nor in ${placeName('cache')}`;
}

function placeName(place: TrustPlace): string {
  return place === 'cache' ? 'its TVS cache' : `its ${place.toUpperCase()}`;
}
