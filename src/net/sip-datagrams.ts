import type { Socket } from 'node:dgram';
import { datagramSocket } from './datagrams.js';

/**
 * A UDP socket bound to an address and port of this machine, or why there is none.
 * @param receiveOctets size of the kernel's receive buffer; undefined: the system's default
 */
export function boundSocket(address: string, port: number, receiveOctets?: number): Socket | Error {
  const socket = datagramSocket(address, receiveOctets);
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    failure = error;
  };
  socket.on('error', onError);
  // A literal address: bound, or failed, when this returns.
  socket.bind({ address, port, exclusive: true });
  if (failure !== undefined) {
    socket.close();
    return failure;
  }
  socket.off('error', onError);
  return socket;
}
