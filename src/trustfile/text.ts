import { decodeOctetText, encodeOctetText } from '../pki/octet-text.js';

/** Text value of an element without its one terminating 0x00, whose absence is tolerated (trust-files.md 1, 16). */
export function decodeText(bytes: Uint8Array, offset: number, length: number): string {
  const last = offset + length - 1;
  const end = length > 0 && bytes[last] === 0 ? last : offset + length;
  return decodeOctetText(Buffer.from(bytes.buffer, bytes.byteOffset + offset, end - offset));
}

/** Octets of `text` and the terminating 0x00. */
export function encodeText(text: string): Buffer {
  return Buffer.concat([encodeOctetText(text), Buffer.of(0)]);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/gu;

/** Text of a foreign file for a terminal: control characters cannot move the cursor or forge a line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = (character.codePointAt(0) ?? 0) & 0xff;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
}
