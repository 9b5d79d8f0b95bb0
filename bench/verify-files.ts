import type { Certificate } from '../src/pki/certificate.js';
import { buildTrustList } from '../src/trustfile/index.js';
import { ctlRecords, keyOf, nodeCertificate } from './ctl-records.js';

export interface VerifyCase {
  readonly records: number;
  readonly bits: 1024 | 2048;
  readonly digest: 'sha1' | 'sha512';
}

/** What is verified: lists that differ in their time stamps, so in their signatures too. */
export interface CaseFiles {
  readonly signer: Certificate;
  readonly files: readonly Buffer[];
}

/** Distinct lists of a case; a batch of 100 goes through them again and again. */
const FILES = 50;

export function makeCase({ records, bits, digest }: VerifyCase): CaseFiles {
  const signer = nodeCertificate('cucm-pub', 1, bits);
  const specs = ctlRecords(signer, records);
  const { privateKey } = keyOf(bits);
  const files = Array.from({ length: FILES }, (_, i) =>
    buildTrustList(
      { filename: 'CTLFile.tlv', timestamp: 1_790_000_000 + i, records: specs, digest },
      { certificate: signer, privateKey },
    ),
  );
  return { signer, files };
}
