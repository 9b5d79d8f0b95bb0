import type { Server, Socket } from 'node:net';
import { stopListening } from './listen.js';
import { ignoreSocketError } from './socket-errors.js';

/** The connections of a server, which end with it. */
export class OpenConnections {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      socket.on('error', ignoreSocketError);
    });
  }

  /** Ends them without a word and stops listening; resolves when nothing is left. */
  close(): Promise<void> {
    const closed = stopListening(this.#server);
    for (const socket of this.#open) socket.destroy();
    return closed;
  }
}
