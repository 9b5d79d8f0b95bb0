/**
 * Limits of what a SIP peer may send. Going past one is TF_MESSAGE_TOO_LARGE. The longest genuine message known is 2.7 kB
 * (sip.md, REGISTER with digest); multipart bodies of a CUCM with many speed dials stay under 16 kB.
 */
export interface SipLimits {
  /** Octets from the first line to the empty line, both included. */
  readonly headOctets: number;
  /** Octets of one header value after unfolding. */
  readonly headerOctets: number;
  readonly headers: number;
  readonly bodyOctets: number;
}

export const SIP_LIMITS: SipLimits = {
  headOctets: 16_384,
  headerOctets: 4_096,
  headers: 96,
  bodyOctets: 65_536,
};
