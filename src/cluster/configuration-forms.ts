import { artefact } from './artefacts.js';
import { knownOf } from './capf-state.js';
import { hasEncryptedFile } from './device-files.js';
import type { TftpState } from './held.js';
import { linesOf } from './spec.js';
import { type ClusterState, type DeviceRecord, findNode } from './state.js';

const CONFIGURATION = /^(SEP[0-9A-F]{12})\.cnf\.xml(\.sgn)?$/;

interface Made {
  readonly addresses: object;
  readonly parameters: object;
  readonly bytes: Uint8Array;
}

/**
 * Configuration files by form: devices that differ in names and numbers only, which no rule looks at, get the file of the first of
 * them that asked. It is really written and signed; what is saved is doing that again for each phone. Encrypted files are each
 * phone's own.
 */
export class ConfigurationForms {
  readonly #made = new WeakMap<TftpState, Map<string, Made>>();
  /** A short name for each form, by all that the devices of one have in common. */
  readonly #names = new Map<string, string>();
  readonly #forms = new WeakMap<DeviceRecord, string>();
  /** Numbers of models and CallManager groups, by their content and by themselves. */
  readonly #contents = new Map<string, number>();
  readonly #numbers = new WeakMap<object, number>();

  /** As `artefact`. */
  artefact(state: ClusterState, nodeName: string, fileName: string): Uint8Array | undefined {
    const match = CONFIGURATION.exec(fileName);
    const device = match === null ? undefined : state.devices.get(match[1] ?? '');
    const tftp = findNode(state, nodeName)?.held.tftp;
    if (match === null || device === undefined || tftp === undefined || tftp === null) {
      return artefact(state, nodeName, fileName);
    }
    if (hasEncryptedFile(state, device)) return artefact(state, nodeName, fileName);
    const files = this.#filesOf(tftp);
    const { pending } = knownOf(state.capf.phones, device.name);
    const form = `${this.#formOf(device)}${pending?.auth ?? ''}${match[2] ?? ''}`;
    const { addresses, parameters } = state;
    const made = files.get(form);
    if (made?.addresses === addresses && made.parameters === parameters) return made.bytes;
    const bytes = artefact(state, nodeName, fileName);
    if (bytes !== undefined) files.set(form, { addresses, parameters, bytes });
    return bytes;
  }

  #filesOf(tftp: TftpState): Map<string, Made> {
    let files = this.#made.get(tftp);
    if (files === undefined) {
      files = new Map();
      this.#made.set(tftp, files);
    }
    return files;
  }

  #formOf(device: DeviceRecord): string {
    const known = this.#forms.get(device);
    if (known !== undefined) return known;
    const { name: _, changedAt: __, ctiId: ___, lines: ____, model, callManagerGroup, ...rest } = device;
    const shared = [this.#numberOf(model), this.#numberOf(callManagerGroup)];
    const common = JSON.stringify([linesOf(device).length, shared, rest]);
    let form = this.#names.get(common);
    if (form === undefined) {
      form = `form ${this.#names.size} `;
      this.#names.set(common, form);
    }
    this.#forms.set(device, form);
    return form;
  }

  /** What thousands of devices share is written out once, not once for each. */
  #numberOf(shared: object): number {
    let number = this.#numbers.get(shared);
    if (number === undefined) {
      const content = JSON.stringify(shared);
      number = this.#contents.get(content) ?? this.#contents.size;
      this.#contents.set(content, number);
      this.#numbers.set(shared, number);
    }
    return number;
  }
}
