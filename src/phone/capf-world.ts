import type { KeyPair } from '../pki/keys.js';
import type { CapfCredentials } from '../protocol/capf/credentials.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { CapfOperation, CapfResult } from '../protocol/capf/results.js';
import type { Endpoint, PeerVerdict, TlsProfile } from './world.js';

export type AddressFamily = 'ipv4' | 'ipv6';

/**
 * What the phone does when the server orders it. The world calls these while the session is under way, in the order of the
 * messages; what they change is in flash when they return, whatever becomes of the session then.
 */
export interface CapfOrders {
  /**
   * KEY_GENERATE_REQUEST: takes the time that this model needs for such a key, then makes the pair; null where the
   * model cannot make it, to be answered without PUBLIC_KEY. REQUEST_IN_PROGRESS goes out before. The phone keeps the
   * pair until `store`, and a further request makes a further pair. Rejects only with the reason of the session's `signal`.
   */
  generateKey(key: CapfKey): Promise<KeyPair | null>;
  /**
   * STORE_CERTIFICATE_REQUEST: true when the octets are a certificate for the pair that was made last, in this session or an
   * earlier one, and the phone keeps them as its LSC; false leaves everything as it was.
   */
  store(certificateDer: Uint8Array): boolean;
  /** FETCH_CERTIFICATE_REQUEST: DER of the LSC, null where there is none. */
  fetch(): Uint8Array | null;
  /** DELETE_CERTIFICATE_REQUEST: false where there was none. */
  remove(): boolean;
}

/** One session at one address of a CAPF server. */
export interface CapfQuestion {
  readonly server: Endpoint;
  /** Of `server.address`; the phone connects from its own address of that family. */
  readonly family: AddressFamily;
  /** DEVICE_NAME, `SEP001F9E266369`. */
  readonly device: string;
  /** What AUTH_RESPONSE carries by; the server's AUTH_TYPE does not count (capf.md 6.1). */
  readonly credentials: CapfCredentials;
  /** `identity` is null: CAPF asks for no certificate in the handshake (capf.md 3). */
  readonly tls: TlsProfile;
  /**
   * Asked when the handshake is over, before the first octet is written. It may ask TVS through the same world and then
   * takes as long as `askTvs` does: whoever bounds what is under way must not let the two wait for one another. Rejects only
   * with the reason of the session's `signal`.
   */
  readonly judge: (certificateDer: Uint8Array) => Promise<PeerVerdict>;
  readonly orders: CapfOrders;
}

/**
 * How a session went. `operation` is what the server ordered in it, `none` where it ordered nothing.
 *
 * There was no session, and no octet was written inside TLS:
 * * `refused`: TCP refused, or the server closed or reset the connection before it sent anything
 * * `unreachable`: no route, or no connection in time
 * * `tls-failed`: the handshake failed, or the judge said no
 *
 * There was one:
 * * `ended`: the server ended it with END_SESSION, or the phone did because it could not do what was ordered. `outcome` is the
 *   R-94 code by the phone's own lights: what `orders` did counts, not the reason of END_SESSION (capf.md 8.6), and with
 *   operation `none` a refusal is `credentials.refusedAs`, an unknown device `fail`, nothing to do `success`
 * * `retry-later`: RETRY_LATER came; `seconds` where it said them
 * * `lost`: the connection ended, an answer did not come in time, or what came was against the protocol (R-94 code 7). What
 *   `orders` did, is done; the server may see it otherwise
 */
export type CapfAnswer =
  | { readonly result: 'refused' | 'unreachable' | 'tls-failed'; readonly detail: string }
  | {
      readonly result: 'ended';
      readonly operation: CapfOperation;
      readonly outcome: CapfResult;
      readonly detail: string;
    }
  | { readonly result: 'retry-later'; readonly operation: CapfOperation; readonly seconds: number | null }
  | { readonly result: 'lost'; readonly operation: CapfOperation; readonly detail: string };
