/** First code point that stands for an octet which is no UTF-8, as trust files have it: octet 0x80 is U+DC80. */
const ESCAPE_BASE = 0xdc00;

/**
 * Text of a name. Names are opaque octets to a phone (trust-files.md 5), so what is no UTF-8 is not lost: its octets above
 * 0x7f become lone surrogates, which `encodeName` turns back.
 */
export function decodeName(octets: Buffer): string {
  const text = octets.toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(octets)) return text;
  let escaped = '';
  for (const octet of octets) escaped += String.fromCharCode(octet < 0x80 ? octet : ESCAPE_BASE + octet);
  return escaped;
}

/** Octets of a name, lone surrogates from U+DC80 to U+DCFF as the octets that they stand for. */
export function encodeName(text: string): Buffer {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const escaped = point >= ESCAPE_BASE + 0x80 && point <= ESCAPE_BASE + 0xff;
    parts.push(escaped ? Buffer.of(point - ESCAPE_BASE) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}
