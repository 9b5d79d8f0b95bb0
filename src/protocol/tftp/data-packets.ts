import { HEADER_OCTETS, writeDataHeader } from './packets.js';

/** Files up to this size, in octets and in blocks, are framed once for all transfers; others block by block. */
const MAX_FRAMED_OCTETS = 1 << 20;
const MAX_FRAMED_BLOCKS = 4096;
/** Block sizes for which the framed packets of one file are kept; clients choose them, so there has to be an end. */
export const MAX_BLOCK_SIZES_KEPT = 4;

/**
 * The DATA packets of one file at one block size, shared by all transfers of it (speed.md, rule 8). Packets must not be
 * written to. The file must not change either: a new version is a new array.
 */
export class DataPackets {
  readonly file: Uint8Array;
  readonly blockSize: number;
  /** Blocks of a transfer: the last one is shorter than `blockSize`, and empty where the size is a multiple of it. */
  readonly count: number;
  readonly #framed: Uint8Array[] | undefined;

  constructor(file: Uint8Array, blockSize: number) {
    this.file = file;
    this.blockSize = blockSize;
    this.count = Math.floor(file.length / blockSize) + 1;
    const isFramed = file.length <= MAX_FRAMED_OCTETS && this.count <= MAX_FRAMED_BLOCKS;
    if (isFramed) this.#framed = frameAll(file, blockSize, this.count);
  }

  /** Packet of block `index` (from 1, not rolled over; the number in it is: after 65535 comes 0). */
  packet(index: number): Uint8Array {
    return this.#framed?.[index - 1] ?? frame(this.file, this.blockSize, index);
  }
}

function frameAll(file: Uint8Array, blockSize: number, count: number): Uint8Array[] {
  const octets = Buffer.allocUnsafeSlow(file.length + count * HEADER_OCTETS);
  const packets: Uint8Array[] = [];
  for (let index = 1, at = 0; index <= count; index += 1) {
    const payload = file.subarray((index - 1) * blockSize, index * blockSize);
    writeDataHeader(octets, at, index);
    octets.set(payload, at + HEADER_OCTETS);
    const end = at + HEADER_OCTETS + payload.length;
    packets.push(octets.subarray(at, end));
    at = end;
  }
  return packets;
}

function frame(file: Uint8Array, blockSize: number, index: number): Uint8Array {
  const payload = file.subarray((index - 1) * blockSize, index * blockSize);
  const packet = Buffer.allocUnsafe(HEADER_OCTETS + payload.length);
  writeDataHeader(packet, 0, index);
  packet.set(payload, HEADER_OCTETS);
  return packet;
}

/** Packets by file and block size; they go when the file goes. */
export class PacketCache {
  readonly #byFile = new WeakMap<Uint8Array, DataPackets[]>();

  packets(file: Uint8Array, blockSize: number): DataPackets {
    const kept = this.#byFile.get(file);
    const found = kept?.find((packets) => packets.blockSize === blockSize);
    if (found !== undefined) return found;
    const made = new DataPackets(file, blockSize);
    if (kept === undefined) this.#byFile.set(file, [made]);
    else if (kept.push(made) > MAX_BLOCK_SIZES_KEPT) kept.shift();
    return made;
  }
}
