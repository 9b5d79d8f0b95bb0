import { TrustfleetError } from '../../errors.js';

/** RFC 1350 section 5; 6 is RFC 2347. */
export const OPCODES = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** RFC 1350 appendix, 8 from RFC 2347. */
export const ERROR_CODES = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  allocationExceeded: 3,
  illegalOperation: 4,
  unknownTransfer: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionNegotiation: 8,
} as const;

/** Text of ERROR 0 by which our servers say what HTTP says with 503 (phone-config.md 9). */
export const SERVER_BUSY = 'Server busy';
/** CUCM's text of ERROR 1 (phone-config.md 3). */
export const FILE_NOT_FOUND = 'File not found';

/** Octets in front of the payload of DATA; all there is of an ACK. */
export const HEADER_OCTETS = 4;
/** A request with its options, octets (RFC 2347: "the maximum size of a request packet is 512 octets"). */
const MAX_REQUEST_OCTETS = 512;
/** What we keep of the text of an ERROR packet, characters: it goes into logs. */
export const MAX_ERROR_TEXT = 256;

/** As written: names are compared without regard to case (RFC 2347), their order is kept. */
export interface TftpOption {
  readonly name: string;
  readonly value: string;
}

export interface TftpRequest {
  readonly kind: 'rrq' | 'wrq';
  readonly file: string;
  /** As written: `octet`, `NetASCII`. */
  readonly mode: string;
  readonly options: readonly TftpOption[];
}

export type TftpPacket =
  | TftpRequest
  | { readonly kind: 'data'; readonly block: number; readonly payload: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: readonly TftpOption[] };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const looseUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads any packet. A DATA payload is a view of `datagram`.
 * @throws TrustfleetError TF_TFTP_MALFORMED
 */
export function decodePacket(datagram: Uint8Array): TftpPacket {
  const opcode = opcodeOf(datagram);
  switch (opcode) {
    case OPCODES.rrq:
    case OPCODES.wrq:
      return decodeRequest(datagram);
    case OPCODES.data:
      //  2 octets  2 octets   n octets
      //  03        block #    data
      return { kind: 'data', block: headerField(datagram), payload: datagram.subarray(HEADER_OCTETS) };
    case OPCODES.ack:
      //  04        block #
      return { kind: 'ack', block: headerField(datagram) };
    case OPCODES.error:
      //  05        code       text 00; a missing NUL is forgiven
      return { kind: 'error', code: headerField(datagram), message: errorText(datagram) };
    case OPCODES.oack:
      //  06  name 00 value 00 …
      return { kind: 'oack', options: decodeOptions(datagram, 2) };
    default:
      throw malformed(
        opcode === -1
          ? `a datagram of ${datagram.length} octets has no opcode`
          : `opcode ${opcode} is none of 1 to 6`,
        0,
      );
  }
}

/**
 * RRQ and WRQ: `00 01` file `00` mode `00`, then options as name `00` value `00` (RFC 1350, RFC 2347). Zero octets at the end,
 * with which some boot loaders pad a request, are ignored.
 */
function decodeRequest(datagram: Uint8Array): TftpRequest {
  if (datagram.length > MAX_REQUEST_OCTETS) {
    throw malformed(`a request of ${datagram.length} octets; at most ${MAX_REQUEST_OCTETS} are allowed`, 0);
  }
  const fileEnd = terminator(datagram, 2, 'file name');
  const modeEnd = terminator(datagram, fileEnd + 1, 'mode');
  let file: string;
  try {
    file = strictUtf8.decode(datagram.subarray(2, fileEnd));
  } catch {
    throw malformed('the file name is not UTF-8', 2);
  }
  return {
    kind: opcodeOf(datagram) === OPCODES.rrq ? 'rrq' : 'wrq',
    file,
    mode: looseUtf8.decode(datagram.subarray(fileEnd + 1, modeEnd)),
    options: decodeOptions(datagram, modeEnd + 1),
  };
}

function decodeOptions(datagram: Uint8Array, start: number): TftpOption[] {
  const options: TftpOption[] = [];
  let offset = start;
  while (offset < datagram.length) {
    const nameEnd = terminator(datagram, offset, 'option name');
    if (nameEnd === offset) {
      if (datagram.subarray(offset).every((octet) => octet === 0)) break;
      throw malformed('an option without a name', offset);
    }
    const name = looseUtf8.decode(datagram.subarray(offset, nameEnd));
    const valueEnd = terminator(datagram, nameEnd + 1, `value of option ${name}`);
    options.push({ name, value: looseUtf8.decode(datagram.subarray(nameEnd + 1, valueEnd)) });
    offset = valueEnd + 1;
  }
  return options;
}

/**
 * The octets of any packet; `encodePacket({ kind: 'rrq', file, mode: 'octet', options: [] })` is what a 7960 sends, octet by
 * octet (phone-config.md 3).
 * @throws TrustfleetError TF_TFTP_MALFORMED for texts with a NUL and numbers of more than 16 bits
 */
export function encodePacket(packet: TftpPacket): Uint8Array {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return withTexts(
        [0, OPCODES[packet.kind]],
        [packet.file, packet.mode, ...packet.options.flatMap((option) => [option.name, option.value])],
      );
    case 'data': {
      const octets = Buffer.allocUnsafe(HEADER_OCTETS + packet.payload.length);
      writeDataHeader(octets, 0, sixteenBits(packet.block));
      octets.set(packet.payload, HEADER_OCTETS);
      return octets;
    }
    case 'ack': {
      const block = sixteenBits(packet.block);
      return Buffer.from([0, OPCODES.ack, block >> 8, block & 0xff]);
    }
    case 'error': {
      const code = sixteenBits(packet.code);
      return withTexts([0, OPCODES.error, code >> 8, code & 0xff], [packet.message]);
    }
    case 'oack':
      return withTexts(
        [0, OPCODES.oack],
        packet.options.flatMap((option) => [option.name, option.value]),
      );
  }
}

/** `00 05` code text `00`. Characters that would break a log line or the packet become spaces. */
export function errorPacket(code: number, message: string): Uint8Array {
  return encodePacket({ kind: 'error', code, message: printable(message).slice(0, MAX_ERROR_TEXT) });
}

/** -1 for a datagram too short to have one. */
export function opcodeOf(datagram: Uint8Array): number {
  return datagram.length < 2 ? -1 : ((datagram[0] ?? 0) << 8) | (datagram[1] ?? 0);
}

/** Block number of DATA and ACK, code of ERROR; -1 for a datagram too short to have one. */
export function blockOf(datagram: Uint8Array): number {
  return datagram.length < HEADER_OCTETS ? -1 : ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
}

/** Text of an ERROR packet, cut and made fit for a log line; empty where the packet has none. */
export function errorText(datagram: Uint8Array): string {
  const text = datagram.subarray(HEADER_OCTETS);
  const end = text.indexOf(0);
  return printable(looseUtf8.decode(end === -1 ? text : text.subarray(0, end)).slice(0, MAX_ERROR_TEXT));
}

/** Writes `00 03` and the block number at `offset`; a block number past 65535 rolls over to 0. */
export function writeDataHeader(octets: Uint8Array, offset: number, block: number): void {
  octets[offset] = 0;
  octets[offset + 1] = OPCODES.data;
  octets[offset + 2] = (block >> 8) & 0xff;
  octets[offset + 3] = block & 0xff;
}

const acknowledgements: Uint8Array[] = [];

/**
 * The ACK of a block number (0..65535). Made once and shared by every transfer of the thread (speed.md, rule 8): never
 * write to it.
 */
export function acknowledgement(block: number): Uint8Array {
  let packet = acknowledgements[block];
  if (packet === undefined) {
    packet = encodePacket({ kind: 'ack', block });
    acknowledgements[block] = packet;
  }
  return packet;
}

const UNKNOWN_TRANSFER = errorPacket(ERROR_CODES.unknownTransfer, 'Unknown transfer ID');

/**
 * Answer to a datagram that belongs to no transfer here: ERROR 5 (RFC 1350 section 4). An ERROR is never answered by an
 * ERROR, or two hosts could go on for ever.
 */
export function unknownTransfer(datagram: Uint8Array): Uint8Array | undefined {
  return opcodeOf(datagram) === OPCODES.error ? undefined : UNKNOWN_TRANSFER;
}

function headerField(datagram: Uint8Array): number {
  const value = blockOf(datagram);
  if (value === -1)
    throw malformed(`a packet of ${datagram.length} octets; its header has ${HEADER_OCTETS}`, 2);
  return value;
}

function terminator(datagram: Uint8Array, from: number, what: string): number {
  const end = from > datagram.length ? -1 : datagram.indexOf(0, from);
  if (end === -1) throw malformed(`the ${what} at octet ${from} has no NUL behind it`, from);
  return end;
}

function withTexts(head: readonly number[], texts: readonly string[]): Uint8Array {
  for (const text of texts) {
    if (text.includes('\0')) throw malformed(`"${printable(text)}" contains a NUL`, head.length);
  }
  const terminated = texts.length === 0 ? '' : `${texts.join('\0')}\0`;
  const octets = Buffer.allocUnsafe(head.length + Buffer.byteLength(terminated));
  octets.set(head);
  octets.write(terminated, head.length, 'utf8');
  return octets;
}

function sixteenBits(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
  throw malformed(`${value} is no number of 16 bits`, 2);
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function malformed(found: string, offset: number): TrustfleetError {
  return new TrustfleetError('TF_TFTP_MALFORMED', `malformed TFTP packet: ${found}`, { context: { offset } });
}
