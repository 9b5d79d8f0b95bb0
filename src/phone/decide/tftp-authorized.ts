import type { ModelProfile } from '../../device/model.js';
import { isTftpRole } from '../../device/role.js';
import type { TrustList } from '../../trustfile/model.js';

/**
 * does the TFTP server that a file came from stand in the CTL? Phones without Security By Default look, and say so on
 * their screen where it does not; what becomes of the file is for its signature to say.
 *
 * @param server its address
 */
export function isAuthorizedTftp(
  model: Pick<ModelProfile, 'securityByDefault'>,
  ctl: TrustList | null,
  server: string,
): boolean {
  if (model.securityByDefault || ctl === null) return true;
  return ctl.records.some(
    ({ role, ipAddress, dnsName }) => isTftpRole(role) && (ipAddress === server || dnsName === server),
  );
}
