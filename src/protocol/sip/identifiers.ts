/** A number in [0, 1) from the run's seed. */
export type Random = () => number;

/** Eight lower-case hex digits. */
export function hex8(random: Random): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}

/**
 * Names of dialogs and transactions as the phones make them (sip.md 3.1). Tags and Call-IDs hold the MAC and a counter of
 * four hex digits that goes up with every new dialog of a boot.
 */
export class Identifiers {
  readonly #mac: string;
  readonly #random: Random;
  #counter: number;

  /**
   * @param mac 12 hex digits
   * @param first counter of the first dialog; a 7821 begins with 2
   */
  constructor(mac: string, random: Random, first = 2) {
    this.#mac = mac.toLowerCase();
    this.#random = random;
    this.#counter = first;
  }

  /** From tag and Call-ID of a new dialog, which share its counter. */
  dialog(address: string): { readonly tag: string; readonly callId: string } {
    const counter = this.#next();
    const mac = this.#mac;
    return {
      tag: `${mac}${counter}${hex8(this.#random)}-${hex8(this.#random)}`,
      callId: `${mac.slice(0, 8)}-${mac.slice(8)}${counter}-${hex8(this.#random)}-${hex8(this.#random)}@${address}`,
    };
  }

  /** Tag for the To of an answer. */
  tag(): string {
    return `${this.#mac}${this.#next()}${hex8(this.#random)}-${hex8(this.#random)}`;
  }

  branch(): string {
    return `z9hG4bK${hex8(this.#random)}`;
  }

  /** Value of Session-ID: one a boot, with no remote half yet (firmware 11.5 and newer). */
  sessionId(): string {
    return `${hex8(this.#random)}00105000a000${this.#mac};remote=${'0'.repeat(32)}`;
  }

  /** Name of a body that Refer-To points at. */
  contentId(address: string): string {
    return `${hex8(this.#random)}@${address}`;
  }

  #next(): string {
    const counter = this.#counter;
    this.#counter = (counter + 1) & 0xffff;
    return counter.toString(16).padStart(4, '0');
  }
}

let lastSecond = Number.NaN;
let lastDate = '';

/** RFC 1123 date, e.g. `Wed, 15 May 2024 13:45:30 GMT`. Made once a second, whatever the number of messages. */
export function sipDate(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = new Date(second * 1000).toUTCString();
  }
  return lastDate;
}

/** Host part of a URI, of Via: IPv6 addresses in brackets. */
export function hostText(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
