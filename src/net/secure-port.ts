import { TrustfleetError } from '../errors.js';
import {
  type SecureService,
  startTlsListener,
  type TlsListener,
  type TlsListenerOptions,
  type TlsListenerOwner,
} from './tls-listener.js';

/** A registrar, as its TLS port needs it. */
export interface SecurePortOwner extends TlsListenerOwner {
  /** Ends the connections that came over TLS. */
  dropSecure(how: 'fin' | 'rst'): void;
}

/** The TLS port of a registrar. It opens, changes and closes by itself; the clear port never notices. */
export class SecurePort {
  readonly #what: string;
  readonly #address: string;
  readonly #owner: SecurePortOwner;
  #listener: TlsListener | undefined;
  #opening = false;

  /** @param what name of the service for errors, e.g. `SCCP registrar` */
  constructor(what: string, address: string, owner: SecurePortOwner) {
    this.#what = what;
    this.#address = address;
    this.#owner = owner;
  }

  /** Undefined while nothing listens. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /**
   * Opens the port.
   *
   * @throws TrustfleetError TF_USAGE when it is open; TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES; what OpenSSL
   *   throws for an identity or a cipher list that it cannot use
   */
  async open(options: TlsListenerOptions): Promise<number> {
    if (this.#listener !== undefined || this.#opening) {
      throw new TrustfleetError('TF_USAGE', `${this.#what}: its TLS port is open; close or replace it`);
    }
    this.#opening = true;
    try {
      this.#listener = await startTlsListener(this.#what, this.#address, options, this.#owner);
    } finally {
      this.#opening = false;
    }
    return this.#listener.port;
  }

  /**
   * From now on handshakes meet this identity, these versions, this trust. Connections that stand stay, and so does the port.
   *
   * @throws TrustfleetError TF_USAGE when the port is not open; what OpenSSL throws for an identity that it cannot use
   */
  replace(service: SecureService): void {
    if (this.#listener === undefined) {
      throw new TrustfleetError('TF_USAGE', `${this.#what}: its TLS port is not open`);
    }
    this.#listener.replace(service);
  }

  /** Closes the port and ends the connections that came through it. Harmless when it is closed. */
  async close(how: 'fin' | 'rst' = 'fin'): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = listener?.close();
    this.#owner.dropSecure(how);
    await closed;
  }
}
