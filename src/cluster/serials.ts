import { CUCM_SERIAL_OCTETS, cucmSerial } from '../pki/authority.js';

/** Octets of the run's random numbers. */
export function randomOctets(count: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
}

/** A serial number as Unified CM and CAPF draw them: 16 octets, positive (capf.md 10.1). */
export function drawSerial(random: () => number): Uint8Array {
  return cucmSerial(randomOctets(CUCM_SERIAL_OCTETS, random));
}

/** `date` some years later, for the end of a certificate's validity. */
export function yearsAfter(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
