import { Server } from 'node:net';
import { vi } from 'vitest';

/**
 * A server that has started, and then cannot accept two connections for want of file descriptors: node:net tells the server of
 * each with `error`, and an event without a listener is thrown.
 */
export async function withoutDescriptors<S>(start: () => Promise<S>): Promise<S> {
  const listen = vi.spyOn(Server.prototype, 'listen');
  try {
    const started = await start();
    const [server] = listen.mock.contexts as Server[];
    if (server === undefined) throw new Error('nothing listens');
    for (let refused = 0; refused < 2; refused += 1) {
      server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' }));
    }
    return started;
  } finally {
    listen.mockRestore();
  }
}
