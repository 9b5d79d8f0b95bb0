import type { EncryptedFile, SignedFile } from '../../trustfile/model.js';
import type { JudgeContext } from './context.js';
import { type HeldTrust, hasTftpCertificate, isBlank } from './held.js';
import { checkDigest } from './signature.js';
import { lookUpSigner } from './signed-file.js';
import { accept, type Judgement, refuse, type Verdict } from './verdict.js';

/** Which configuration file a phone asks for, and by which rule. */
export interface AskedConfiguration {
  readonly form: 'plain' | 'sgn';
  readonly rule: 'R-50' | 'R-51' | 'R-54' | 'R-55';
}

/**
 * signed when any TFTP-capable record of CTL or ITL carries a certificate, however often its
 * verification failed before; else the bare name.
 */
export function askedConfiguration(held: Pick<HeldTrust, 'ctl' | 'itl'>): AskedConfiguration {
  const inCtl = hasTftpCertificate(held.ctl);
  const inItl = hasTftpCertificate(held.itl);
  if (inCtl) return { form: 'sgn', rule: 'R-50' };
  if (inItl) return { form: 'sgn', rule: held.ctl === null ? 'R-50' : 'R-51' };
  return { form: 'plain', rule: held.itl !== null && isBlank(held.itl) ? 'R-55' : 'R-50' };
}

/** An unsigned configuration: taken by a phone that asks for it, refused by one that holds a list to verify with. */
export function judgeUnsignedConfiguration(held: Pick<HeldTrust, 'ctl' | 'itl'>, file: string): Verdict {
  if (askedConfiguration(held).form === 'plain') return accept('R-55', 'unsigned-allowed');
  return refuse(
    'R-28',
    'malformed',
    `${file} is not signed; the phone holds a list with a TFTP certificate, asks for the signed file only (R-54) and cannot read this one as such`,
  );
}

/**
 * A signed or encrypted configuration from what the phone holds alone. It is verified at every boot, changed or not
 * a signer in no place ends in `ask-tvs`, and `judgeAnswer` has the last word.
 */
export function judgeConfiguration(context: JudgeContext, offered: SignedFile | EncryptedFile): Judgement {
  return checkDigest(context, offered) ?? lookUpSigner(context, 'config', offered);
}
