import { TrustfleetError } from '../errors.js';
import { derWrap } from './der.js';

/**
 * Dotted text of an OID's content octets. Arcs are of any size (2.25 takes a 128-bit UUID as one arc), so they are counted
 * in bigints; only OIDs without a short key come here.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED for no octets or an arc that does not end.
 */
export function dottedOid(octets: Uint8Array): string {
  const arcs: bigint[] = [];
  let value = 0n;
  for (const octet of octets) {
    value = value * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0) {
      const first = value < 80n ? value / 40n : 2n;
      arcs.push(first, value - first * 40n);
    } else {
      arcs.push(value);
    }
    value = 0n;
  }
  if (arcs.length === 0 || (octets[octets.length - 1] ?? 0x80) >= 0x80) {
    throw new TrustfleetError(
      'TF_CERT_MALFORMED',
      `OID with octets "${Buffer.from(octets).toString('hex')}" does not end`,
    );
  }
  return arcs.join('.');
}

/** OIDs that were encoded before: every certificate has the same few, and arcs of any size are dear. */
const encoded = new Map<string, Buffer>();
const MAX_ENCODED = 256;

/**
 * The OBJECT IDENTIFIER element of a dotted OID; shared, never write to it.
 *
 * @throws TrustfleetError TF_NAME_MALFORMED when `dotted` is none (X.660: first arc 0 to 2, second below 40 under 0 and 1).
 */
export function encodeOid(dotted: string): Buffer {
  let element = encoded.get(dotted);
  if (element === undefined) {
    element = encode(dotted);
    if (encoded.size < MAX_ENCODED) encoded.set(dotted, element);
  }
  return element;
}

function encode(dotted: string): Buffer {
  const arcs = /^[0-2](?:\.(?:0|[1-9]\d{0,38})){1,30}$/.test(dotted) ? dotted.split('.').map(BigInt) : [];
  const [first, second, ...rest] = arcs;
  if (first === undefined || second === undefined || (first < 2n && second >= 40n)) {
    throw new TrustfleetError('TF_NAME_MALFORMED', `"${dotted}" is not a dotted OID such as 2.5.4.3`);
  }
  const octets: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const group = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) group.unshift(Number(left & 0x7fn) | 0x80);
    octets.push(...group);
  }
  return derWrap(0x06, Uint8Array.from(octets));
}
