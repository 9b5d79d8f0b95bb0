import type { DeviceSecurityMode, SignallingProtocol } from '../device/security.js';

/** A group of equal phones in a fleet profile (`profiles/fleets/*.yaml`, scenario `fleet.groups`). */
export interface GroupSpec {
  /** Name of the group, e.g. `L42`. */
  readonly group: string;
  readonly model: string;
  readonly phones: number;
  readonly protocol: SignallingProtocol;
  /** Security mode by index rule. */
  readonly security: readonly IndexRule<DeviceSecurityMode>[];
  /** First and second TFTP node by index rule. */
  readonly tftp: readonly IndexRule<readonly string[]>[];
  /** Nodes of the CallManager group, and its name, by index rule. */
  readonly callManagerGroup: readonly IndexRule<{
    readonly name: string;
    readonly nodes: readonly string[];
  }>[];
}

/** A value for those phones of a group whose index (from 1) fits; the first rule that fits wins. */
export interface IndexRule<T> {
  readonly index: IndexCondition | 'all';
  readonly value: T;
}

/** `i mod 10 in 1-5,8`, `i mod 20 = 0`, `i in 1-25`; `modulus` 0 means the bare index. */
export interface IndexCondition {
  readonly modulus: number;
  readonly values: readonly (readonly [from: number, to: number])[];
}

export interface FleetSpec {
  readonly name: string;
  readonly groups: readonly GroupSpec[];
}

/** Which phones a step is about (contracts.md 4, "Selection"). */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Selection[] }
  | { readonly kind: 'not'; readonly of: Selection }
  | { readonly kind: 'field'; readonly field: SelectionField; readonly anyOf: readonly string[] }
  | { readonly kind: 'index'; readonly condition: IndexCondition }
  | { readonly kind: 'locked'; readonly locked: boolean };

/** `has` takes lsc, mic, ctl, itl; `mode` is the device's security mode; `tftp` the first TFTP node. */
export type SelectionField =
  | 'model'
  | 'group'
  | 'name'
  | 'tftp'
  | 'callManagerGroup'
  | 'mode'
  | 'has'
  | 'state';

/** How resets reach the phones. Rates are phones a second. */
export type Load =
  | { readonly concurrency: number }
  | { readonly rate: number }
  | { readonly ramp: { readonly from: number; readonly to: number; readonly overSeconds: number } };

export type PhoneAction =
  | { readonly action: 'power-on' | 'power-off' | 'reset' | 'restart' | 'factory-reset' }
  | { readonly action: 'erase'; readonly what: 'ctl' | 'itl' | 'both' };
