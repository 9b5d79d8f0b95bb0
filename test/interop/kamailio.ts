import { createSocket } from 'node:dgram';
import { type Running, start } from './sip-support.js';

/** Status that a kamailio on UDP 127.0.0.1 gives to OPTIONS for a number: 200 where it is registered. */
export function statusOf(port: number, number: string): Promise<number> {
  const socket = createSocket('udp4');
  const request =
    `OPTIONS sip:${number}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK${Math.random()}\r\n` +
    `From: <sip:test@127.0.0.1>;tag=1\r\nTo: <sip:${number}@127.0.0.1>\r\nCall-ID: ${Math.random()}\r\n` +
    'CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n';
  return new Promise((resolve, reject) => {
    const repeat = setInterval(() => socket.send(request, port, '127.0.0.1'), 200);
    socket.on('error', reject);
    socket.once('message', (octets) => {
      clearInterval(repeat);
      socket.close();
      resolve(Number(octets.toString().slice(8, 11)));
    });
    socket.send(request, port, '127.0.0.1');
  });
}

/**
 * A kamailio that has answered 404 to the first OPTIONS; fails with its output when it ends before.
 *
 * @param shared its shared memory in MB: a TLS context needs more than plain SIP
 */
export async function startKamailio(
  folder: string,
  file: string,
  port: number,
  shared = 32,
): Promise<Running> {
  const args = ['-f', file, '-DD', '-E', '-m', `${shared}`, '-M', '8', '-w', folder, '-Y', folder];
  const kamailio = start('kamailio', args, folder);
  const ended = new Promise<never>((_, reject) => {
    kamailio.child.once('exit', (code) =>
      reject(new Error(`kamailio ended with ${code}: ${kamailio.output()}`)),
    );
  });
  const status = await Promise.race([statusOf(port, 'nobody'), ended]);
  ended.catch(() => undefined);
  if (status !== 404) throw new Error(`kamailio says ${status}: ${kamailio.output()}`);
  return kamailio;
}
