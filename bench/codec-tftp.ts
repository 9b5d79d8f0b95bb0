import { ClientSession, TFTP_CLIENT_LIMITS } from '../src/protocol/tftp/client-session.js';
import { DataPackets } from '../src/protocol/tftp/data-packets.js';
import { DEFAULT_BLOCK_SIZE } from '../src/protocol/tftp/options.js';
import {
  acknowledgement,
  decodePacket,
  encodePacket,
  HEADER_OCTETS,
  type TftpPacket,
} from '../src/protocol/tftp/packets.js';
import { copyOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, sameContent } from './codec-sample.js';

/** A list of usual size (phone-config.md 8). */
const FILE_OCTETS = 8192;
const SERVER = '127.10.0.1';
const SERVER_PORT = 69;
/** Where the server's transfers come from. */
const TRANSFER_PORT = 40_069;

const OPTIONS = [
  { name: 'blksize', value: '1428' },
  { name: 'tsize', value: '0' },
];

function packetSample(name: string, packet: TftpPacket, encode: () => Uint8Array): CodecSample {
  const octets = encode();
  return {
    name: `TFTP ${name}`,
    unit: 'packets',
    octets,
    measures: [
      decodes('decode', () => decodePacket(octets), copyOf(octets)),
      encodes('encode', encode, copyOf(octets)),
    ],
    says: (read) => sameContent(decodePacket(read), packet),
  };
}

/** A phone's end of a transfer, which answers each packet with an ACK and puts the file together. */
function takeFile(packets: readonly Uint8Array[]): Uint8Array | undefined {
  const session = new ClientSession(
    {
      file: 'CTLSEP001F9E266369.tlv',
      options: {},
      serverAddress: SERVER,
      serverPort: SERVER_PORT,
      limits: TFTP_CLIENT_LIMITS,
    },
    0,
  );
  for (const packet of packets) session.receive(packet, SERVER, TRANSFER_PORT, 0);
  return session.end?.status === 'ok' ? session.end.bytes : undefined;
}

/** All the packets of a file without options: the server frames a file once, each phone takes all of them. */
function dataSample(): CodecSample {
  const file = Buffer.alloc(FILE_OCTETS, 'trust');
  const frame = (): readonly Uint8Array[] => {
    const packets = new DataPackets(file, DEFAULT_BLOCK_SIZE);
    return Array.from({ length: packets.count }, (_, index) => packets.packet(index + 1));
  };
  const packets = frame();
  const octets = Buffer.concat(packets);
  return {
    name: `TFTP DATA, ${packets.length} packets`,
    unit: 'files',
    octets,
    measures: [
      decodes('take, with ACKs', () => takeFile(packets), copyOf(octets)),
      encodes('frame', frame, copyOf(octets)),
    ],
    says: (read) => {
      const size = HEADER_OCTETS + DEFAULT_BLOCK_SIZE;
      const cut = packets.map((_, index) => read.subarray(index * size, (index + 1) * size));
      return sameContent(takeFile(cut), file);
    },
  };
}

/** What goes over the wire when a phone fetches a file. */
export function tftpSamples(): readonly CodecSample[] {
  const rrq = { kind: 'rrq', file: 'SEP001F9E266369.cnf.xml.sgn', mode: 'octet', options: OPTIONS } as const;
  const oack = {
    kind: 'oack',
    options: OPTIONS.map(({ name, value }) => ({ name, value: name === 'tsize' ? '9012' : value })),
  } as const;
  return [
    packetSample('RRQ', rrq, () => encodePacket(rrq)),
    packetSample('OACK', oack, () => encodePacket(oack)),
    dataSample(),
    // kept for all transfers: none is encoded twice
    packetSample('ACK', { kind: 'ack', block: 17 }, () => acknowledgement(17)),
  ];
}
