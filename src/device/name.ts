import { TrustfleetError } from '../errors.js';

const NAME = /^SEP([0-9A-F]{12})$/;

/** Twelve upper-case hex digits -> device name, e.g. `SEP001F9E266369`. */
export function deviceName(mac: string): string {
  const name = `SEP${mac}`;
  if (!NAME.test(name)) {
    throw new TrustfleetError(
      'TF_NAME_MALFORMED',
      `"${mac}" is not a MAC address of 12 upper-case hex digits`,
    );
  }
  return name;
}

/** MAC of a device name, or undefined when it is none. */
export function macOf(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/**
 * Is this the common name of that device's certificate? `CP-7962G-SEP001F9E266369` in MICs and in LSCs that Unified CM issued,
 * the device name alone in those of other CAPF servers (sccp.md 12, capf.md 10.2).
 */
export function namesDevice(commonName: string, device: string): boolean {
  return device !== '' && (commonName === device || commonName.endsWith(`-${device}`));
}

const LOAD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** Can a load have this name? SCCP has 32 octets for it (sccp.md 5), and files are named after it. */
export function isLoadName(name: string): boolean {
  return LOAD.test(name);
}

/** Names of the files that a phone asks for (phone-config.md 2, R-04, R-50). */
export const fileNames = {
  ctl: (device: string): string => `CTL${device}.tlv`,
  itl: (device: string): string => `ITL${device}.tlv`,
  config: (device: string): string => `${device}.cnf.xml`,
  signedConfig: (device: string): string => `${device}.cnf.xml.sgn`,
  encryptedConfig: (device: string): string => `${device}.cnf.xml.enc.sgn`,
  clusterCtl: 'CTLFile.tlv',
  clusterItl: 'ITLFile.tlv',
  defaultConfig: 'XMLDefault.cnf.xml',
  /** List of the parts of a load. */
  loads: (load: string): string => `${load}.loads`,
} as const;
