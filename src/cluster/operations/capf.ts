import { withKnown } from '../capf-record.js';
import { CAPF_STRING, type CapfSettings, DEFAULT_CAPF_KEY } from '../capf-settings.js';
import type { PendingOperation } from '../capf-state.js';
import { type ClusterContext, randomOf, seconds } from '../context.js';
import type { Operation } from '../operation.js';
import type { ClusterState, DeviceRecord } from '../state.js';
import { chosenDevices } from './devices.js';
import { type OperationResult, refused } from './result.js';

type CapfSettingOperation = Extract<Operation, { readonly op: 'capf' }>;

const SECONDS_A_DAY = 86_400;

const GENERATED_DIGITS = 6;

/**
 * OP-26: CAPF information of devices, the same for all of them. Left out are: install, by null string, RSA 2048. A string that
 * is left out where it is needed is generated.
 */
export function setCapf(
  state: ClusterState,
  operation: CapfSettingOperation,
  context: ClusterContext,
): OperationResult {
  const devices = chosenDevices(state, operation.devices);
  if (operation.template !== undefined) checkTemplate(operation.template, devices);
  const now = seconds(context.now());
  const settings = settingsOf(operation, randomOf(context, 'the administrator'));
  const pending: PendingOperation | null =
    settings.operation === 'none'
      ? null
      : {
          ...settings,
          operation: settings.operation,
          completeBy: now + state.parameters.capfOperationDays * SECONDS_A_DAY,
        };
  const names = devices.map(({ name }) => name);
  return {
    state: withKnown(state, names, (phone) => ({ ...phone, pending, changedAt: now })),
    output: [describe(settings, operation.meant ?? names.length, operation.template)],
  };
}

/** OP-26: a universal device template works only for users who are not synchronised from LDAP yet. */
function checkTemplate(template: string, devices: readonly DeviceRecord[]): void {
  const synchronised = devices.filter(({ user }) => user === 'ldap').map(({ name }) => name);
  const [first] = synchronised;
  if (first === undefined) return;
  const more = synchronised.length === 1 ? '' : ` and ${synchronised.length - 1} more`;
  throw refused(
    `device template ${template}: the user of ${first}${more} is synchronised from LDAP, ` +
      'expected users that are not yet; set CAPF information per phone or in bulk',
  );
}

/** @throws TrustfleetError TF_OPERATION_REFUSED for a string that cannot be typed, or one beside another mode. */
function settingsOf(
  {
    operation = 'install',
    auth = 'null-string',
    string = null,
    key = DEFAULT_CAPF_KEY,
  }: CapfSettingOperation,
  random: () => number,
): CapfSettings {
  if (auth !== 'string') {
    if (string !== null) throw refused(`authentication string with mode ${auth}, expected mode string`);
    return { operation, auth, string: null, key };
  }
  const chosen = string ?? generated(random);
  if (!CAPF_STRING.test(chosen)) {
    throw refused(`authentication string of ${chosen.length} characters, expected 4 to 10 digits`);
  }
  return { operation, auth, string: chosen, key };
}

function generated(random: () => number): string {
  return Array.from({ length: GENERATED_DIGITS }, () => Math.floor(random() * 10)).join('');
}

function describe({ operation, auth, string }: CapfSettings, devices: number, template?: string): string {
  const by = string === null ? auth : `string ${string}`;
  const from = template === undefined ? '' : ` from device template ${template}`;
  return `Certificate Operation ${operation} by ${by} for ${devices} devices${from}`;
}
