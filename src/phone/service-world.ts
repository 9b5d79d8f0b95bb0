import type { CapfServerVerdict } from './capf-world.js';
import type { Endpoint, TlsProfile } from './world.js';

/** One HTTPS request of the phone, GET, to a web service of the cluster. */
export interface ServiceQuestion {
  readonly server: Endpoint;
  /** Path and query of the URL: `/ccmcip/xmldirectory.jsp`. */
  readonly path: string;
  /** `identity` is null: the web server asks for no certificate. */
  readonly tls: TlsProfile;
  /**
   * Asked when the handshake is over, before the first octet is written. It may ask TVS through the same world and then
   * takes as long as `askTvs` does: whoever bounds what is under way must not let the two wait for one another. Rejects only
   * with the reason of the request's `signal`.
   */
  readonly judge: (certificateDer: Uint8Array) => Promise<CapfServerVerdict>;
}

/**
 * How it went. `tls-failed`: the handshake failed, or the judge said no; `unreachable`: TCP refused; `timeout`: no connection or
 * no answer in time; `error`: what came is no answer.
 */
export type ServiceAnswer =
  | { readonly result: 'answered'; readonly status: number; readonly body: Uint8Array }
  | {
      readonly result: 'tls-failed' | 'unreachable' | 'timeout' | 'error';
      readonly detail: string;
    };
