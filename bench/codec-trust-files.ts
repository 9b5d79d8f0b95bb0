import {
  buildTrustList,
  type GivenSignature,
  parseTrustFile,
  type RecordSpec,
  signedOctets,
  signFile,
  type TrustFile,
  type TrustList,
} from '../src/trustfile/index.js';
import { digestOf, signatureOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, sameContent } from './codec-sample.js';
import { ctlRecords, keyOf, nodeCertificate } from './ctl-records.js';

/** 2026-09-21, as every file of the benches has it. */
const TIMESTAMP = 1_790_000_000;

/** All that a list says: records and certificates are read when somebody looks at them. */
function contentOf(records: readonly RecordSpec[]): readonly unknown[] {
  return records.map((record) => ({
    role: record.role,
    dnsName: record.dnsName,
    subject: record.subject,
    issuer: record.issuer,
    serial: record.serial,
    publicKey: record.publicKey,
    signature: record.signature,
    certificate: record.certificate?.der,
    ipAddress: record.ipAddress,
  }));
}

/** Signer and signature of a file, as if they had come from elsewhere: what is written with them is written and not signed. */
function givenSignature({ header }: TrustFile): GivenSignature {
  return { id: header.signer, signature: header.signature };
}

function parseList(octets: Uint8Array): TrustList {
  const file = parseTrustFile(octets);
  if (file.kind !== 'trust-list') throw new TypeError(`a CTL was read as ${file.kind}`);
  return file;
}

/** The list that every phone of a secure cluster fetches at every boot. */
export function ctlSample(count: number): CodecSample {
  const certificate = nodeCertificate('cucm-pub', 1, 2048);
  const records = ctlRecords(certificate, count);
  const spec = { filename: 'CTLFile.tlv', timestamp: TIMESTAMP, records };
  const octets = buildTrustList(spec, { certificate, privateKey: keyOf(2048).privateKey });
  const signature = givenSignature(parseList(octets));
  return {
    name: `CTL of ${count} records`,
    unit: 'files',
    octets,
    measures: [
      decodes('parse', () => parseTrustFile(octets), digestOf(octets)),
      decodes('parse, every field', () => contentOf(parseList(octets).records), digestOf(octets)),
      encodes('write', () => buildTrustList(spec, signature), digestOf(octets)),
    ],
    says: (read) => {
      const list = parseList(read);
      return (
        list.header.filename === spec.filename &&
        list.header.timestamp === TIMESTAMP &&
        sameContent(givenSignature(list), signature) &&
        sameContent(contentOf(list.records), contentOf(records))
      );
    },
  };
}

/** `SEP<MAC>.cnf.xml.sgn`: the cluster signs one for every phone, every phone takes the file out of it again. */
export function signedFileSample(payload: Uint8Array): CodecSample {
  const signer = {
    certificate: nodeCertificate('cucm-pub', 1, 2048),
    privateKey: keyOf(2048).privateKey,
  };
  const spec = { filename: 'SEP001F9E266369.cnf.xml.sgn', timestamp: TIMESTAMP };
  const octets = signFile(payload, spec, signer);
  const file = parseTrustFile(octets);
  const signature = givenSignature(file);
  const rsa = signatureOf('sha1', signedOctets(file), signer.privateKey);
  return {
    name: 'signed file',
    unit: 'files',
    octets,
    measures: [
      decodes('split', () => parseTrustFile(octets), digestOf(octets)),
      encodes('write', () => signFile(payload, spec, signature), digestOf(octets)),
      encodes('write and sign', () => signFile(payload, spec, signer), rsa),
    ],
    says: (read) => {
      const signed = parseTrustFile(read);
      return (
        signed.kind === 'signed' &&
        signed.header.filename === spec.filename &&
        signed.header.timestamp === TIMESTAMP &&
        sameContent(givenSignature(signed), signature) &&
        sameContent(signed.payload, payload)
      );
    },
  };
}
