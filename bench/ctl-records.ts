import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ROLE_CODES } from '../src/device/role.js';
import { issueCertificate } from '../src/pki/authority.js';
import type { Certificate } from '../src/pki/certificate.js';
import { certificateRecord, type RecordSpec } from '../src/trustfile/index.js';

/** When the certificates of the benches are valid. */
export const VALID_FROM = new Date(Date.UTC(2026, 0, 1));
export const VALID_TO = new Date(Date.UTC(2031, 0, 1));

const keys = new Map<number, { publicKey: KeyObject; privateKey: KeyObject }>();

/** The RSA key of this size, drawn once: everybody in a bench has the same. */
export function keyOf(bits: number): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  const known = keys.get(bits) ?? generateKeyPairSync('rsa', { modulusLength: bits });
  keys.set(bits, known);
  return known;
}

/** A certificate of a node, self-signed; `number` goes into its serial number. */
export function nodeCertificate(host: string, number: number, bits: number): Certificate {
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
export function ctlRecords(signer: Certificate, count: number): readonly RecordSpec[] {
  const records: RecordSpec[] = [
    certificateRecord('SAST', signer, { dnsName: '127.10.0.1', ipAddress: '127.10.0.1' }),
    certificateRecord('CCM+TFTP', signer, { dnsName: '127.10.0.1', ipAddress: '127.10.0.1' }),
    certificateRecord(ROLE_CODES.SAST, nodeCertificate('ITLRECOVERY_cucm-pub', 2, 2048)),
    certificateRecord('CAPF', nodeCertificate('CAPF-5d3b1c92', 3, 2048), { dnsName: '127.10.0.1' }),
  ];
  for (let node = 2; records.length < count; node += 1) {
    const address = `127.10.0.${node}`;
    const own = nodeCertificate(`cucm-sub${node}`, node + 10, 2048);
    records.push(certificateRecord('CCM+TFTP', own, { dnsName: address, ipAddress: address }));
  }
  return records;
}
