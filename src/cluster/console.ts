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
