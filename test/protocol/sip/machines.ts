import { parseRelease } from '../../../src/device/release.js';
import type { SipDevice } from '../../../src/protocol/sip/dialect.js';
import { Identifiers } from '../../../src/protocol/sip/identifiers.js';
import {
  headerValue,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../../src/protocol/sip/message.js';
import { parseDatagram } from '../../../src/protocol/sip/parse.js';
import { SipPhone, type SipPhoneEffect, type SipPhoneOptions } from '../../../src/protocol/sip/phone.js';
import type { Sender } from '../../../src/protocol/sip/register-request.js';
import { SipRegistrar } from '../../../src/protocol/sip/registrar.js';
import type {
  SipFlow,
  SipRegistrarEffect,
  SipRegistrarOptions,
} from '../../../src/protocol/sip/registrar-model.js';
import { DEFAULT_RETRANSMISSION } from '../../../src/protocol/sip/transactions.js';
import { octets } from './vectors.js';

/** Random numbers that are the same in every run. */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

export const DEVICE: SipDevice = {
  name: 'SEP001F9E266369',
  mac: '001F9E266369',
  deviceType: 683,
  productName: '8841',
  load: 'sip88xx.12-8-1-0001-455',
  inactiveLoad: '',
  family: 'modern',
};

export const SENDER: Sender = {
  device: DEVICE,
  transport: 'tcp',
  address: '127.64.0.1',
  port: 51778,
  server: '127.10.0.1',
  sessionId: null,
};

export const DATE = (): number => Date.UTC(2024, 4, 15, 13, 45, 30);

export function line(name: string, password = ''): SipPhoneOptions['lines'][0] {
  return { name, contact: `contact-${name}`, authName: name, authPassword: password };
}

export function phone(options: Partial<SipPhoneOptions> = {}): SipPhone {
  const device = options.sender?.device ?? DEVICE;
  return new SipPhone({
    sender: SENDER,
    lines: [line('1001')],
    cause: 25,
    trustListAlarm: null,
    reportsOutOfService: false,
    registerExpires: 3_600,
    registerDelta: 5,
    retransmission: DEFAULT_RETRANSMISSION,
    stamps: { ConfigVersionStamp: 'stamp-1' },
    identifiers: new Identifiers(device.mac, seeded()),
    date: DATE,
    ...options,
  });
}

export function registrar(options: Partial<SipRegistrarOptions> = {}): SipRegistrar {
  return new SipRegistrar({
    node: 'cucm1',
    release: parseRelease('12.5(1)'),
    grantSeconds: 120,
    graceSeconds: 15,
    admit: () => ({ accepted: true, lines: [{ name: '1001' }] }),
    digest: null,
    busySeconds: () => 0,
    tokenWaitSeconds: () => 0,
    retransmission: DEFAULT_RETRANSMISSION,
    random: seeded(2),
    date: DATE,
    ...options,
  });
}

export function flow(options: Partial<SipFlow> = {}): SipFlow {
  return {
    transport: 'tcp',
    remoteAddress: '127.64.0.1',
    remotePort: 51778,
    localAddress: '127.10.0.1',
    localPort: 5060,
    peerName: null,
    ...options,
  };
}

type Effect = SipPhoneEffect | SipRegistrarEffect | { readonly do: string };

/** The messages that effects send, read again. */
export function sent(effects: readonly Effect[]): readonly SipMessage[] {
  return effects.flatMap((effect) => ('bytes' in effect ? [parseDatagram(effect.bytes)] : []));
}

export function requests(effects: readonly Effect[]): readonly SipRequest[] {
  return sent(effects).filter((message) => message.kind === 'request');
}

export function responses(effects: readonly Effect[]): readonly SipResponse[] {
  return sent(effects).filter((message) => message.kind === 'response');
}

/** What effects are besides messages. */
export function others<E extends { readonly do: string }>(effects: readonly E[]): readonly E[] {
  return effects.filter((effect) => effect.do !== 'send');
}

/** An answer to `request`, with further header lines. */
export function answer(
  request: SipRequest,
  status: string,
  lines: readonly string[] = [],
  body = '',
): SipResponse {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(
    (name) => `${name}: ${headerValue(request, name.toLowerCase()) ?? ''}`,
  );
  const head = [`SIP/2.0 ${status}`, ...copied, ...lines, `Content-Length: ${Buffer.byteLength(body)}`];
  const message = parseDatagram(octets(`${head.join('\r\n')}\r\n\r\n${body}`));
  if (message.kind !== 'response') throw new Error('no response');
  return message;
}

/** A request of the server, with further header lines. */
export function asked(method: string, lines: readonly string[] = [], body = ''): SipRequest {
  const head = [
    `${method} sip:contact-1001@127.64.0.1:51778 SIP/2.0`,
    `Via: SIP/2.0/TCP 127.10.0.1:5060;branch=z9hG4bK${method}${lines.length}${body.length}`,
    'From: <sip:1001@127.10.0.1>;tag=1',
    'To: <sip:1001@127.64.0.1>',
    'Call-ID: server-1@127.10.0.1',
    `CSeq: 101 ${method}`,
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const message = parseDatagram(octets(`${head.join('\r\n')}\r\n\r\n${body}`));
  if (message.kind !== 'request') throw new Error('no request');
  return message;
}

export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`${list.length} in place of one`);
  return first;
}

export function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error('an empty list');
  return one;
}
