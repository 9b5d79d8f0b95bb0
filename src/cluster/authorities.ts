import type { KeyObject } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { issueCertificate, spkiOf } from '../pki/authority.js';
import type { Certificate } from '../pki/certificate.js';
import { basicConstraints, keyUsage, subjectKeyIdentifier } from '../pki/extensions.js';
import type { ClusterContext } from './context.js';
import { drawKeyedSerial, yearsAfter } from './serials.js';

/** An external CA as a cluster file names it; the first without `issuer` is a root. */
export interface AuthoritySpec {
  readonly name: string;
  /** Name of the CA above it. */
  readonly issuer?: string;
}

/** The CAs of OP-15 where nothing else is said: a root, and an intermediate that signs. */
export const DEFAULT_AUTHORITIES: readonly AuthoritySpec[] = [
  { name: 'Example Root CA' },
  { name: 'Example Issuing CA', issuer: 'Example Root CA' },
];

/** A CA outside the cluster, which an administrator carries requests to. */
export interface ExternalAuthority {
  readonly name: string;
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** CAs by name; made when they are first asked for something. */
export interface Authorities {
  readonly specs: readonly AuthoritySpec[];
  readonly made: ReadonlyMap<string, ExternalAuthority>;
}

const AUTHORITY_BITS = 2048;
const AUTHORITY_YEARS = 15;

/**
 * The CAs with this one and all above it made.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED for a name that no CA has, naming those there are.
 */
export async function withAuthority(
  authorities: Authorities,
  name: string,
  context: ClusterContext,
): Promise<Authorities> {
  if (authorities.made.has(name)) return authorities;
  const spec = authorities.specs.find((known) => known.name === name);
  if (spec === undefined) {
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `no CA "${name}": expected one of ${authorities.specs.map((known) => known.name).join(', ')}`,
    );
  }
  // a CA stands after the one above it (spec-check.ts), so this ends
  const above =
    spec.issuer === undefined ? authorities : await withAuthority(authorities, spec.issuer, context);
  const issuer = spec.issuer === undefined ? undefined : above.made.get(spec.issuer);
  const made = await makeAuthority(spec.name, issuer, context);
  return { specs: above.specs, made: new Map(above.made).set(name, made) };
}

async function makeAuthority(
  name: string,
  issuer: ExternalAuthority | undefined,
  context: ClusterContext,
): Promise<ExternalAuthority> {
  const notBefore = context.now();
  const serialOf = drawKeyedSerial(context.random);
  const { publicKey, privateKey } = await context.keys.rsa(AUTHORITY_BITS);
  const spki = spkiOf(publicKey);
  const certificate = issueCertificate({
    subject: [
      { key: 'O', value: 'Example Trust Services' },
      { key: 'CN', value: name },
    ],
    issuer: issuer?.certificate ?? 'self',
    publicKey: spki,
    signWith: issuer?.privateKey ?? privateKey,
    digest: 'sha256',
    serial: serialOf(spki),
    notBefore,
    notAfter: yearsAfter(notBefore, AUTHORITY_YEARS),
    extensions: [
      basicConstraints({ pathLength: issuer === undefined ? 2 : 1 }),
      keyUsage(['certSign', 'crlSign'], true),
      subjectKeyIdentifier(spki),
    ],
  });
  return { name, certificate, privateKey };
}
