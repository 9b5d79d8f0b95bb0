import { type AddressFamily, familyOf } from '../device/address-family.js';

/** Services that phones connect to. */
export const FIRED_SERVICES = ['TFTP', 'TVS', 'CallManager', 'CAPF', 'Tomcat'] as const;
export type FiredService = (typeof FIRED_SERVICES)[number];

/** A rule of `fault: { refuse: … }` (contracts.md 4). */
export interface RefusalRule {
  readonly service: FiredService;
  /** Addresses of the nodes concerned; IPv6 is one address for all of them. */
  readonly addresses: readonly string[];
  /** Only connections of this family; null: of both. */
  readonly family: AddressFamily | null;
  /** How long from each phone's own first attempt on; null: until the rule is taken away. */
  readonly eachPhoneMs: number | null;
}

/**
 * A firewall at the phones' edge of the network that rejects connections: to the phone it looks like a refused connection, and
 * nothing of it reaches the service.
 */
export class Firewall {
  readonly #now: () => number;
  #rules: { readonly rule: RefusalRule; readonly since: Map<string, number> }[] = [];

  /** @param now milliseconds of the clock that the phones live by */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(rule: RefusalRule): void {
    this.#rules.push({ rule, since: new Map() });
  }

  clear(): void {
    this.#rules = [];
  }

  /** Whether this phone's connection is rejected now. */
  refuses(phone: string, service: FiredService, address: string): boolean {
    return this.#rules.some(({ rule, since }) => {
      if (rule.service !== service) return false;
      const family = familyOf(address);
      if (rule.family !== null && rule.family !== family) return false;
      if (family === 'ipv4' && !rule.addresses.includes(address)) return false;
      if (rule.eachPhoneMs === null) return true;
      const now = this.#now();
      const first = since.get(phone) ?? now;
      since.set(phone, first);
      return now - first < rule.eachPhoneMs;
    });
  }
}
