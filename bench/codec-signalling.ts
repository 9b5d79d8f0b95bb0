import { parseRelease } from '../src/device/release.js';
import { loadModel } from '../src/fleet/profiles.js';
import { registerMessage, sccpDevice } from '../src/protocol/sccp/device.js';
import * as sccpCodec from '../src/protocol/sccp/message.js';
import { SOFT_KEY_SETS } from '../src/protocol/sccp/soft-keys.js';
import { serverAnswer } from '../src/protocol/sip/answers.js';
import { bootReason, sipDevice } from '../src/protocol/sip/dialect.js';
import { encodeMessage, headerValue, type SipMessage } from '../src/protocol/sip/message.js';
import { initialRegister, registerForm } from '../src/protocol/sip/register-request.js';
import { serverName, serverSupported } from '../src/protocol/sip/release-dialect.js';
import { REGISTER_BODY, RESPONSE_BODY, RESPONSE_CONTENT_TYPE } from '../src/protocol/sip/remotecc.js';
import { SipStream } from '../src/protocol/sip/stream.js';
import { copyOf, jsonOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, sameContent } from './codec-sample.js';

const DEVICE = 'SEP001F9E266369';
const ADDRESS = '127.20.0.17';
const DATE = 'Mon, 21 Sep 2026 12:26:40 GMT';
/** Cause of the first registration after a boot (sip.md 3.4). */
const INITIALIZED = 25;

function sccpSample(message: sccpCodec.SccpMessage): CodecSample {
  const octets = sccpCodec.encodeMessage(message);
  return {
    name: `SCCP ${message.type}`,
    unit: 'messages',
    octets,
    measures: [
      decodes('decode', () => sccpCodec.decodeMessage(octets), copyOf(octets)),
      encodes('encode', () => sccpCodec.encodeMessage(message), copyOf(octets)),
    ],
    says: (read) => sameContent(sccpCodec.decodeMessage(Buffer.from(read)), message),
  };
}

/** How a 7962 registers, the longest of what it is answered then, and what it sends for ever after. */
export function sccpSamples(): readonly CodecSample[] {
  const device = sccpDevice(DEVICE, ADDRESS, loadModel('7962'));
  return [
    sccpSample(registerMessage(device)),
    sccpSample(sccpCodec.sccp('SoftKeySetRes', 22, SOFT_KEY_SETS)),
    sccpSample(sccpCodec.sccp('KeepAlive', 0, {})),
  ];
}

/** One message as it comes in over TCP. */
function readSip(octets: Uint8Array): SipMessage {
  const stream = new SipStream();
  stream.push(octets);
  const message = stream.next();
  if (message === undefined || stream.partial) throw new TypeError('not one whole SIP message');
  return message;
}

/** @param body what the message has behind its head, and `callId` in its Call-ID */
function sipSample(name: string, encode: () => Uint8Array, callId: string, body: string): CodecSample {
  const octets = encode();
  const message = readSip(octets);
  const json = jsonOf({ ...message, body });
  return {
    name: `SIP ${name}`,
    unit: 'messages',
    octets,
    measures: [
      decodes('decode', () => readSip(octets), json.parse),
      encodes('encode', encode, json.stringify),
    ],
    says: (octetsRead) => {
      const read = readSip(octetsRead);
      return (
        headerValue(read, 'call-id') === callId &&
        Buffer.from(read.body).toString() === body &&
        Buffer.compare(encodeMessage(read), octets) === 0
      );
    },
  };
}

/** How an 8841 registers all its lines with one message, and how it is answered. */
export function sipSamples(): readonly CodecSample[] {
  const device = sipDevice(DEVICE, loadModel('8841'));
  const callId = `001f9e26-63690002-2f8a6c1d-7e5b3a90@${ADDRESS}`;
  const form = registerForm(
    {
      device,
      transport: 'tcp',
      address: ADDRESS,
      port: 50_017,
      server: '127.10.0.1',
      sessionId: `0a1b2c3d00105000a000001f9e266369;remote=${'0'.repeat(32)}`,
    },
    { name: '2001', contact: '8d0f1a52-6c0e-4d0b-9b7a-3f5d2c1e0a49' },
    callId,
    '001f9e26636900024c6d8e0f-1a2b3c4d',
  );
  const turn = { branch: 'z9hG4bK5f3c1a2b', cseq: 101, date: DATE };
  const reason = bootReason(device, INITIALIZED);
  const register = (): Uint8Array => initialRegister(form, turn, reason, 3600);
  const request = readSip(register());
  if (request.kind !== 'request') throw new TypeError('a REGISTER was read as a response');
  const release = parseRelease('12.5(1)');
  const answer = {
    status: 200,
    toTag: '1408257203',
    date: DATE,
    server: serverName(release),
    extra: [
      { name: 'Expires', value: '120' },
      { name: 'Contact', value: `${headerValue(request, 'contact')};x-cisco-newreg` },
      { name: 'Supported', value: serverSupported(release) },
    ],
    contentType: RESPONSE_CONTENT_TYPE,
    body: RESPONSE_BODY,
  };
  return [
    sipSample('REGISTER', register, callId, REGISTER_BODY),
    sipSample('200 OK', () => serverAnswer(request, answer), callId, RESPONSE_BODY),
  ];
}
