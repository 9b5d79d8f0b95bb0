import { fileNames } from '../device/name.js';
import { writeDefaultConfiguration, writePhoneConfiguration } from '../protocol/cnf/write.js';
import { signFile } from '../trustfile/index.js';
import { databaseFields, defaultConfiguration, isSecure, phoneConfiguration } from './configuration.js';
import type { CachedFile, FileCache, TftpState } from './held.js';
import type { ClusterState, DeviceRecord } from './state.js';

/** A configuration file as phones ask for it: `SEP<MAC>.cnf.xml`, or with `.sgn`. */
export type ConfigurationForm = 'plain' | 'signed';

/** `SEP<MAC>.cnf.xml` of a device, as this TFTP service has it. */
export function deviceFile(
  state: ClusterState,
  tftp: TftpState,
  device: DeviceRecord,
  form: ConfigurationForm,
): Uint8Array {
  const { addresses } = state;
  const name = fileNames.config(device.name);
  const secure = isSecure(device, tftp.mode);
  let file = kept(tftp.files, name, device, addresses, secure);
  if (file === undefined) {
    const configuration = phoneConfiguration(device, addresses, tftp.mode);
    const xml = writePhoneConfiguration(configuration, databaseFields(device));
    file = keep(tftp.files, name, { subject: device, addresses, secure, xml, signed: null });
  }
  if (form === 'plain') return file.xml;
  // the mode stands in the files of devices with a secure profile only
  const modeSince = device.security === 'non-secure' ? 0 : tftp.since.mode;
  return signed(file, name, tftp, Math.max(device.changedAt, modeSince, addresses.since));
}

/** `XMLDefault.cnf.xml`. */
export function defaultFile(state: ClusterState, tftp: TftpState, form: ConfigurationForm): Uint8Array {
  const { addresses, devices } = state;
  const name = fileNames.defaultConfig;
  let file = kept(tftp.files, name, devices, addresses, false);
  if (file === undefined) {
    const xml = writeDefaultConfiguration(defaultConfiguration(devices.values(), addresses));
    file = keep(tftp.files, name, { subject: devices, addresses, secure: false, xml, signed: null });
  }
  return form === 'plain' ? file.xml : signed(file, name, tftp, addresses.since);
}

function kept(
  files: FileCache,
  name: string,
  subject: object,
  addresses: object,
  secure: boolean,
): CachedFile | undefined {
  const file = files.get(name);
  return file?.subject === subject && file.addresses === addresses && file.secure === secure
    ? file
    : undefined;
}

function keep(files: FileCache, name: string, file: CachedFile): CachedFile {
  files.set(name, file);
  return file;
}

/**
 * The `.sgn`, anew only when content, key or digest changed.
 *
 * @param contentSince seconds since 1970 at which the content last changed; the time stamp is that, or the later one at which
 *   key or digest did.
 */
function signed(file: CachedFile, name: string, tftp: TftpState, contentSince: number): Uint8Array {
  const { signer, digest } = tftp;
  const timestamp = Math.max(contentSince, tftp.since.signer, tftp.since.digest);
  let made = file.signed;
  if (made?.signer !== signer || made.digest !== digest || made.timestamp !== timestamp) {
    const bytes = signFile(file.xml, { filename: `${name}.sgn`, timestamp, digest }, signer);
    made = { bytes, signer, digest, timestamp };
    file.signed = made;
    // one copy is enough: the payload ends with the file (trust-files.md 11)
    file.xml = bytes.subarray(bytes.length - file.xml.length);
  }
  return made.bytes;
}
