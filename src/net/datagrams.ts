import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** How datagrams leave a socket; the place where a bad network can be put in (`datagram-faults.ts`). */
export interface DatagramNetwork {
  /** Sends one datagram. The octets must not change until the kernel has them, which is usually at once. */
  send(socket: Socket, octets: Uint8Array, port: number, address: string): void;
  /** Closes the socket as soon as everything sent from it has left. */
  close(socket: Socket, closed?: () => void): void;
}

/** The network as it is. */
export const datagramNetwork: DatagramNetwork = {
  /**
   * Port and address straight behind the octets: the form with offset and length makes another Buffer of them. Without a
   * callback the outcome of each datagram costs no tick; what is lost is sent again like any lost datagram.
   */
  send(socket, octets, port, address) {
    // Port 0 cannot be sent to; a forged datagram can come from it.
    if (port !== 0) socket.send(octets, port, address);
  },
  close(socket, closed) {
    socket.close(closed);
  },
};

type LookupCallback = (error: Error | null, address: string, family: number) => void;

/** Addresses are literal here. Without these every datagram goes through dns.lookup and a tick (speed.md 4.1). */
const lookupIpv4 = (host: string, _options: unknown, callback: LookupCallback): void =>
  callback(null, host, 4);
const lookupIpv6 = (host: string, _options: unknown, callback: LookupCallback): void =>
  callback(null, host, 6);

/**
 * A UDP socket for an address of this machine, not bound yet. With the literal address `bind` works at once: `address()` is
 * good when it returns, or an `error` event has been.
 * @param receiveOctets size of the kernel's receive buffer; undefined: the system's default
 */
export function datagramSocket(address: string, receiveOctets?: number): Socket {
  const isSix = isIPv6(address);
  return createSocket({
    type: isSix ? 'udp6' : 'udp4',
    lookup: isSix ? lookupIpv6 : lookupIpv4,
    ...(receiveOctets === undefined ? {} : { recvBufferSize: receiveOctets }),
  });
}

/**
 * Receive buffer of a socket to which thousands of phones send at one instant, octets: with the default 487 of 1,000 RRQs
 * are lost (speed.md 4.3).
 */
export const LISTEN_BUFFER_OCTETS = 4 << 20;
