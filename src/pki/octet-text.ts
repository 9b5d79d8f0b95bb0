/** First code point that stands for an octet which is no UTF-8: octet 0x80 is U+DC80, as in Python's surrogateescape. */
const ESCAPE_BASE = 0xdc00;

const LONE_SURROGATE = /\p{Surrogate}/u;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of a name in a trust file or a TVS message. Names are compared as opaque octets (trust-files.md 5), so two values must
 * never decode to one string: octets that are no UTF-8 become lone surrogates instead of U+FFFD, and `encodeOctetText` brings
 * them back.
 */
export function decodeOctetText(octets: Buffer): string {
  const text = octets.toString('utf8');
  return text.includes('\ufffd') ? decodeOddText(octets) : text;
}

function decodeOddText(octets: Buffer): string {
  try {
    return strict.decode(octets);
  } catch {
    let text = '';
    for (let at = 0; at < octets.length; ) {
      const size = sequenceLength(octets, at);
      text +=
        size === 0
          ? String.fromCharCode(ESCAPE_BASE + (octets[at] ?? 0))
          : octets.toString('utf8', at, at + size);
      at += Math.max(size, 1);
    }
    return text;
  }
}

/** Octets of the well-formed UTF-8 sequence at `at`, or 0 where there is none. */
function sequenceLength(octets: Buffer, at: number): number {
  const first = octets[at] ?? 0;
  const size =
    first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > octets.length) return 0;
  try {
    strict.decode(octets.subarray(at, at + size));
    return size;
  } catch {
    return 0;
  }
}

/** Octets of a text, lone surrogates from U+DC80 to U+DCFF as the octets that they stand for. */
export function encodeOctetText(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff;
    parts.push(escaped ? Buffer.of(code - ESCAPE_BASE) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}
