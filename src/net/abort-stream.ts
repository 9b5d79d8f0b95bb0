import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** The TCP sockets beneath TLS sockets of ours: a TLS socket itself has no RST. */
const beneath = new WeakMap<Duplex, Socket>();

/** Remembers what to reset when `tls` is aborted. */
export function laidOver(raw: Socket, tls: TLSSocket): void {
  beneath.set(tls, raw);
}

/**
 * Ends a connection with RST, or as near to it as the stream can come. After a FIN of our own there is no RST: libuv refuses
 * it (EINVAL), and Node would then leave the handle open for ever.
 */
export function abortStream(stream: Duplex): void {
  const raw = stream instanceof TLSSocket ? beneath.get(stream) : stream;
  if (raw instanceof Socket && !stream.writableEnded && !raw.destroyed) raw.resetAndDestroy();
  stream.destroy();
}
