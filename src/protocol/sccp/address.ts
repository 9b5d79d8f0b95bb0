import { TrustfleetError } from '../../errors.js';

/** SCCP carries addresses as octets in written order, not as little-endian numbers (sccp.md 1). */

export function formatIpv4(octets: Uint8Array): string {
  return `${octets[0] ?? 0}.${octets[1] ?? 0}.${octets[2] ?? 0}.${octets[3] ?? 0}`;
}

/** @throws TrustfleetError TF_SCCP_MALFORMED where `text` is no dotted IPv4 address */
export function parseIpv4(text: string): Uint8Array {
  const parts = text.split('.');
  const octets = Uint8Array.from(parts, Number);
  if (parts.length !== 4 || parts.some((part, i) => part !== String(octets[i]))) {
    throw new TrustfleetError('TF_SCCP_MALFORMED', `"${text}" is no IPv4 address such as 192.0.2.1`);
  }
  return octets;
}

/** RFC 5952: lower case, the longest run of at least two zero groups shortened. */
export function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  let start = 0;
  let length = 0;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) {
      to++;
    }
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) {
    return hex.join(':');
  }
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** @throws TrustfleetError TF_SCCP_MALFORMED where `text` is no IPv6 address in hexadecimal groups */
export function parseIpv6(text: string): Uint8Array {
  const halves = text.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...tail];
  const complete = halves.length === 2 ? missing >= 1 : halves.length === 1 && missing === 0;
  if (!complete || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) {
    throw new TrustfleetError('TF_SCCP_MALFORMED', `"${text}" is no IPv6 address such as 2001:db8::1`);
  }
  const octets = new Uint8Array(16);
  groups.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    octets[2 * i] = value >> 8;
    octets[2 * i + 1] = value & 0xff;
  });
  return octets;
}
