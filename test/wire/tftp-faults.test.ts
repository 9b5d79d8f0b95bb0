import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { type DatagramFaultRules, DatagramFaults } from '../../src/net/datagram-faults.js';
import { datagramSocket, LISTEN_BUFFER_OCTETS } from '../../src/net/datagrams.js';
import type { FileRequest } from '../../src/net/file-service.js';
import { tftpFetch } from '../../src/net/tftp-client.js';
import { startTftpServer } from '../../src/net/tftp-server.js';
import { seededRandom } from '../protocol/tftp/simulated-network.js';

/** Addresses of this file alone, so that parallel tests do not meet. */
const SERVER = '127.203.0.1';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Bound when it returns. */
function bound(address: string): Socket {
  const socket = datagramSocket(address, LISTEN_BUFFER_OCTETS);
  socket.bind({ address, port: 0 });
  return socket;
}

/** Sends 200 numbered datagrams through these faults; the numbers in the order in which they arrive. */
async function arrivals(rules: DatagramFaultRules | undefined, seed = 1): Promise<number[]> {
  const faults = new DatagramFaults(seededRandom(seed), rules);
  const [sender, receiver] = [bound('127.203.0.2'), bound('127.203.0.3')];
  const numbers: number[] = [];
  const last = new Promise<void>((resolve) =>
    receiver.on('message', (datagram) => {
      if (datagram.length === 0) resolve();
      else numbers.push(datagram[0] ?? -1);
    }),
  );
  const { port, address } = receiver.address();
  for (let number = 0; number < 200; number += 1) faults.send(sender, Buffer.from([number]), port, address);
  // resolves when the last delayed datagram has left
  await new Promise<void>((resolve) => faults.close(sender, resolve));
  // overtakes nothing on the loopback
  const end = bound('127.203.0.4');
  end.send(Buffer.alloc(0), port, address);
  await last;
  end.close();
  await new Promise<void>((resolve) => receiver.close(resolve));
  return numbers;
}

const inOrder = Array.from({ length: 200 }, (_, number) => number);

describe('faults of datagrams (contracts.md 4, `fault: { datagrams: … }`)', () => {
  it('lets everything through where no rule is set', async () => {
    expect(await arrivals(undefined)).toEqual(inOrder);
    expect(await arrivals({})).toEqual(inOrder);
  });

  it('drops the share that it is told, the same datagrams for the same seed', async () => {
    const numbers = await arrivals({ drop: 0.3 });
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers.length).toBeLessThan(180);
    expect(await arrivals({ drop: 0.3 })).toEqual(numbers);
    expect(await arrivals({ drop: 0.3 }, 2)).not.toEqual(numbers);
    expect(await arrivals({ drop: 1 })).toEqual([]);
  });

  it('doubles the share that it is told', async () => {
    const numbers = await arrivals({ duplicate: 0.2 });
    expect(new Set(numbers).size).toBe(200);
    expect(numbers.length).toBeGreaterThan(210);
    expect(numbers.length).toBeLessThan(290);
  });

  it('lets datagrams overtake delayed ones, and closes a socket only when the last has left', async () => {
    const numbers = await arrivals({ delay: 0.5, delayMs: 60 });
    expect([...numbers].sort((a, b) => a - b)).toEqual(inOrder);
    expect(numbers).not.toEqual(inOrder);
  });

  it('stopping loses what is still under way and closes what waits for it', async () => {
    const faults = new DatagramFaults(seededRandom(1), { delayMs: 60_000 });
    const socket = bound('127.203.0.4');
    faults.send(socket, Buffer.from('late'), 9, '127.203.0.5');
    const closed = new Promise<void>((resolve) => faults.close(socket, resolve));
    faults.stop();
    await closed;
  });

  it('files arrive whole over a bad network, and the retransmissions are counted', async () => {
    const rules = { drop: 0.1, duplicate: 0.1, delay: 0.3, delayMs: 15 };
    const network = new DatagramFaults(seededRandom(7), rules);
    const log: FileRequest[] = [];
    const file = Buffer.from(Array.from({ length: 4000 }, (_, i) => i & 0xff));
    const server = await startTftpServer({
      address: SERVER,
      port: 0,
      network,
      read: () => file,
      onRequest: (request) => log.push(request),
      limits: { retransmitMs: 100, attempts: 12 },
    });
    closing.push(() => server.close());
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, k) =>
        tftpFetch({
          localAddress: `127.203.1.${k + 1}`,
          server,
          file: 'ITLFile.tlv',
          network,
          retransmitMs: 100,
          attempts: 12,
        }),
      ),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'ok', octets: 4000 });
      expect(result.status === 'ok' && Buffer.compare(result.bytes, file)).toBe(0);
    }
    expect(results.reduce((sum, result) => sum + result.retransmissions, 0)).toBeGreaterThan(0);
    network.apply(undefined);
    expect(await tftpFetch({ localAddress: '127.203.1.99', server, file: 'a', network })).toMatchObject({
      status: 'ok',
      retransmissions: 0,
    });
  });

  it('a server on a slow network stops without an error while answers are under way', async () => {
    const network = new DatagramFaults(seededRandom(1), { delayMs: 40 });
    const server = await startTftpServer({ address: SERVER, port: 0, network, read: () => undefined });
    const phone = tftpFetch({
      localAddress: '127.203.1.1',
      server,
      file: 'a',
      retransmitMs: 50,
      attempts: 2,
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await server.close();
    expect((await phone).status).toMatch(/not-found|timeout/);
  });
});
