import type { KeyObject } from 'node:crypto';
import type { ModelProfile } from '../../device/model.js';
import type { SignallingProtocol } from '../../device/security.js';
import type { TrustFile } from '../../trustfile/model.js';
import type { Flash } from '../flash.js';
import type { JudgeContext } from './context.js';
import { checkDigest } from './signature.js';
import { STATUS } from './status.js';
import { type Refused, refuse } from './verdict.js';

/** Parts that a load list may name: real ones have six at most (phone-config.md 4). */
const MAX_PARTS = 16;

/** The load that runs: the last one that was fetched, else that of the model for this protocol. */
export function runningLoad(
  { load }: Pick<Flash, 'load'>,
  { loads }: Pick<ModelProfile, 'loads'>,
  protocol: SignallingProtocol,
): string {
  return load ?? loads[protocol] ?? '';
}

/**
 * The load that a phone fetches (phone-config.md 2, row 8): the configured one where it is not the one that runs. A phone that
 * only changes its protocol has both loads of its model. A default configuration leads to none.
 */
export function wantedLoad(
  stored: Flash['configuration'],
  flash: Pick<Flash, 'load'>,
  model: Pick<ModelProfile, 'loads'>,
): string | null {
  if (stored === null || stored.isDefault !== undefined) return null;
  const { deviceProtocol, loadInformation } = stored.configuration;
  if (loadInformation === '' || loadInformation === runningLoad(flash, model, deviceProtocol)) return null;
  return loadInformation;
}

/**
 * a part of a load, or the list of its parts, by the key that the phone has built in; no list and no TVS has a part in it.
 * Null: good.
 */
export function refusedFirmware(
  context: JudgeContext,
  name: string,
  file: TrustFile,
  key: KeyObject,
): Refused | null {
  const { filename } = file.header;
  if (file.kind !== 'signed' || filename !== name) {
    return refuse(
      'R-11',
      'malformed',
      `${name} is a ${file.kind} file with the name ${filename}, expected signed firmware of its own name`,
    );
  }
  const digest = checkDigest(context, file);
  if (digest !== null) return { ...digest, rule: 'R-11' };
  if (context.verify(file, key)) return null;
  return refuse(
    'R-11',
    'signature-invalid',
    `the signature of ${name} does not verify with the manufacturer's key that the phone has built in; the running load stays`,
  );
}

/** File names of the parts that a load list names, one a line; a refusal for what is no such list. */
export function partsOf(name: string, payload: Uint8Array): readonly string[] | Refused {
  const parts = Buffer.from(payload)
    .toString('latin1')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const wrong = parts.find((part) => !/^[\w.-]{1,64}$/.test(part));
  if (wrong === undefined && parts.length > 0 && parts.length <= MAX_PARTS) return parts;
  const found = wrong === undefined ? `${parts.length} parts` : 'a line that is no file name';
  return refuse(
    'R-11',
    'malformed',
    `${name} has ${found}, expected 1 to ${MAX_PARTS} file names, one a line`,
  );
}

/** Message for a bad signature; none is known of 88xx. */
export function firmwareRefusedMessage({ family }: Pick<ModelProfile, 'family'>): string | null {
  if (family === 'modern') return null;
  return family === 'legacy' ? STATUS.authFail : STATUS.fileAuthError;
}
