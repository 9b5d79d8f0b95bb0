import type { KeyObject } from 'node:crypto';
import { fileNames } from '../device/name.js';
import type { PhoneWorld } from '../phone/world.js';
import type { TrustFile } from '../trustfile/model.js';

type Configuration = ReturnType<PhoneWorld['readConfiguration']>;

/**
 * What phones of one thread read, each file once: in virtual time all of them get the very same octets, so that they are told
 * apart by what they are and not by what they say. A signature is checked once for each file and key.
 */
export class VirtualReading {
  readonly #files = new WeakMap<Uint8Array, TrustFile>();
  readonly #configurations = new WeakMap<Uint8Array, Configuration>();
  readonly #checked = new WeakMap<Uint8Array, WeakMap<KeyObject, boolean>>();
  readonly #verify: PhoneWorld['verifySignature'];

  constructor(verify: PhoneWorld['verifySignature']) {
    this.#verify = verify;
  }

  /**
   * A file as the phone of this name has it: phones of one form share a signed configuration, whose name is that of one of them.
   *
   * @throws TrustfleetError as `read` does
   */
  trustFile(bytes: Uint8Array, device: string, read: PhoneWorld['readTrustFile']): TrustFile {
    let file = this.#files.get(bytes);
    if (file === undefined) {
      file = read(bytes);
      this.#files.set(bytes, file);
    }
    // firmware has one name for all
    if (file.kind !== 'signed' || !file.header.filename.endsWith('.cnf.xml.sgn')) return file;
    return { ...file, header: { ...file.header, filename: fileNames.signedConfig(device) } };
  }

  /** @throws TrustfleetError as `read` does */
  configuration(bytes: Uint8Array, read: PhoneWorld['readConfiguration']): Configuration {
    let configuration = this.#configurations.get(bytes);
    if (configuration === undefined) {
      configuration = read(bytes);
      this.#configurations.set(bytes, configuration);
    }
    return configuration;
  }

  verify(file: TrustFile, key: KeyObject): boolean {
    let byKey = this.#checked.get(file.bytes);
    if (byKey === undefined) {
      byKey = new WeakMap();
      this.#checked.set(file.bytes, byKey);
    }
    let valid = byKey.get(key);
    if (valid === undefined) {
      valid = this.#verify(file, key);
      byKey.set(key, valid);
    }
    return valid;
  }
}
