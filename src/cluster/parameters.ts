import { LSC_DAYS } from '../protocol/capf/limits.js';
import type { CertificateIssuer, ClusterParameters, PhoneInteraction } from './spec.js';

/** Parameters of the cluster by the names of contracts.md 4: what values they take and what they set. */

export type ParameterValue = string | number | boolean;

export interface Parameter {
  /** The parameters with this value, or undefined where it is none of `expected`. */
  readonly set: (parameters: ClusterParameters, value: ParameterValue) => ClusterParameters | undefined;
  /** The values there are, for messages. */
  readonly expected: string;
  /** The line that shows it. */
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
    expected: `a whole number from ${min} to ${max} ${unit}`,
    console: (parameters) => `${title} ${parameters[field]}`,
  };
}

const ISSUERS: Readonly<Record<CertificateIssuer, string>> = {
  capf: 'Cisco Certificate Authority Proxy Function',
  'online-ca': 'Online CA',
  'offline-ca': 'Offline CA',
};

const INTERACTIONS: readonly PhoneInteraction[] = ['manual', 'automatic'];

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
    expected: Object.keys(ISSUERS).join(' or '),
    console: ({ certificateIssuer }) => `Certificate Issuer to Endpoint ${ISSUERS[certificateIssuer]}`,
  },
  'phone-interaction': {
    set: (parameters, value) => {
      const phoneInteraction = INTERACTIONS.find((interaction) => interaction === value);
      return phoneInteraction === undefined ? undefined : { ...parameters, phoneInteraction };
    },
    expected: INTERACTIONS.join(' or '),
    console: ({ phoneInteraction }) => `Phone Interaction on Certificate Update ${phoneInteraction}`,
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

/** Undefined where no parameter has this name. */
export function parameterOf(name: string): Parameter | undefined {
  return Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
}
