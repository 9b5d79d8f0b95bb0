import { type ClusterContext, seconds } from '../context.js';
import type { ClusterParameters } from '../spec.js';
import type { ClusterState, NodeState } from '../state.js';
import { rebuildItl } from '../tftp.js';
import { type OperationResult, refused } from './result.js';

type Value = string | number | boolean;

interface Parameter {
  /** The parameters with this value, or undefined where it is none of `expected`. */
  readonly set: (parameters: ClusterParameters, value: Value) => ClusterParameters | undefined;
  readonly expected: string;
  readonly console: (parameters: ClusterParameters) => string;
}

const SIGNATURES: Readonly<Record<string, ClusterParameters['tftpSignature']>> = {
  'SHA-1': 'sha1',
  'SHA-512': 'sha512',
};

/** By the names of contracts.md 4; console lines as `run sql` prints them where section 3 has them. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  rollback: {
    set: (parameters, value) => (typeof value === 'boolean' ? { ...parameters, rollback: value } : undefined),
    expected: 'true or false',
    console: ({ rollback }) => `RollBackToPreGrayback ${rollback ? 'T' : 'F'}`,
  },
  'tftp-signature': {
    set: (parameters, value) => {
      const tftpSignature = Object.hasOwn(SIGNATURES, String(value)) ? SIGNATURES[String(value)] : undefined;
      return tftpSignature === undefined ? undefined : { ...parameters, tftpSignature };
    },
    expected: Object.keys(SIGNATURES).join(' or '),
    console: ({ tftpSignature }) =>
      `TFTP File Signature Algorithm ${tftpSignature === 'sha1' ? 'SHA-1' : 'SHA-512'}`,
  },
  'export-control': {
    set: (parameters, value) =>
      typeof value === 'boolean' ? { ...parameters, exportControl: value } : undefined,
    expected: 'true or false',
    console: ({ exportControl }) =>
      `Export-Controlled Functionality: ${exportControl ? 'Allowed' : 'Not Allowed'}`,
  },
};

/**
 * Enterprise parameters. `rollback` makes TFTP serve the blank ITL, or the normal one, without a restart (OP-22, S-11);
 * `tftp-signature` counts from the next start of TFTP and for the next CTL (OP-30); `export-control` is the licence of OP-01.
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
  const changed: ClusterState = { ...state, parameters };
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
