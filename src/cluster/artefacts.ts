import { fileNames } from '../device/name.js';
import { CONFIGURATION, CTL_OF_DEVICE, ITL_OF_DEVICE } from './artefact-name.js';
import { type ConfigurationForm, defaultFile, deviceFile, hasEncryptedFile } from './device-files.js';
import type { TftpState } from './held.js';
import { type ClusterState, findNode } from './state.js';

const FORMS: Readonly<Record<string, ConfigurationForm>> = { '.sgn': 'signed', '.enc.sgn': 'encrypted' };

/** Longest name of an artefact, characters; what is longer is none. */
const MAX_NAME = 64;

/**
 * The file that the TFTP service of a node has under this name (phone-config.md 10), or undefined where it has none: unknown
 * names, devices that are not in the database, a CTL in a cluster that never was in mixed mode, a node without TFTP.
 *
 * Lists that phones ask for by their own name are those of the cluster. Names are case-sensitive. The octets are shared:
 * whoever gets them must not write into them.
 */
export function artefact(state: ClusterState, nodeName: string, fileName: string): Uint8Array | undefined {
  const tftp = findNode(state, nodeName)?.held.tftp;
  if (tftp === undefined || tftp === null || fileName.length > MAX_NAME) return undefined;
  if (fileName === fileNames.clusterItl || ITL_OF_DEVICE.test(fileName)) return tftp.itl.bytes;
  if (fileName === fileNames.clusterCtl || CTL_OF_DEVICE.test(fileName)) return tftp.ctl?.bytes;
  const match = CONFIGURATION.exec(fileName);
  if (match === null) return state.firmware.get(fileName);
  return configuration(state, tftp, match[1] ?? '', FORMS[match[2] ?? ''] ?? 'plain');
}

function configuration(
  state: ClusterState,
  tftp: TftpState,
  device: string,
  form: ConfigurationForm,
): Uint8Array | undefined {
  if (device === 'XMLDefault') return defaultFile(state, tftp, form);
  const record = state.devices.get(device);
  return record === undefined ? undefined : deviceFile(state, tftp, record, form);
}

/** Every name that a node serves for the cluster and for the devices of its database; empty where it runs no TFTP. */
export function artefactNames(state: ClusterState, nodeName: string): string[] {
  const tftp = findNode(state, nodeName)?.held.tftp;
  if (tftp === undefined || tftp === null) return [];
  const hasCtl = tftp.ctl !== null;
  const names: string[] = [
    ...(hasCtl ? [fileNames.clusterCtl] : []),
    fileNames.clusterItl,
    fileNames.defaultConfig,
    `${fileNames.defaultConfig}.sgn`,
    ...state.firmware.keys(),
  ];
  for (const [device, record] of state.devices) {
    if (hasCtl) names.push(fileNames.ctl(device));
    names.push(fileNames.itl(device), fileNames.config(device), fileNames.signedConfig(device));
    if (hasEncryptedFile(state, record)) names.push(fileNames.encryptedConfig(device));
  }
  return names;
}
