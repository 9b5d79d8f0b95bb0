import { LSC_DAYS } from '../../protocol/capf/limits.js';
import { type ClusterContext, seconds } from '../context.js';
import type { CertificateIssuer, ClusterParameters } from '../spec.js';
import { type ClusterState, type NodeState, publisherOf } from '../state.js';
import { rebuildItl } from '../tftp.js';
import { type OperationResult, refused } from './result.js';

type Value = string | number | boolean;

interface Parameter {
  /** The parameters with this value, or undefined where it is none of `expected`. */
  readonly set: (parameters: ClusterParameters, value: Value) => ClusterParameters | undefined;
  readonly expected: string;
  readonly console: (parameters: ClusterParameters) => string;
}

/** Far above what CUCM's help recommends for its largest servers (222878). */
const MAX_SERVING_COUNT = 100_000;

/** Ten years: nobody waits longer for a phone (project decision). */
const MAX_OPERATION_DAYS = 3650;

const SIGNATURES: Readonly<Record<string, ClusterParameters['tftpSignature']>> = {
  'SHA-1': 'sha1',
  'SHA-512': 'sha512',
};

/** A parameter that is true or false. */
function flag(
  field: 'rollback' | 'exportControl' | 'enableIpv6' | 'tftpEncryption' | 'autoRegistration',
  console: (value: boolean) => string,
): Parameter {
  return {
    set: (parameters, value) => (typeof value === 'boolean' ? { ...parameters, [field]: value } : undefined),
    expected: 'true or false',
    console: (parameters) => console(parameters[field]),
  };
}

/** A parameter that is a whole number within limits. */
function whole(
  field: 'lscDays' | 'capfOperationDays' | 'servingCount',
  title: string,
  min: number,
  max: number,
  unit: string,
): Parameter {
  return {
    set: (parameters, value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? { ...parameters, [field]: value }
        : undefined,
    expected: `${min} to ${max} ${unit}`,
    console: (parameters) => `${title} ${parameters[field]}`,
  };
}

const ISSUERS: Readonly<Record<CertificateIssuer, string>> = {
  capf: 'Cisco Certificate Authority Proxy Function',
  'online-ca': 'Online CA',
  'offline-ca': 'Offline CA',
};

/** By the names of contracts.md 4; console lines as `run sql` prints them where section 3 has them. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  rollback: flag('rollback', (value) => `RollBackToPreGrayback ${value ? 'T' : 'F'}`),
  'tftp-signature': {
    set: (parameters, value) => {
      const tftpSignature = Object.hasOwn(SIGNATURES, String(value)) ? SIGNATURES[String(value)] : undefined;
      return tftpSignature === undefined ? undefined : { ...parameters, tftpSignature };
    },
    expected: Object.keys(SIGNATURES).join(' or '),
    console: ({ tftpSignature }) =>
      `TFTP File Signature Algorithm ${tftpSignature === 'sha1' ? 'SHA-1' : 'SHA-512'}`,
  },
  'export-control': flag(
    'exportControl',
    (value) => `Export-Controlled Functionality: ${value ? 'Allowed' : 'Not Allowed'}`,
  ),
  'enable-ipv6': flag('enableIpv6', (value) => `Enable IPv6 ${value ? 'True' : 'False'}`),
  'tftp-encryption': flag('tftpEncryption', (value) => `TFTP Encrypted Config ${value ? 'True' : 'False'}`),
  'auto-registration': flag(
    'autoRegistration',
    (value) => `Auto-registration ${value ? 'enabled' : 'disabled'} on every Cisco Unified CM`,
  ),
  'certificate-issuer': {
    set: (parameters, value) => {
      const certificateIssuer = Object.keys(ISSUERS).find((issuer) => issuer === value);
      return certificateIssuer === undefined
        ? undefined
        : { ...parameters, certificateIssuer: certificateIssuer as CertificateIssuer };
    },
    expected: Object.keys(ISSUERS).join(', '),
    console: ({ certificateIssuer }) => `Certificate Issuer to Endpoint ${ISSUERS[certificateIssuer]}`,
  },
  'phone-interaction': {
    // R-68, OP-31: a scenario says each reset, so there is nothing to keep
    set: (parameters, value) => (value === 'manual' ? { ...parameters } : undefined),
    expected: 'manual, for phones are reset by the scenario alone',
    console: () => 'Phone Interaction on Certificate Update manual',
  },
  'certificate-validity': whole(
    'lscDays',
    'Duration Of Certificate Validity (in days)',
    LSC_DAYS.min,
    LSC_DAYS.max,
    'days',
  ),
  'capf-operation-expires': whole(
    'capfOperationDays',
    'CAPF Operation Expires in (days)',
    1,
    MAX_OPERATION_DAYS,
    'days',
  ),
  'serving-count': whole('servingCount', 'Maximum Serving Count', 1, MAX_SERVING_COUNT, 'requests'),
};

/** Names of all parameters that can be set. */
export const PARAMETER_NAMES: readonly string[] = Object.keys(PARAMETERS);

/**
 * Enterprise parameters, and the service parameters of CAPF. `rollback` makes TFTP serve the blank ITL, or the normal one, without a restart (OP-22, S-11);
 * `tftp-signature` counts from the next start of TFTP and for the next CTL (OP-30); `export-control` is the licence of OP-01. What CAPF and
 * the phones' configurations follow counts at once.
 */
export function setParameter(
  state: ClusterState,
  name: string,
  value: Value,
  context: ClusterContext,
): OperationResult {
  const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (parameter === undefined) {
    throw refused(`no parameter "${name}": expected one of ${Object.keys(PARAMETERS).join(', ')}`);
  }
  const parameters = parameter.set(state.parameters, value);
  if (parameters === undefined) {
    throw refused(`parameter ${name}: found ${JSON.stringify(value)}, expected ${parameter.expected}`);
  }
  if (parameters.certificateIssuer === 'online-ca' && publisherOf(state).tls.fips) {
    throw refused('parameter certificate-issuer: there is no online CA in FIPS mode (OP-26)');
  }
  if (parameters.autoRegistration && state.mode === 'mixed' && !state.rules.mixedAutoRegistration) {
    throw refused('parameter auto-registration: not possible in mixed mode before 11.5 (R-10)');
  }
  const parametersSince = { ...state.parametersSince, [name]: seconds(context.now()) };
  const changed: ClusterState = { ...state, parameters, parametersSince };
  const output = [parameter.console(parameters)];
  if (parameters.rollback === state.parameters.rollback) return { state: changed, output };
  const now = seconds(context.now());
  const nodes = changed.nodes.map((node): NodeState => {
    const { tftp } = node.held;
    if (tftp === null) return node;
    output.push(`${node.name}: alarm ITLFileRegenerated`);
    return { ...node, held: { ...node.held, tftp: rebuildItl(changed, node, tftp, now) } };
  });
  return { state: { ...changed, nodes }, output };
}
