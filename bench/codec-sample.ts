import { isDeepStrictEqual } from 'node:util';
import { TrustfleetError } from '../src/errors.js';

/** A message as `bench codecs` measures it: its octets, made by the product's own encoder, and what is done with them. */
export interface CodecSample {
  /** `TVS query`. */
  readonly name: string;
  /** What one of them is: `messages`. */
  readonly unit: string;
  /** All of it as it goes over the wire or lies in a file. */
  readonly octets: Uint8Array;
  readonly measures: readonly Measure[];
  /** Do these octets say what was encoded? May throw what the decoder throws. */
  readonly says: (octets: Uint8Array) => boolean;
}

export type Measure = Decoding | Encoding;

interface Measured {
  /** What is done: `decode`, `read`, `sign`. */
  readonly what: string;
  readonly peer: Peer;
}

interface Decoding extends Measured {
  readonly kind: 'decode';
  readonly run: () => unknown;
}

interface Encoding extends Measured {
  readonly kind: 'encode';
  /** Gives the octets of the sample, in one piece or in several. */
  readonly run: () => Written;
}

type Written = Uint8Array | readonly Uint8Array[];

/** What stands beside a codec: a limit that it cannot pass, or somebody else's code with the same content. */
export interface Peer {
  readonly name: string;
  readonly run: () => unknown;
}

export function decodes(what: string, run: () => unknown, peer: Peer): Measure {
  return { kind: 'decode', what, run, peer };
}

export function encodes(what: string, run: () => Written, peer: Peer): Measure {
  return { kind: 'encode', what, run, peer };
}

/**
 * Are the octets read as what was written, and does every encoder give just these octets? A bench of an error path would be
 * worthless.
 *
 * @throws TrustfleetError TF_WORKER_DIED when not, and what the decoder throws
 */
export function checkSample({ name, octets, measures, says }: CodecSample): void {
  const broken = (what: string): TrustfleetError =>
    new TrustfleetError('TF_WORKER_DIED', `${name}: ${what}: the bench is broken`);
  if (!says(octets)) throw broken('what was read is not what was written');
  for (const measure of measures) {
    if (measure.kind === 'encode' && !Buffer.concat([measure.run()].flat()).equals(octets))
      throw broken(`${measure.what} gave other octets`);
  }
}

/** Do two messages say the same? Octets are compared as octets, be they views, copies or Buffers. */
export function sameContent(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** Octets as hex, all else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
