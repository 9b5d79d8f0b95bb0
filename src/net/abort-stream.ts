import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * Ends a connection with RST, or as near to it as the stream can come. After a FIN of our own there is no RST: libuv refuses
 * it (EINVAL), and Node would then leave the handle open for ever.
 */
export function abortStream(stream: Duplex): void {
  const canReset = stream instanceof Socket && !(stream instanceof TLSSocket) && !stream.writableEnded;
  if (canReset) stream.resetAndDestroy();
  else stream.destroy();
}
