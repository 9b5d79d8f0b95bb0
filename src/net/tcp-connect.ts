import { connect, type Socket } from 'node:net';
import type { ServicePlace } from '../device/service-port.js';
import type { StopSignal } from '../phone/stop.js';
import { deadlines } from './deadlines.js';
import { errorText, type SocketFailure, socketFailure } from './socket-errors.js';

export interface TcpTarget {
  /** Where to connect: already mapped to the address and port that really listen. */
  readonly target: ServicePlace;
  /** The phone's own address. */
  readonly localAddress: string;
  /** Default {@link CONNECT_TIMEOUT_MS}. */
  readonly connectTimeoutMs?: number | undefined;
  readonly signal: StopSignal;
}

/** How long a phone waits for a connection to a call-control server, TLS included (sip.md 1, 6; sccp.md 14: 8 to 10 s). */
export const CONNECT_TIMEOUT_MS = 8_000;

export type TcpOutcome =
  | { readonly socket: Socket }
  | { readonly socket: undefined; readonly failure: SocketFailure; readonly detail: string };

/**
 * Connects from the phone's own address, without Nagle's delay. Nobody else listens on the socket yet when it is handed out.
 * @throws the reason of `signal` when it is aborted, and nothing else
 */
export function connectTcp({
  target,
  localAddress,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
  signal,
}: TcpTarget): Promise<TcpOutcome> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({ host: target.address, port: target.port, localAddress, noDelay: true });
    const timeout = deadlines.schedule(connectTimeoutMs, () => {
      settle();
      socket.destroy();
      resolve({
        socket: undefined,
        failure: 'timeout',
        detail: `no connection within ${connectTimeoutMs} ms`,
      });
    });
    const onAbort = (): void => {
      settle();
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (error: Error): void => {
      settle();
      resolve({ socket: undefined, failure: socketFailure(error), detail: errorText(error) });
    };
    const onConnect = (): void => {
      settle();
      socket.off('error', onError);
      resolve({ socket });
    };
    function settle(): void {
      deadlines.cancel(timeout);
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', onConnect);
    socket.on('error', onError);
  });
}
