/**
 * What an administrator does to the cluster: the verbs of `operate:` (contracts.md 4), one object each. The catalogue of
 * operations is cluster-operations.md 2 (OP-nn).
 */
export type CertificatePurpose = 'CallManager' | 'TVS' | 'CAPF' | 'ITLRecovery' | 'tomcat' | 'ipsec';

export type ServiceName =
  | 'TFTP'
  | 'CallManager'
  | 'TVS'
  | 'CAPF'
  | 'CTIManager'
  | 'HAProxy'
  | 'Tomcat'
  | 'DRF';

/** Node names, or all nodes that run what the operation is about. */
export type NodeChoice = 'all' | readonly string[];

export type Operation =
  /** OP-09 to OP-14. */
  | { readonly op: 'regenerate'; readonly purpose: CertificatePurpose; readonly nodes: NodeChoice }
  /** OP-17. */
  | { readonly op: 'restart'; readonly services: readonly ServiceName[]; readonly nodes: NodeChoice }
  /** OP-01, OP-03. */
  | { readonly op: 'set-cluster'; readonly mode: 'mixed-mode' | 'non-secure-mode' }
  /** OP-05. */
  | { readonly op: 'update-ctl' }
  /** OP-30 (`tftp-signature`), OP-22 (`rollback`); other names are refused until they do something. */
  | { readonly op: 'parameter'; readonly name: string; readonly value: string | number | boolean };

/** Services stopped and started without any change of state (`fault: { stop: … }`). */
export type ServiceFault =
  | { readonly stop: readonly ServiceName[]; readonly nodes: NodeChoice }
  | { readonly start: readonly ServiceName[]; readonly nodes: NodeChoice };
