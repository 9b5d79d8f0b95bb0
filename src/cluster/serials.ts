import type { KeyObject } from 'node:crypto';
import { CUCM_SERIAL_OCTETS, cucmSerial, keyedSerial } from '../pki/authority.js';

/** Octets of the run's random numbers. */
export function randomOctets(count: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
}

/**
 * A serial number for what is issued to a phone: 16 octets, positive (capf.md 10.1). No list names it, and in virtual time it is
 * the same whatever key the phone has, which depends on the number of threads.
 */
export function drawSerial(random: () => number): Uint8Array {
  return cucmSerial(randomOctets(CUCM_SERIAL_OCTETS, random));
}

/**
 * A serial number for what is a cluster's or a CA's own, of the same form. It depends on the key, too: two clusters of one seed
 * with keys of their own are strangers to each other.
 *
 * @returns gives the number once the key is there: what is drawn must not depend on how long keys take.
 */
export function drawKeyedSerial(random: () => number): (publicKey: KeyObject | Uint8Array) => Uint8Array {
  const drawn = randomOctets(CUCM_SERIAL_OCTETS, random);
  return (publicKey) => keyedSerial(drawn, publicKey);
}

/** `date` some years later, for the end of a certificate's validity. */
export function yearsAfter(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
