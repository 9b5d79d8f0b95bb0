import type { AddressInfo, Server } from 'node:net';
import type { ServicePlace } from '../device/service-port.js';
import { ignoreSocketError, listenError } from './socket-errors.js';

/** Linux cuts it at net.core.somaxconn, 4096 by default; Node's own 511 loses connections in a boot storm (speed.md 3.3). */
const BACKLOG = 4_096;

export interface ListenPlace extends ServicePlace {
  /** What helps where another program has the port; as a rule other addresses do. */
  readonly otherwise?: string;
}

/**
 * Has a server listen, with room for thousands of phones that knock at one instant.
 *
 * @param what name of the service for errors, e.g. `SCCP registrar`
 * @param place port 0 takes any free one
 * @param later hears of connections that cannot be accepted later on (no file descriptors left): the phone sees a time-out and
 *   comes again, the others go on
 * @returns the port
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export function listen(
  server: Server,
  what: string,
  place: ListenPlace,
  later: (error: Error) => void = ignoreSocketError,
): Promise<number> {
  const { address, port, otherwise } = place;
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, what, address, port, otherwise));
    server.once('error', onError);
    server.listen({ host: address, port, backlog: BACKLOG }, () => {
      server.off('error', onError).on('error', later);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Lets nobody in any more; resolves when the last connection is gone. Harmless where nothing listens. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
