import { issueCertificate } from '../../src/pki/authority.js';
import { type Identity, pooledKeys } from '../../src/pki/keys.js';

const keys = pooledKeys();
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** A server certificate that signs itself; nobody has to believe it. */
export async function selfSigned(commonName = 'server.example'): Promise<Identity> {
  const { publicKey, privateKey } = await keys.rsa(1024);
  const now = Date.now();
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: commonName }],
    issuer: 'self',
    publicKey,
    signWith: privateKey,
    digest: 'sha256',
    serial: Uint8Array.of(1),
    notBefore: new Date(now - YEAR_MS),
    notAfter: new Date(now + YEAR_MS),
    extensions: [],
  });
  return { certificate, privateKey };
}
