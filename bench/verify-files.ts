import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ROLE_CODES } from '../src/device/role.js';
import { issueCertificate } from '../src/pki/authority.js';
import type { Certificate } from '../src/pki/certificate.js';
import { buildTrustList, certificateRecord, type RecordSpec } from '../src/trustfile/index.js';

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

const VALID_FROM = new Date(Date.UTC(2026, 0, 1));
const VALID_TO = new Date(Date.UTC(2031, 0, 1));

const keys = new Map<number, { publicKey: KeyObject; privateKey: KeyObject }>();
function keyOf(bits: number) {
  const known = keys.get(bits) ?? generateKeyPairSync('rsa', { modulusLength: bits });
  keys.set(bits, known);
  return known;
}

function certificate(host: string, number: number, bits: number): Certificate {
  const { publicKey, privateKey } = keyOf(bits);
  return issueCertificate({
    subject: [
      { key: 'CN', value: `${host}.voice.example` },
      { key: 'OU', value: 'Voice Lab' },
      { key: 'O', value: 'Example Telephony' },
      { key: 'L', value: 'San Jose' },
      { key: 'ST', value: 'California' },
      { key: 'C', value: 'US' },
    ],
    issuer: 'self',
    publicKey,
    signWith: privateKey,
    digest: 'sha256',
    serial: Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 0x4a : (number * 31 + i * 7) & 0xff)),
    notBefore: VALID_FROM,
    notAfter: VALID_TO,
    extensions: [],
  });
}

/** A CTL as CUCM has it: the signer as SAST and CCM+TFTP, ITLRecovery, CAPF, and a CCM+TFTP record for each other node. */
export function makeCase({ records, bits, digest }: VerifyCase): CaseFiles {
  const signer = certificate('cucm-pub', 1, bits);
  const specs: RecordSpec[] = [
    certificateRecord('SAST', signer, { dnsName: '127.10.0.1', ipAddress: '127.10.0.1' }),
    certificateRecord('CCM+TFTP', signer, { dnsName: '127.10.0.1', ipAddress: '127.10.0.1' }),
    certificateRecord(ROLE_CODES.SAST, certificate('ITLRECOVERY_cucm-pub', 2, 2048)),
    certificateRecord('CAPF', certificate('CAPF-5d3b1c92', 3, 2048), { dnsName: '127.10.0.1' }),
  ];
  for (let node = 2; specs.length < records; node += 1) {
    const address = `127.10.0.${node}`;
    const own = certificate(`cucm-sub${node}`, node + 10, 2048);
    specs.push(certificateRecord('CCM+TFTP', own, { dnsName: address, ipAddress: address }));
  }
  const { privateKey } = keyOf(bits);
  const files = Array.from({ length: FILES }, (_, i) =>
    buildTrustList(
      { filename: 'CTLFile.tlv', timestamp: 1_790_000_000 + i, records: specs, digest },
      { certificate: signer, privateKey },
    ),
  );
  return { signer, files };
}
