import { webcrypto } from 'node:crypto';
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509';
import forge from 'node-forge';
import { TrustfleetError } from '../src/errors.js';
import { parseTrustFile, signedOctets } from '../src/trustfile/index.js';
import type { CaseFiles } from './verify-files.js';

/** node-forge with the certificate already decoded: digest of the signed octets and RSA, nothing else. Files per CPU-second. */
export function forgeRate({ signer, files }: CaseFiles, digest: 'sha1' | 'sha512', seconds: number): number {
  const key = forge.pki.certificateFromPem(signer.toPem()).publicKey as forge.pki.rsa.PublicKey;
  return rateOf(seconds, files, (file) => {
    const list = parseTrustFile(file);
    const md = forge.md[digest].create();
    md.update(signedOctets(list).toString('latin1'));
    return key.verify(md.digest().bytes(), Buffer.from(list.header.signature).toString('latin1'));
  });
}

function rateOf(seconds: number, files: readonly Buffer[], check: (file: Buffer) => boolean): number {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    const file = files[done % files.length];
    if (file === undefined || !check(file))
      throw new TrustfleetError('TF_WORKER_DIED', 'a peer refused a valid list');
    done += 1;
  }
  return done / cpuSeconds(cpu);
}

/** CPU time of the whole process since then, seconds. */
export function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** @peculiar/x509 with the key already exported: WebCrypto over the signed octets, one at a time. Files per CPU-second. */
export async function peculiarRate(
  { signer, files }: CaseFiles,
  digest: 'sha1' | 'sha512',
  seconds: number,
): Promise<number> {
  const hash = digest === 'sha1' ? 'SHA-1' : 'SHA-512';
  const certificate = new PeculiarCertificate(Buffer.from(signer.der));
  const key = await certificate.publicKey.export({ name: 'RSASSA-PKCS1-v1_5', hash }, ['verify'], webcrypto);
  const start = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    const list = parseTrustFile(files[done % files.length] ?? Buffer.alloc(0));
    const { signature } = list.header;
    const valid = await webcrypto.subtle.verify(
      'RSASSA-PKCS1-v1_5',
      key,
      Uint8Array.from(signature),
      signedOctets(list),
    );
    if (!valid) throw new TrustfleetError('TF_WORKER_DIED', 'a peer refused a valid list');
    done += 1;
  }
  return done / cpuSeconds(cpu);
}
