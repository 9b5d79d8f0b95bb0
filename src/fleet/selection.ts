import type { PhoneState } from '../observe/events.js';
import type { Device } from './devices.js';
import { indexMatches } from './index-rule.js';
import type { Selection, SelectionField } from './model.js';
import { clusterOfLabel, nodeOfLabel } from './node-label.js';

/** What a selection looks at: the device, and the phone as it is now. */
export interface Selectable {
  readonly device: Device;
  readonly state: PhoneState;
  readonly locked: boolean;
  /** Label of the node where it is registered; empty or absent where it is not. */
  readonly node?: string;
  /** Label of the TFTP node that it asks first now; absent before it was ever switched on. */
  readonly tftpNode?: string;
  has(what: 'lsc' | 'mic' | 'ctl' | 'itl'): boolean;
}

/** Whether a selection names this phone (contracts.md 4, "Selection"). */
export function selects(selection: Selection, phone: Selectable): boolean {
  switch (selection.kind) {
    case 'all':
      return true;
    case 'and':
      return selection.of.every((part) => selects(part, phone));
    case 'or':
      return selection.of.some((part) => selects(part, phone));
    case 'not':
      return !selects(selection.of, phone);
    case 'index':
      return indexMatches(selection.condition, phone.device.index);
    case 'locked':
      return phone.locked === selection.locked;
    case 'registered':
      if (phone.node === undefined || phone.node === '') return false;
      return selection.cluster === null || selection.cluster === clusterOfLabel(phone.node);
    case 'field':
      return fieldMatches(selection.field, selection.anyOf, phone);
  }
}

function fieldMatches(field: SelectionField, anyOf: readonly string[], phone: Selectable): boolean {
  const { device } = phone;
  const { kind } = device;
  switch (field) {
    case 'model':
      return anyOf.includes(kind.model);
    case 'group':
      return anyOf.includes(kind.group);
    case 'name':
      return anyOf.includes(device.name);
    case 'tftp': {
      const first = phone.tftpNode ?? kind.tftp[0] ?? '';
      // `PUB` is that of whatever cluster, `destination/PUB` that of one
      return anyOf.includes(first) || anyOf.includes(nodeOfLabel(first));
    }
    case 'callManagerGroup':
      return anyOf.includes(kind.callManagerGroup.name);
    case 'mode':
      return anyOf.includes(kind.security);
    case 'state':
      return anyOf.includes(phone.state);
    case 'has':
      return anyOf.some(
        (what) => (what === 'lsc' || what === 'mic' || what === 'ctl' || what === 'itl') && phone.has(what),
      );
  }
}
