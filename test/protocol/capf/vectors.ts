import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Certificate } from '../../../src/pki/certificate.js';
import type { Identity } from '../../../src/pki/keys.js';

export type Direction = 'server->client' | 'client->server';

export interface VectorElement {
  readonly tag: number;
  readonly offset: number;
  readonly value?: unknown;
  readonly hex?: string | null;
  readonly certificate?: { readonly sha256: string };
  readonly signatureHex?: string;
  readonly hashAlgorithm?: string;
  readonly error?: string;
  readonly parts?: readonly {
    readonly type: number;
    readonly length: number;
    readonly signatureHex?: string;
    readonly certificate?: { readonly sha256: string };
  }[];
}

export interface VectorMessage {
  readonly dir: Direction;
  /** Absent where the line says what the connection did. */
  readonly hex?: string | null;
  readonly event?: string;
  readonly writtenInChunks?: readonly number[] | number;
  readonly decoded?: {
    readonly commandName: string;
    readonly sessionId: number;
    readonly elements: readonly VectorElement[];
  };
  readonly command?: string;
  readonly elements?: readonly VectorElement[];
}

interface Conversation {
  readonly id: string;
  readonly messages: readonly VectorMessage[];
}

export interface VectorSession extends Conversation {
  readonly deviceName: string;
  readonly serverBefore:
    | {
        readonly operation: 'install' | 'fetch' | 'delete' | 'none';
        readonly authentication: 'password' | 'no password' | 'certificate';
        readonly password: string | null;
      }
    | string;
  readonly client: {
    readonly password: string | null;
    readonly authenticationCertificate: string | null;
    readonly sudiCertificate: string | null;
  };
  readonly serverAfter?: { readonly operation: string };
}

interface SignatureVector {
  readonly deviceName: string;
  readonly sessionId: number;
  readonly certificateFixture: string;
  readonly signedInputHexPrefix: string;
  readonly signedInputLength: number;
  readonly results: Readonly<Record<'SHA-1' | 'SHA-512', { readonly signatureHex: string }>>;
  readonly sha1SignatureHex: string;
  readonly sha512SignatureHex: string;
}

interface Vectors {
  readonly fixtures: Readonly<
    Record<string, { readonly certificateDerHex: string; readonly testPrivateKeyPkcs8DerHex: string }>
  >;
  readonly sessions: readonly VectorSession[];
  readonly constructed: readonly Conversation[];
  readonly serverErrorCases: readonly (Conversation & { readonly cause: string })[];
  readonly clientErrorCases: readonly (Conversation & {
    readonly clientVerdict: string;
    readonly clientExit: number;
  })[];
  readonly certificateAuthenticationCases: {
    readonly cases: readonly {
      readonly id: string;
      readonly accepted: boolean;
      readonly sessionId: number;
      readonly requestHex: string;
      readonly responseHex: string;
    }[];
  };
  readonly signatures: Readonly<Record<'rsa-auth' | 'rsa-sudi' | 'ec-auth', SignatureVector>>;
}

const file = fileURLToPath(new URL('../../../../shared/reference/vectors/capf.json', import.meta.url));

/** Vectors live outside the repository. */
export const missing = !existsSync(file);

export const vectors: Vectors = missing
  ? {
      fixtures: {},
      sessions: [],
      constructed: [],
      serverErrorCases: [],
      clientErrorCases: [],
      certificateAuthenticationCases: { cases: [] },
      signatures: {} as Vectors['signatures'],
    }
  : JSON.parse(readFileSync(file, 'utf8'));

export function octetsOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** A certificate of the vectors with its key. */
export function fixture(name: string): Identity {
  const found = vectors.fixtures[name];
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return {
    certificate: Certificate.fromDer(octetsOf(found.certificateDerHex)),
    privateKey: createPrivateKey({
      key: octetsOf(found.testPrivateKeyPkcs8DerHex),
      format: 'der',
      type: 'pkcs8',
    }),
  };
}

/** When the vectors were captured: their certificates are valid. */
export const CAPTURED = Date.parse('2026-11-22T00:00:00Z');
