import { hash, type KeyObject, sign } from 'node:crypto';
import type { Peer } from './codec-sample.js';

/** What the peers are and why, for the reader of the table. */
export const PEERS =
  'copy: the same octets copied, since a message has to be written somewhere; SHA-1: their digest, which whoever verifies or signs needs, ' +
  'too; RSA: the signature alone; JSON: JSON.parse and JSON.stringify of the same content, from and to octets; X509Certificate ' +
  '(node:crypto), node-forge: the same fields of the same certificate';

/** The least that a codec of binary messages does. */
export function copyOf(octets: Uint8Array): Peer {
  return { name: 'copy', run: () => Buffer.from(octets) };
}

/** The least that whoever verifies or signs a trust file does. */
export function digestOf(octets: Uint8Array): Peer {
  return { name: 'SHA-1', run: () => hash('sha1', octets, 'buffer') };
}

/** The least that whoever issues or signs does. */
export function signatureOf(digest: 'sha1' | 'sha256', octets: Uint8Array, key: KeyObject): Peer {
  return { name: 'RSA', run: () => sign(digest, octets, key) };
}

/** How fast V8's own native code reads and writes the same content; `content` is plain data. */
export function jsonOf(content: unknown): { readonly parse: Peer; readonly stringify: Peer } {
  const octets = Buffer.from(JSON.stringify(content));
  return {
    parse: { name: 'JSON', run: () => JSON.parse(octets.toString()) },
    stringify: { name: 'JSON', run: () => Buffer.from(JSON.stringify(content)) },
  };
}
