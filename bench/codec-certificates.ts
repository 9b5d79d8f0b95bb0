import { createPublicKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { spkiOf } from '../src/pki/authority.js';
import { Certificate } from '../src/pki/certificate.js';
import { serverCertificate } from '../src/pki/cucm-certificates.js';
import { issueLsc, type LscRequest } from '../src/protocol/capf/lsc.js';
import { signatureOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, type Peer } from './codec-sample.js';
import { keyOf, nodeCertificate, VALID_FROM, VALID_TO } from './ctl-records.js';

const HOST = 'cucm-pub.voice.example';
const SERIAL = '4a0102030405060708090a0b0c0d0e0f';

/** What a trust list needs of a certificate. */
function fieldsOf(certificate: Certificate): readonly unknown[] {
  return [certificate.subject, certificate.issuer, certificate.serial, certificate.notAfter];
}

function x509(der: Uint8Array): Peer {
  return {
    name: 'X509Certificate',
    run: () => {
      const certificate = new X509Certificate(der);
      return [certificate.subject, certificate.issuer, certificate.serialNumber, certificate.validTo];
    },
  };
}

function forged(der: Uint8Array): Peer {
  const octets = Buffer.from(der);
  return {
    name: 'node-forge',
    run: () => {
      const { subject, issuer, serialNumber, validity } = forge.pki.certificateFromAsn1(
        forge.asn1.fromDer(octets.toString('latin1')),
      );
      return [subject.attributes, issuer.attributes, serialNumber, validity.notAfter];
    },
  };
}

/** A CallManager certificate, as phones meet it in lists and in TLS. */
export function certificateSample(): CodecSample {
  const { publicKey, privateKey } = keyOf(2048);
  const { der } = serverCertificate(HOST, {
    organisation: {
      organisation: 'Example Telephony',
      unit: 'Voice Lab',
      locality: 'San Jose',
      state: 'California',
      country: 'US',
    },
    publicKey,
    privateKey,
    digest: 'sha256',
    serial: Buffer.from(SERIAL, 'hex'),
    notBefore: VALID_FROM,
    notAfter: VALID_TO,
  });
  return {
    name: 'certificate',
    unit: 'certificates',
    octets: der,
    measures: [
      decodes('read', () => fieldsOf(Certificate.fromDer(der)), x509(der)),
      decodes('read', () => fieldsOf(Certificate.fromDer(der)), forged(der)),
      decodes('public key', () => Certificate.fromDer(der).publicKey, {
        name: 'X509Certificate',
        run: () => new X509Certificate(der).publicKey,
      }),
    ],
    says: (read) => {
      const certificate = Certificate.fromDer(read);
      return (
        certificate.commonName === HOST &&
        certificate.serial === SERIAL &&
        certificate.notAfter.getTime() === VALID_TO.getTime() &&
        certificate.publicKey.equals(publicKey) &&
        // the octets that no field is read from are covered by the signature
        certificate.toX509().verify(publicKey)
      );
    },
  };
}

/** The LSC that CAPF issues to every phone of an enrolment. */
export function lscSample(): CodecSample {
  const { publicKey, privateKey } = keyOf(2048);
  const authority = { certificate: nodeCertificate('CAPF-5d3b1c92', 3, 2048), privateKey };
  const request: LscRequest = {
    device: 'SEP001F9E266369',
    commonName: 'CP-7962G-SEP001F9E266369',
    publicKey: spkiOf(publicKey),
    authority,
    digest: 'sha256',
    days: 1825,
    serial: Buffer.from(SERIAL, 'hex'),
    unixMs: VALID_FROM.getTime(),
  };
  const lsc = issueLsc(request);
  return {
    name: 'LSC, RSA-2048',
    unit: 'certificates',
    octets: lsc.der,
    measures: [encodes('issue', () => issueLsc(request).der, signatureOf('sha256', lsc.tbs, privateKey))],
    says: (read) => {
      const certificate = Certificate.fromDer(read);
      return (
        certificate.commonName === request.commonName &&
        certificate.serial === SERIAL &&
        certificate.issuer === authority.certificate.subject &&
        createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' }).equals(
          publicKey,
        ) &&
        certificate.toX509().verify(publicKey)
      );
    },
  };
}
