import { isIP } from 'node:net';
import type { Endpoint, FetchResult } from '../phone/world.js';

/** What TFTP (69) and HTTP (6970) ask of the cluster alike: the same files, the same log (phone-config.md 10). */

/**
 * The file of this name as the node serves it now; undefined: there is none; `busy`: no session is free (phone-config.md 9).
 * Called once for each request. The array must not be written to afterwards: a new version is a new array, and the same
 * version should be the same array (packets are kept by identity).
 */
export type ReadFile = (name: string, client: Endpoint) => Uint8Array | undefined | 'busy';

/** One line of the request log (phone-config.md 10, point 5), written when the request is over. */
export interface FileRequest {
  /** When the request came, milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number;
  readonly client: Endpoint;
  readonly transport: 'tftp' | 'http';
  /** Name as served; as asked, as far as it could be read, where the request was refused. */
  readonly file: string;
  /**
   * `bad-request`: refused for what it was; `timeout`: the client vanished; `aborted`: the client gave up, or this server
   * stopped; `error`: the client broke the protocol, or reading failed.
   */
  readonly result: 'ok' | 'not-found' | 'busy' | 'bad-request' | 'timeout' | 'aborted' | 'error';
  /** Octets of the file that the client took (TFTP: acknowledged). */
  readonly octets: number;
  readonly retransmissions: number;
  /** For a person; empty where `result` says all. */
  readonly detail: string;
}

export type LogRequest = (request: FileRequest) => void;

/** A service that listens. */
export interface FileService {
  readonly address: string;
  /** The port it got where 0 was asked for. */
  readonly port: number;
  /** Stops at once, as a stopped service does: transfers under way get no farewell. Resolves when all sockets are closed. */
  close(): Promise<void>;
}

/** What a fetch over either transport came to. */
export type FetchOutcome = FetchResult & {
  /** Octets of the file that arrived. */
  readonly octets: number;
  /** Datagrams sent again; 0 over HTTP. */
  readonly retransmissions: number;
};

/**
 * What a fetch comes to where nothing can be sent to the server: a name in place of an address (nothing is looked up in a
 * DNS), a port that does not exist. Undefined for servers that can be asked.
 */
export function impossibleServer({ address, port }: Endpoint): FetchOutcome | undefined {
  if (isIP(address) !== 0 && Number.isInteger(port) && port > 0 && port <= 0xffff) return undefined;
  return fetchFailure(`"${address}" port ${port} is not an address that a file could come from`);
}

export function fetchFailure(detail: string): FetchOutcome {
  return { status: 'error', detail, octets: 0, retransmissions: 0 };
}
