import { createHash } from 'node:crypto';
import type { Authority } from '../pki/device-certificates.js';
import { eTokenCertificate, manufacturingCertificate } from '../pki/device-certificates.js';
import { type Signer, signerIdOf } from '../trustfile/index.js';
import type { ClusterContext } from './context.js';
import { drawKeyedSerial, yearsAfter } from './serials.js';

/** A hardware security token of the CTL client: an RSA-1024 key under Cisco's manufacturing CA (trust-files.md 5.2). */
export interface Token extends Signer {
  /** Its name in scenarios, e.g. `T1`. */
  readonly name: string;
}

/** Tokens that were ever bought for this cluster, by name, and who issued them. */
export interface Tokens {
  /** null as long as there are none. */
  readonly issuer: Authority | null;
  readonly known: ReadonlyMap<string, Token>;
}

export const NO_TOKENS: Tokens = { issuer: null, known: new Map() };

/** cluster-operations.md 4.0. */
const TOKEN_BITS = 1024;
const TOKEN_YEARS = 10;
const ISSUER_YEARS = 30;

/** The tokens with these names; new ones are made, so that a name always means the same token. */
export async function withTokens(
  tokens: Tokens,
  names: readonly string[],
  context: ClusterContext,
): Promise<Tokens> {
  const fresh = [...new Set(names)].filter((name) => !tokens.known.has(name));
  if (fresh.length === 0) return tokens;
  const issuer = tokens.issuer ?? (await makeIssuer(context));
  const known = new Map(tokens.known);
  // one after the other: serial numbers come from the run's random numbers, in the order of the names
  for (const name of fresh) known.set(name, await makeToken(name, issuer, context));
  return { issuer, known };
}

async function makeIssuer(context: ClusterContext): Promise<Authority> {
  const notBefore = context.now();
  const serialOf = drawKeyedSerial(context.random);
  const pair = await context.keys.rsa(2048);
  const certificate = manufacturingCertificate('Cisco Manufacturing CA', {
    ...pair,
    digest: 'sha1',
    serial: serialOf(pair.publicKey),
    notBefore,
    notAfter: yearsAfter(notBefore, ISSUER_YEARS),
  });
  return { certificate, privateKey: pair.privateKey };
}

async function makeToken(name: string, issuer: Authority, context: ClusterContext): Promise<Token> {
  const notBefore = context.now();
  const serialOf = drawKeyedSerial(context.random);
  const { publicKey, privateKey } = await context.keys.rsa(TOKEN_BITS);
  const certificate = eTokenCertificate(printedSerial(name), {
    issuer,
    publicKey,
    digest: 'sha1',
    serial: serialOf(publicKey),
    notBefore,
    notAfter: yearsAfter(notBefore, TOKEN_YEARS),
  });
  // lists name a token in the rendering of Windows (trust-files.md 5.2, 6)
  return { name, certificate, privateKey, id: signerIdOf(certificate, 'etoken') };
}

/** Serial number on the case, `ADN` and eight hex digits. */
function printedSerial(name: string): string {
  return `ADN${createHash('sha1').update(name).digest('hex').slice(0, 8)}`;
}
