import { spkiOf } from '../src/pki/authority.js';
import { micCertificate, phoneCommonName } from '../src/pki/device-certificates.js';
import { authResponse } from '../src/protocol/capf/auth-response.js';
import { decodeCapf, encodeCapf } from '../src/protocol/capf/codec.js';
import { capfCredentials } from '../src/protocol/capf/credentials.js';
import { issueLsc } from '../src/protocol/capf/lsc.js';
import {
  CAPF_REASONS,
  CAPF_VERSION,
  type CapfMessage,
  CERTIFICATE_TYPES,
} from '../src/protocol/capf/message.js';
import { CapfStream } from '../src/protocol/capf/stream.js';
import { decodeTvs, encodeTvs, TVS_STATUS_VALID, type TvsMessage } from '../src/protocol/tvs/index.js';
import { copyOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, sameContent } from './codec-sample.js';
import { keyOf, nodeCertificate, VALID_FROM, VALID_TO } from './ctl-records.js';

const PHONE = { productName: '7962G', device: 'SEP001F9E266369' };
const SESSION = 0x1a2b3c4d;

function tvsSample(name: string, message: TvsMessage): CodecSample {
  const octets = encodeTvs(message);
  return {
    name: `TVS ${name}`,
    unit: 'messages',
    octets,
    measures: [
      decodes('decode', () => decodeTvs(octets), copyOf(octets)),
      encodes('encode', () => encodeTvs(message), copyOf(octets)),
    ],
    says: (read) => sameContent(decodeTvs(read), message),
  };
}

/** A phone asks for a signer that it does not know, the server shows its certificate. */
export function tvsSamples(): readonly CodecSample[] {
  const signer = nodeCertificate('cucm-sub2', 12, 2048);
  const { subject, issuer, serial, der } = signer;
  return [
    tvsSample('query', {
      command: 'QUERY_REQUEST',
      sessionId: 1001,
      deviceName: phoneCommonName(PHONE),
      signer: { subject, issuer, serial },
    }),
    tvsSample('answer', {
      command: 'QUERY_RESPONSE',
      sessionId: 1001,
      status: TVS_STATUS_VALID,
      certificate: der,
      roles: [4, 2],
      ttlSeconds: 86_400,
    }),
  ];
}

/** An enrolment with the MIC, message by message (capf.md 8). */
function enrolment(): readonly CapfMessage[] {
  const { publicKey, privateKey } = keyOf(2048);
  const authority = { certificate: nodeCertificate('CAPF-5d3b1c92', 3, 2048), privateKey };
  const issued = { notBefore: VALID_FROM, notAfter: VALID_TO, digest: 'sha256', publicKey } as const;
  const mic = micCertificate(PHONE, 'FCH14098ABC', {
    ...issued,
    issuer: authority,
    serial: Uint8Array.of(0x4b, 0x01),
  });
  const credentials = capfCredentials(
    { by: 'certificate', precedence: 'mic' },
    { lsc: null, mic: { certificate: mic, privateKey } },
    false,
  );
  const lsc = issueLsc({
    device: PHONE.device,
    commonName: phoneCommonName(PHONE),
    publicKey: spkiOf(publicKey),
    authority,
    digest: 'sha256',
    days: 1825,
    serial: Uint8Array.of(0x4b, 0x02),
    unixMs: VALID_FROM.getTime(),
  });
  const sessionId = SESSION;
  const { UPDATE_CERTIFICATE } = CAPF_REASONS;
  return [
    { command: 'AUTH_REQUEST', sessionId, version: CAPF_VERSION },
    authResponse({ deviceName: PHONE.device, credentials }, sessionId),
    { command: 'KEY_GENERATE_REQUEST', sessionId, keySize: 2048 },
    { command: 'KEY_GENERATE_RESPONSE', sessionId, publicKey: spkiOf(publicKey) },
    {
      command: 'STORE_CERTIFICATE_REQUEST',
      sessionId,
      certificateType: CERTIFICATE_TYPES.LSC,
      certificate: lsc.der,
    },
    { command: 'STORE_CERTIFICATE_RESPONSE', sessionId, reason: UPDATE_CERTIFICATE },
    { command: 'END_SESSION', sessionId, reason: UPDATE_CERTIFICATE },
  ];
}

function readSession(octets: Uint8Array): readonly CapfMessage[] {
  const stream = new CapfStream();
  const messages: CapfMessage[] = [];
  stream.push(octets);
  for (let next = stream.next(); next !== undefined; next = stream.next()) messages.push(decodeCapf(next));
  return messages;
}

/** All messages of an enrolment, both ends' together. */
export function capfSample(): CodecSample {
  const messages = enrolment();
  const encode = (): readonly Uint8Array[] => messages.map(encodeCapf);
  const octets = Buffer.concat(encode());
  return {
    name: `CAPF enrolment, ${messages.length} messages`,
    unit: 'sessions',
    octets,
    measures: [
      decodes('decode', () => readSession(octets), copyOf(octets)),
      encodes('encode', encode, copyOf(octets)),
    ],
    says: (read) => sameContent(readSession(read), messages),
  };
}
