import type { ModelProfile } from '../../device/model.js';
import type { ListStep } from './list-step.js';

/** Literal status messages of R-61 that do not depend on the model. */
export const STATUS = {
  bothInstalled: 'CTL and ITL installed',
  ctlInstalled: 'CTL installed',
  itlInstalled: 'ITL installed',
  updated: 'Trust List updated',
  /** Mapped to R-28 (R-61, last row). */
  unreadable: 'Trust List Verification Failed',
  noneInstalled: 'No Trust List installed',
  erasing: 'Erasing CTL and ITL files',
  ctlNotFound: 'File Not Found <CTLFile.tlv>',
  configNotFound: 'File not found <Cfg File>',
  /** Mapped to R-53 (R-61, last row). */
  configRefused: 'Error Verifying Config Info',
  /** Of a load that no server has: which words a phone has for it is not documented, these are of its kind (inferred). */
  loadNotFound: 'File Not Found',
  /** */
  tftpUnauthorized: 'TFTP authorization failure',
  timeout: 'TFTP timeout',
  transferError: 'TFTP error',
  /** */
  notFipsCompliant: 'Phone failed to register. Cert key size is not FIPS compliant',
  /** */
  hostNotFound: 'Host Not Found',
  restartRequested: 'Restart requested by Cisco Unified Communications Manager',
  /** Of a load whose signature is bad: 79x1 and 79x2, and those before them. */
  authFail: 'Auth Fail',
  fileAuthError: 'File auth error',
} as const;

/** Every text that phones of a model can show. */
export function statusMessages({
  updateFailedMessage,
  configRefusedMessage,
}: Pick<ModelProfile, 'updateFailedMessage' | 'configRefusedMessage'>): readonly string[] {
  const own = configRefusedMessage === undefined ? [] : [configRefusedMessage];
  return [...Object.values(STATUS), updateFailedMessage, ...own];
}

/** What the phone shows about its lists after the list step of a boot, most telling message first. */
export function listStatus(
  step: ListStep,
  model: Pick<ModelProfile, 'updateFailedMessage'>,
  malformed: boolean,
): string[] {
  const messages: string[] = [];
  const outcomes = [step.ctl, step.itl];
  if (outcomes.includes('refused') || outcomes.includes('failed')) {
    const onlyMalformed = malformed && !outcomes.includes('refused');
    messages.push(onlyMalformed ? STATUS.unreadable : model.updateFailedMessage);
  } else if (outcomes.includes('installed')) {
    messages.push(installedMessage(step));
  }
  if (!step.heldAfter) messages.push(STATUS.noneInstalled);
  return messages;
}

function installedMessage({ ctl, itl, heldBefore }: ListStep): string {
  if (heldBefore) return STATUS.updated;
  if (ctl !== 'installed') return STATUS.itlInstalled;
  return itl === 'installed' ? STATUS.bothInstalled : STATUS.ctlInstalled;
}
