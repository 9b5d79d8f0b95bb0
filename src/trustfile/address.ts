import { TrustfleetError } from '../errors.js';

/** Text of the 4 or 16 octets of an IPADDRESS; IPv6 as RFC 5952 writes it (trust-files.md 4.5). */
export function addressText(octets: Uint8Array): string {
  return octets.length === 4 ? octets.join('.') : ipv6Text(octets);
}

function ipv6Text(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[i] ?? 0) * 256 + (octets[i + 1] ?? 0));
  let start = -1;
  let longest = 1; // a single zero group is written out
  for (let i = 0; i < 8; i += 1) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run += 1;
    if (run > longest) {
      start = i;
      longest = run;
    }
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start === -1 ? text(0, 8) : `${text(0, start)}::${text(start + longest, 8)}`;
}

/**
 * Octets of an IPv4 or IPv6 address.
 *
 * @throws TrustfleetError TF_USAGE when the text is neither.
 */
export function addressOctets(text: string): Uint8Array {
  const octets = text.includes(':') ? ipv6Octets(text) : ipv4Octets(text);
  if (octets === undefined) {
    throw new TrustfleetError('TF_USAGE', `"${text}" is neither an IPv4 nor an IPv6 address`);
  }
  return octets;
}

function ipv4Octets(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function ipv6Octets(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes('.') ? ipv4Octets(part) : undefined;
    if (dotted !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = dotted;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
