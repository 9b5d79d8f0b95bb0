import { fileNames } from '../device/name.js';

/** Files of one phone. */
const LIST = /^(?:CTL|ITL)(SEP[0-9A-F]{12})\.tlv$/;
const CONFIGURATION = /^(SEP[0-9A-F]{12})\.cnf\.xml(?:\.enc)?\.sgn$/;
const PLAIN = /\.cnf\.xml$/;
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
  const device = (LIST.exec(name) ?? CONFIGURATION.exec(name))?.[1];
  if (device !== undefined) {
    if (devices === undefined || devices.has(device)) return undefined;
    return `found "${name}", but the fleet has no ${device}`;
  }
  if (PLAIN.test(name)) return `found "${name}", which is not signed; expected ${name}.sgn`;
  return `found "${name}", expected ${OF_CLUSTER.join(', ')}, a phone's list or signed configuration such as ITLSEP….tlv or SEP….cnf.xml.sgn, or a load's list`;
}
