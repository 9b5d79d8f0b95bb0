export type AddressFamily = 'ipv4' | 'ipv6';

/** A colon stands in every IPv6 address and in no other name or address. */
export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
