import { TrustfleetError } from '../errors.js';
import { ELEMENT_OVERHEAD, MAX_U16 } from './tags.js';

/**
 * TAG, LENGTH and VALUE, the last one in parts.
 *
 * @throws TrustfleetError TF_TLV_TOO_LARGE when the value does not fit into the 16 bits of LENGTH.
 */
export function element(tag: number, ...value: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of value) length += part.length;
  if (length > MAX_U16) {
    throw new TrustfleetError(
      'TF_TLV_TOO_LARGE',
      `value of ${length} octets for tag ${tag}, at most ${MAX_U16} fit`,
      { context: { tag } },
    );
  }
  const octets = Buffer.allocUnsafe(ELEMENT_OVERHEAD + length);
  octets[0] = tag;
  octets.writeUInt16BE(length, 1);
  let at = ELEMENT_OVERHEAD;
  for (const part of value) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

export function u8Element(tag: number, value: number): Buffer {
  return Buffer.of(tag, 0, 1, value);
}

export function u16Element(tag: number, value: number): Buffer {
  return Buffer.of(tag, 0, 2, value >> 8, value & 0xff);
}

export function u32Element(tag: number, value: number): Buffer {
  const octets = Buffer.of(tag, 0, 4, 0, 0, 0, 0);
  octets.writeUInt32BE(value, ELEMENT_OVERHEAD);
  return octets;
}
