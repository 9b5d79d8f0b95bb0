import type { ServiceName } from './operation.js';

/** Console lines of Unified CM, literal as far as cluster-operations.md 3 has them. */
const RESTART_REQUEST =
  'Please Restart the TFTP and Cisco CallManager services on all nodes in the cluster that run these services';

export const CONSOLE = {
  mixedMode: [
    'This operation will set the cluster to Mixed mode. Do you want to continue? (y/n):',
    'Moving Cluster to Mixed Mode',
    'Cluster set to Mixed Mode',
    RESTART_REQUEST,
  ],
  nonSecureMode: [
    'This operation will set the cluster to non secure mode. Do you want to continue? (y/n):',
    'Moving Cluster to Non Secure Mode',
    'Cluster set to Non Secure Mode',
    RESTART_REQUEST,
  ],
  updateCtl: [
    'This operation will update the CTLFile. Do you want to continue? (y/n):',
    'Updating CTL file',
    'CTL file Updated',
    RESTART_REQUEST,
  ],
  restartRequest: RESTART_REQUEST,
  clientWithoutCtl:
    'No CTL File exists on the server but the Call Manager Cluster Security Mode is in Secure Mode. For the system to function, you must create the CTL File and set Call Manager Cluster to Secure Mode.',
  deleteCtl: [
    'Delete the File CTLFile.tlv?',
    'Enter "y" followed by return to continue: y',
    'files: found = 1, deleted = 1',
  ],
  /** Release 15; the last two lines are literal. */
  resetItl15: [
    'The ITL file on all active TFTP nodes is reset and signed with the CallManager key',
    'ITL file Reset.',
    'Please reset all the phones to pickup the new ITL File.',
  ],
  /** 12.5, and the releases before it. */
  resetItl: (servers: readonly string[]): readonly string[] => [
    'Name is None',
    'Generating the reset ITL file.....',
    'The reset ITL file was generated successfully',
    'Locating active Tftp servers in the cluster.....',
    'Following is the list of Active tftp servers in the cluster',
    ...servers,
    `Number of Active TFTP servers in the cluster : ${servers.length}`,
    'Transferring new reset ITL file to the TFTP server nodes in the cluster.........',
    ...servers.map((server) => `Successfully transferred reset ITL to node ${server}`),
  ],
  /** Its text is not documented (open point 6). */
  resetCtl: ['CTL file reset with the local key', RESTART_REQUEST],
} as const;

/** Names of services as the command line has them. */
export const SERVICE_TITLES: Readonly<Record<ServiceName, string>> = {
  TFTP: 'Cisco Tftp',
  CallManager: 'Cisco CallManager',
  TVS: 'Cisco Trust Verification Service',
  CAPF: 'Cisco Certificate Authority Proxy Function',
  CTIManager: 'Cisco CTIManager',
  HAProxy: 'Cisco HAProxy',
  Tomcat: 'Cisco Tomcat',
  DRF: 'Cisco DRF Local',
};

/** The publisher's half of DRF (OP-14): here it is one service with the half that every node runs. */
export const DRF_MASTER = 'Cisco DRF Master';

/** Lines that stand for a service of a node. */
export function serviceTitles(service: ServiceName, place: 'publisher' | 'subscriber'): readonly string[] {
  const title = SERVICE_TITLES[service];
  return service === 'DRF' && place === 'publisher' ? [DRF_MASTER, title] : [title];
}

/** Name of the file that `file get tftp` fetches (cluster-operations.md 1.1). */
export const RECOVERY_FILE = 'ITLRecovery.p12';

/** Of the file: these are test keys, and whoever fetches it has the whole cluster in hand. */
export const RECOVERY_PASSPHRASE = 'trustfleet';
