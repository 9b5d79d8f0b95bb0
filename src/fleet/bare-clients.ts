import type { ModelProfile } from '../device/model.js';
import type { TlsRange } from '../device/security.js';
import type { BareClient } from '../net/bare-handshakes.js';
import { SecureContexts } from '../net/secure-contexts.js';
import { atLevel0 } from '../net/tls-versions.js';
import { ciphersFor } from '../phone/decide/transport.js';
import { issueCertificate } from '../pki/authority.js';
import type { Identity } from '../pki/keys.js';
import { PrimePool } from '../pki/prime-pool.js';
import type { BareKind } from './laboratory.js';

/** LSCs have keys of this size (cluster-operations.md 4.0). */
const BITS = 2048;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A phone's context serves its registration and its standby connection. */
export const HANDSHAKES_A_CONTEXT = 2;

let identity: Promise<Identity> | undefined;

/** Whether two ranges have a version in common. */
export function overlaps(a: TlsRange, b: TlsRange): boolean {
  return Number(a.min) <= Number(b.max) && Number(b.min) <= Number(a.max);
}

/**
 * Clients that shake hands as these phones do, with their versions and ciphers. For `mutual` each loads a certificate and its
 * key into OpenSSL, as a phone with an LSC of its own has to; for `mutual-one-certificate` all share what was loaded once.
 */
export async function bareClients(
  kind: BareKind,
  phones: readonly { readonly address: string; readonly model: ModelProfile }[],
): Promise<BareClient[]> {
  identity ??= bareIdentity();
  const own = await identity;
  const shared = new SecureContexts();
  return phones.map(({ address: localAddress, model: { tls, family } }): BareClient => {
    if (kind === 'server-auth')
      return { localAddress, secureContext: () => shared.get({ ...tls, identity: null }) };
    const profile = { ...tls, identity: own, ciphers: atLevel0(ciphersFor('encrypted', family)) };
    if (kind === 'mutual-one-certificate') return { localAddress, secureContext: () => shared.get(profile) };
    let contexts = new SecureContexts();
    let uses = 0;
    return {
      localAddress,
      secureContext: () => {
        if (uses % HANDSHAKES_A_CONTEXT === 0) contexts = new SecureContexts();
        uses += 1;
        return contexts.get(profile);
      },
    };
  });
}

/** Of the size and shape of an LSC; nobody asks whose it is. */
async function bareIdentity(): Promise<Identity> {
  const { privateKey, publicKey } = (await PrimePool.create(BITS, 1)).pair(0);
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: 'CP-8841-SEP000000000000' }],
    issuer: 'self',
    publicKey,
    signWith: privateKey,
    digest: 'sha256',
    serial: Uint8Array.of(1),
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [],
  });
  return { certificate, privateKey };
}
