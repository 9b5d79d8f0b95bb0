/** Process of `bench/tftp.ts`: our TFTP server with one file, and a bare echo to measure what datagrams cost at least. */
import { datagramSocket, LISTEN_BUFFER_OCTETS } from '../src/net/datagrams.js';
import { startTftpServer } from '../src/net/tftp-server.js';
import type { OwnServerPorts } from './tftp-servers.js';

const [address = '127.0.0.1', octets = '8192'] = process.argv.slice(2);
const file = Buffer.alloc(Number(octets), 'trust');

const tftp = await startTftpServer({ address, port: 0, read: () => file });

const answers = Buffer.alloc(65_468);
const echo = datagramSocket(address, LISTEN_BUFFER_OCTETS);
echo.on('message', (datagram, from) => {
  echo.send(answers.subarray(0, 4 + datagram.readUInt16BE(0)), from.port, from.address);
});
echo.bind({ address, port: 0 });

const ports: OwnServerPorts = { tftp: tftp.port, echo: echo.address().port };
process.send?.(ports);
// the parent has gone: nothing to measure any more
process.on('disconnect', () => process.exit());
