import { TrustfleetError } from '../errors.js';

/** One DER element: where its contents start and end in the buffer it was read from. */
export interface DerElement {
  readonly tag: number;
  /** Offset of the tag octet. */
  readonly start: number;
  /** Offset of the first content octet. */
  readonly content: number;
  /** Offset after the last content octet. */
  readonly end: number;
}

function malformed(message: string, offset: number): TrustfleetError {
  return new TrustfleetError('TF_CERT_MALFORMED', `${message} at offset ${offset}`, { context: { offset } });
}

/**
 * Reads the element at `offset`; definite lengths of up to 4 octets only, as DER has them.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED when the element does not fit below `limit`.
 */
export function readDer(bytes: Uint8Array, offset: number, limit: number = bytes.length): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || offset + 2 > limit)
    throw malformed('DER element cut off', offset);
  if ((tag & 0x1f) === 0x1f)
    throw malformed(`DER tag 0x${tag.toString(16)} of several octets is not used in X.509`, offset);
  let length = first;
  let content = offset + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4)
      throw malformed(`DER length of ${octets} octets, expected 1 to 4`, offset + 1);
    length = 0;
    for (let i = 0; i < octets; i += 1) {
      const octet = bytes[content + i];
      if (octet === undefined) throw malformed('DER length cut off', offset + 1);
      length = length * 256 + octet;
    }
    content += octets;
  }
  const end = content + length;
  if (end > limit)
    throw malformed(`DER element of ${length} octets ends ${end - limit} octets too late`, offset);
  return { tag, start: offset, content, end };
}

/** As `readDer`, and the tag must be the given one. */
export function expectDer(
  bytes: Uint8Array,
  offset: number,
  limit: number,
  tag: number,
  what: string,
): DerElement {
  const element = readDer(bytes, offset, limit);
  if (element.tag !== tag) {
    throw malformed(
      `${what}: found tag 0x${element.tag.toString(16)}, expected 0x${tag.toString(16)}`,
      offset,
    );
  }
  return element;
}

/** Length octets of DER for a content of `length` octets. */
export function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

/** Wraps contents in a tag and a length. Copied piece by piece: `Buffer.concat` takes twice as long (`bench codecs`). */
export function derWrap(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of contents) length += part.length;
  const lengthOctets = derLength(length);
  const octets = Buffer.allocUnsafe(1 + lengthOctets.length + length);
  octets[0] = tag;
  octets.set(lengthOctets, 1);
  let at = 1 + lengthOctets.length;
  for (const part of contents) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}
