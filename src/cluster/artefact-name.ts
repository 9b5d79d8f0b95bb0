import { fileNames } from '../device/name.js';

/** Lists that phones ask for by their own name. */
export const CTL_OF_DEVICE = /^CTL(SEP[0-9A-F]{12})\.tlv$/;
export const ITL_OF_DEVICE = /^ITL(SEP[0-9A-F]{12})\.tlv$/;

/** A configuration: whose it is, and the end of its name where it is signed or encrypted. */
export const CONFIGURATION = /^(SEP[0-9A-F]{12}|XMLDefault)\.cnf\.xml(\.sgn|\.enc\.sgn)?$/;

/** The list and the image of a load. */
const OF_LOAD = /^[A-Za-z0-9][\w.-]*\.(?:loads|sbn)$/;

const OF_CLUSTER: readonly string[] = [
  fileNames.clusterCtl,
  fileNames.clusterItl,
  `${fileNames.defaultConfig}.sgn`,
];

/**
 * What is wrong with the name of a signed file of a TFTP node, or undefined. Whether the node has it is known when it is asked.
 *
 * @param devices names of the phones; undefined where they are not known
 */
export function artefactNameFault(
  name: string,
  devices: ReadonlySet<string> | undefined,
): string | undefined {
  if (OF_CLUSTER.includes(name) || OF_LOAD.test(name)) return undefined;
  const configuration = CONFIGURATION.exec(name);
  if (configuration !== null && configuration[2] === undefined)
    return `found "${name}", which is not signed; expected ${name}.sgn`;
  const device = (CTL_OF_DEVICE.exec(name) ?? ITL_OF_DEVICE.exec(name) ?? configuration)?.[1];
  if (device === undefined)
    return `found "${name}", expected ${OF_CLUSTER.join(', ')}, a phone's list or signed configuration such as ITLSEP….tlv or SEP….cnf.xml.sgn, or a load's list`;
  return devices === undefined || devices.has(device)
    ? undefined
    : `found "${name}", but the fleet has no ${device}`;
}
