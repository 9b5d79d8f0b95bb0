import { fileNames } from '../device/name.js';
import type { Certificate } from '../pki/certificate.js';
import { reducedConfiguration } from '../protocol/cnf/reduced.js';
import { writeDefaultConfiguration, writePhoneConfiguration } from '../protocol/cnf/write.js';
import { encryptFile, newFileKey, signFile } from '../trustfile/index.js';
import { autoRegistrationSaid } from './auto-registration.js';
import { knownOf, NOTHING_KNOWN, type PhoneCapf } from './capf-state.js';
import { databaseFields, defaultConfiguration, isSecure, phoneConfiguration } from './configuration.js';
import type { CachedFile, TftpState } from './held.js';
import type { ClusterState, DeviceRecord } from './state.js';

/** A configuration file as phones ask for it: `SEP<MAC>.cnf.xml`, or with `.sgn`, or with `.enc.sgn`. */
export type ConfigurationForm = 'plain' | 'signed' | 'encrypted';

/**
 * `SEP<MAC>.cnf.xml` of a device, as this TFTP service has it. With TFTP encryption the plain and the signed file are reduced
 * to what leads the phone to CAPF and to `.enc.sgn` (R-57, phone-config.md 6); undefined: there is no encrypted file.
 */
export function deviceFile(
  state: ClusterState,
  tftp: TftpState,
  device: DeviceRecord,
  form: ConfigurationForm,
): Uint8Array | undefined {
  const name = fileNames.config(device.name);
  const file = keptDeviceFile(state, tftp, device, name);
  if (form === 'plain') return file.xml;
  // the mode stands in the files of devices with a secure profile only
  const modeSince = device.security === 'non-secure' ? 0 : tftp.since.mode;
  const contentSince = Math.max(
    device.changedAt,
    file.known.changedAt,
    modeSince,
    state.addresses.since,
    state.parametersSince['tftp-encryption'] ?? 0,
  );
  return form === 'signed'
    ? signed(file, name, tftp, contentSince)
    : encrypted(file, fileNames.encryptedConfig(device.name), tftp, contentSince);
}

function keptDeviceFile(
  state: ClusterState,
  tftp: TftpState,
  device: DeviceRecord,
  name: string,
): CachedFile {
  const { addresses } = state;
  const known = knownOf(state.capf.phones, device.name);
  const secure = isSecure(device, tftp.mode);
  const encryption = encryptionOf(device, known, state.parameters.tftpEncryption);
  const made = tftp.files.get(name);
  if (
    made?.subject === device &&
    made.known === known &&
    made.addresses === addresses &&
    made.secure === secure &&
    made.encryption === encryption
  ) {
    return made;
  }
  const certificate = encryption === 'for-certificate' ? ownCertificate(known) : null;
  const configuration = phoneConfiguration(device, known, addresses, tftp.mode, certificate);
  const full = writePhoneConfiguration(configuration, databaseFields(device));
  const file: CachedFile = {
    subject: device,
    known,
    addresses,
    secure,
    encryption,
    xml: encryption === 'off' ? full : reducedConfiguration(full, certificate),
    signed: null,
    secret: certificate === null ? null : { xml: full, certificate, signed: null },
  };
  tftp.files.set(name, file);
  return file;
}

/** Is there an `.enc.sgn` for this device? */
export function hasEncryptedFile(state: ClusterState, device: DeviceRecord): boolean {
  const known = knownOf(state.capf.phones, device.name);
  return encryptionOf(device, known, state.parameters.tftpEncryption) === 'for-certificate';
}

/** What the phone compares `certHash` with, and decrypts with: its LSC, else its MIC (phone-config.md 6). */
function ownCertificate({ lsc, mic }: PhoneCapf): Certificate | null {
  return lsc ?? mic;
}

/**
 * Is the configuration of this device encrypted? Not where the model cannot read it with this protocol, nor for an EC
 * key, for which there is no key wrap (trust-files.md 12). As long as no certificate is known there is only the reduced file.
 */
function encryptionOf(
  device: DeviceRecord,
  known: PhoneCapf,
  byParameter: boolean,
): CachedFile['encryption'] {
  const { model, protocol, tftpEncryption } = device;
  if (!(tftpEncryption ?? byParameter) || model.encryptedConfig[protocol] !== true) return 'off';
  const certificate = ownCertificate(known);
  if (certificate === null) return 'no-certificate';
  return certificate.keyType === 'rsa' ? 'for-certificate' : 'off';
}

/** `XMLDefault.cnf.xml`, which is never encrypted. */
export function defaultFile(
  state: ClusterState,
  tftp: TftpState,
  form: ConfigurationForm,
): Uint8Array | undefined {
  if (form === 'encrypted') return undefined;
  const { addresses, devices } = state;
  const name = fileNames.defaultConfig;
  const autoRegistration = autoRegistrationSaid(state, tftp.mode);
  const isDisabled = autoRegistration === 'disabled';
  let file = tftp.files.get(name);
  if (file?.subject !== devices || file.addresses !== addresses || file.secure !== isDisabled) {
    file = {
      subject: devices,
      known: NOTHING_KNOWN,
      addresses,
      secure: isDisabled,
      encryption: 'off',
      xml: writeDefaultConfiguration(
        defaultConfiguration(devices.values(), addresses, { autoRegistration, tvs: state.rules.defaultTvs }),
      ),
      signed: null,
      secret: null,
    };
    tftp.files.set(name, file);
  }
  return form === 'plain'
    ? file.xml
    : signed(file, name, tftp, Math.max(addresses.since, isDisabled ? tftp.since.mode : 0));
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

/** The `.enc.sgn`, with a new AES key whenever it is made anew (trust-files.md 12); undefined where nothing is encrypted. */
function encrypted(
  { secret }: CachedFile,
  filename: string,
  tftp: TftpState,
  contentSince: number,
): Uint8Array | undefined {
  if (secret === null) return undefined;
  const { signer, digest } = tftp;
  const timestamp = Math.max(contentSince, tftp.since.signer, tftp.since.digest);
  let made = secret.signed;
  if (made?.signer !== signer || made.digest !== digest || made.timestamp !== timestamp) {
    const fileKey = newFileKey(secret.certificate);
    const bytes = encryptFile(secret.xml, { filename, timestamp, digest }, signer, fileKey);
    made = { bytes, signer, digest, timestamp };
    secret.signed = made;
  }
  return made.bytes;
}
