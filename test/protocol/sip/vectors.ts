import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PATH = resolve(import.meta.dirname, '../../../../shared/reference/vectors/sip.json');

/** The reference messages live outside of the repository; without them these tests are skipped. */
export const haveVectors = existsSync(PATH);

export interface SipVector {
  readonly name: string;
  readonly direction: 'phone->server' | 'server->phone';
  readonly transport: 'tcp' | 'tls';
  readonly text: string;
}

export const vectors: readonly SipVector[] = haveVectors
  ? (JSON.parse(readFileSync(PATH, 'utf8')) as { messages: SipVector[] }).messages
  : [];

export function vector(name: string): string {
  const found = vectors.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no vector ${name} in ${PATH}`);
  return found.text;
}

export function octets(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function wire(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
