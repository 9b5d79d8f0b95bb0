import { TrustfleetError } from '../errors.js';
import type { LastCause } from '../phone/world.js';

/**
 * What a socket's error means to a phone. `local` is no answer of the network: this machine ran out of files, ports or
 * buffers, or does not have the address.
 */
export type SocketFailure = 'refused' | 'timeout' | 'unreachable' | 'reset' | 'local' | 'other';

const FAILURES: Readonly<Record<string, SocketFailure>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  EMFILE: 'local',
  ENFILE: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  EADDRNOTAVAIL: 'local',
  EADDRINUSE: 'local',
  EACCES: 'local',
  EPERM: 'local',
};

/** The system's name of an error (`ECONNREFUSED`), or an empty string where it has none. */
export function errorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}

/** For sockets whose errors mean nothing by themselves: one closes its connection, and `close` tells whom it concerns. */
export function ignoreSocketError(): void {}

/** One line for a person: the message, which for system errors names call, code and address. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function socketFailure(error: unknown): SocketFailure {
  return FAILURES[errorCode(error)] ?? 'other';
}

/**
 * Cause that a phone names in its next alarm after it lost an established connection (sccp.md 6): 14 for a FIN (no error),
 * 12 for a RST, 10 where TCP gave up waiting, 13 for everything else.
 */
export function lossCause(error: unknown): LastCause {
  if (error === undefined || error === null) {
    return 14;
  }
  switch (socketFailure(error)) {
    case 'reset':
      return 12;
    case 'timeout':
      return 10;
    default:
      return 13;
  }
}

/**
 * The typed error for a service that cannot listen.
 * @param what name of the service, e.g. `SCCP registrar`
 * @param otherwise what helps where another program has the port
 */
export function listenError(
  error: unknown,
  what: string,
  address: string,
  port: number,
  otherwise = 'take other addresses (--bind)',
): TrustfleetError {
  const where = { context: { address, port }, cause: error };
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new TrustfleetError(
        'TF_PORT_TAKEN',
        `${what}: port ${port} of ${address} is taken by another program; stop it, or ${otherwise}`,
        where,
      );
    case 'EACCES':
    case 'EPERM':
      return new TrustfleetError(
        'TF_PORT_TAKEN',
        `${what}: this user may not listen on port ${port} of ${address}; choose a port above 1023`,
        where,
      );
    case 'EADDRNOTAVAIL':
      return new TrustfleetError(
        'TF_ADDRESS_UNAVAILABLE',
        `${what}: this machine does not have the address ${address}`,
        where,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new TrustfleetError(
        'TF_TOO_MANY_FILES',
        `${what}: no file descriptors left for ${address}:${port}; raise "ulimit -n" or start fewer phones`,
        where,
      );
    default:
      return new TrustfleetError(
        'TF_ADDRESS_UNAVAILABLE',
        `${what}: cannot listen on ${address}:${port}: ${errorText(error)}`,
        where,
      );
  }
}
