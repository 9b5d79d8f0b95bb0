import type { AddressFamily } from '../device/address-family.js';
import type { TrustFailureReason } from '../observe/events.js';
import type { KeyPair } from '../pki/keys.js';
import type { CapfCredentials, PhoneCertificates } from '../protocol/capf/credentials.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { CapfPhoneEnd } from '../protocol/capf/phone-session.js';
import type { Endpoint, TlsProfile } from './world.js';

/** What the phone says of a CAPF server's certificate. */
export type CapfServerVerdict =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly rule: `R-${string}`; readonly reason: TrustFailureReason };

/** One session at one address of a CAPF server. */
export interface CapfQuestion {
  readonly server: Endpoint;
  /** Of `server.address`; the phone connects from its own address of that family. */
  readonly family: AddressFamily;
  /** DEVICE_NAME, `SEP001F9E266369`. */
  readonly deviceName: string;
  /** What AUTH_RESPONSE carries by; the server's AUTH_TYPE does not count (capf.md 6.1). */
  readonly credentials: CapfCredentials;
  /** What a fetch sends and a delete is about. The MIC is made when it is read first. */
  readonly certificates: PhoneCertificates;
  /** Can this model make such a key? Where not, the answer to KEY_GENERATE_REQUEST is a failure. */
  readonly canGenerate: (key: CapfKey) => boolean;
  /**
   * Makes the key that the server asked for; called once for each that is needed, after REQUEST_IN_PROGRESS went out. Sleeps
   * the time that the model takes (R-97, through the world's `sleep`), so it may take half an hour. Rejects only with the
   * reason of the session's `signal`.
   */
  readonly generateKey: (key: CapfKey) => Promise<KeyPair>;
  /** `identity` is null: CAPF asks for no certificate in the handshake (capf.md 3). */
  readonly tls: TlsProfile;
  /**
   * Asked when the handshake is over, before the first octet is written. It may ask TVS through the same world and then
   * takes as long as `askTvs` does: whoever bounds what is under way must not let the two wait for one another. Rejects only
   * with the reason of the session's `signal`.
   */
  readonly judge: (certificateDer: Uint8Array) => Promise<CapfServerVerdict>;
}

/**
 * How it went. Without a session, when no octet was written inside TLS:
 * * `refused`: TCP refused, or the server closed or reset the connection before it sent anything
 * * `unreachable`: no route, or no connection in time
 * * `tls-failed`: the handshake failed, or the judge said no
 *
 * With one, as `CapfPhoneEnd` says. The phone puts `installed` into its flash, and takes its LSC out after a delete that
 * succeeded, when the answer comes: a power cut before that leaves the flash as it was.
 */
export type CapfAnswer =
  | { readonly outcome: 'refused' | 'unreachable'; readonly detail: string }
  | {
      readonly outcome: 'tls-failed';
      readonly detail: string;
      /** For want of a version or a cipher in common. */
      readonly disagreed?: boolean;
      /** The server did not come to the end of the handshake in time: it may the next time. */
      readonly late?: boolean;
    }
  | CapfPhoneEnd;
