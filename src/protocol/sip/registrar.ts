import { Buffer } from 'node:buffer';
import { parseAlarm, readDeviceTlInfo } from './alarm.js';
import { type ServerAnswer, serverAnswer } from './answers.js';
import { type Binding, Bindings, newBinding } from './bindings.js';
import { contacts, parameter } from './fields.js';
import { hex8, hostText, sipDate } from './identifiers.js';
import {
  headerValue,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.js';
import { serviceControlNotify } from './notify-request.js';
import { TOKEN_URN } from './refer-request.js';
import { uriUser } from './register-request.js';
import {
  admissionRefusal,
  certificateRefusal,
  digestRefusal,
  intervalRefusal,
  malformedRefusal,
  type RegisterRefusal,
  tokenRefusal,
  waitRefusal,
} from './registrar-checks.js';
import type {
  SipAdmission,
  SipAdmissionRequest,
  SipFlow,
  SipRegistrarEffect,
  SipRegistrarEvent,
  SipRegistrarOptions,
  UnregisteredBecause,
} from './registrar-model.js';
import { alarmCauseOf, isAnswerable, type RegisterAsked, readRegister } from './registrar-request.js';
import { serverName, serverSupported } from './release-dialect.js';
import { RESPONSE_BODY, RESPONSE_CONTENT_TYPE } from './remotecc.js';
import type { ServiceAction } from './service-control.js';
import { ClientTransactions } from './transactions.js';

/** How often unanswered NOTIFYs are looked at: T1, so that repetition over UDP is at most that late. */
const NOTIFY_SWEEP_MS = 500;

/** What the registrar understands, in the Allow of 200 to OPTIONS and of 405. */
const ALLOW: SipHeader = { name: 'Allow', value: 'REGISTER, REFER, OPTIONS' };

/**
 * The registrar of one node, without sockets and timers: messages and time go in, answers and events come out; `deadline`
 * says when `tick` is due. Devices are known by the device name in Contact (sip.md 3.2). Times are milliseconds of one clock
 * of the caller.
 */
export class SipRegistrar {
  readonly #options: SipRegistrarOptions;
  readonly #serverName: string;
  readonly #supported: SipHeader;
  readonly #expires: SipHeader;
  readonly #secret: string;
  readonly #bindings = new Bindings();
  readonly #notifies: ClientTransactions<{
    readonly flow: SipFlow;
    readonly device: string;
    readonly action: ServiceAction;
  }>;
  #notifyCount = 0;
  #sweptAt = 0;
  #effects: SipRegistrarEffect[] = [];

  constructor(options: SipRegistrarOptions) {
    this.#options = options;
    this.#serverName = serverName(options.release);
    this.#supported = { name: 'Supported', value: serverSupported(options.release) };
    this.#expires = { name: 'Expires', value: `${options.grantSeconds}` };
    this.#secret = hex8(options.random) + hex8(options.random);
    this.#notifies = new ClientTransactions(options.retransmission);
  }

  /** Devices that are registered now. */
  get size(): number {
    return this.#bindings.size;
  }

  /** In the order in which they would expire. */
  registered(): Iterable<Readonly<Binding>> {
    return this.#bindings.all();
  }

  get deadline(): number {
    const expiry = this.#bindings.firstExpiry;
    return this.#notifies.size === 0 ? expiry : Math.min(expiry, this.#sweptAt + NOTIFY_SWEEP_MS);
  }

  receive(flow: SipFlow, message: SipMessage, now: number): readonly SipRegistrarEffect[] {
    if (message.kind === 'response') this.#notifyAnswered(message, now);
    else if (isAnswerable(message)) this.#request(flow, message, now);
    return this.#take();
  }

  /** The connection is gone: so are the devices that registered over it. */
  closed(flow: SipFlow): readonly SipRegistrarEffect[] {
    for (const device of this.#bindings.closed(flow))
      this.#unregistered(device, 'connection-closed', undefined);
    return this.#take();
  }

  /** Drops devices that did not refresh, and repeats NOTIFYs. */
  tick(now: number): readonly SipRegistrarEffect[] {
    for (const device of this.#bindings.expire(now)) this.#unregistered(device, 'expired', undefined);
    if (now >= this.#sweptAt + NOTIFY_SWEEP_MS) {
      this.#sweptAt = now;
      const due = this.#notifies.due(now);
      for (const { purpose, bytes } of due.repeat)
        this.#effects.push({ do: 'send', flow: purpose.flow, bytes });
      for (const { device, action } of due.unanswered) {
        this.#event({ event: 'notified', device, action, status: 0 });
      }
    }
    return this.#take();
  }

  /** Sends a NOTIFY service-control (sip.md 5.3); undefined when the device is not registered. */
  notify(
    device: string,
    action: ServiceAction,
    now: number,
    stamps: Readonly<Record<string, string>> = {},
  ): readonly SipRegistrarEffect[] | undefined {
    const registered = this.#bindings.get(device);
    if (registered === undefined) return undefined;
    const { flow } = registered;
    const { random, date } = this.#options;
    const branch = `z9hG4bK${this.#serial()}${hex8(random)}`;
    const bytes = serviceControlNotify(
      {
        contactUri: registered.contactUri,
        user: uriUser(registered.lineName),
        phoneAddress: flow.remoteAddress,
        serverAddress: flow.localAddress,
        serverPort: flow.localPort,
        transport: flow.transport,
        branch,
        fromTag: `${Math.floor(random() * 0x8000_0000)}`,
        callId: `${hex8(random)}-${hex8(random)}-${this.#serial()}-${hex8(random)}@${flow.localAddress}`,
        date: sipDate(date()),
        userAgent: this.#serverName,
      },
      { action, registerCallId: registered.callId, stamps },
    );
    if (this.#notifies.size === 0) this.#sweptAt = now;
    this.#notifies.begin({ flow, device, action }, { branch, method: 'NOTIFY', bytes }, flow.transport, now);
    this.#effects.push({ do: 'send', flow, bytes });
    return this.#take();
  }

  #request(flow: SipFlow, request: SipRequest, now: number): void {
    switch (request.method) {
      case 'REGISTER':
        this.#answer(flow, request, { status: 100, toTag: null, server: null });
        this.#register(flow, request, now);
        break;
      case 'REFER':
        this.#refer(flow, request);
        break;
      case 'OPTIONS':
        this.#answer(flow, request, { status: 200, extra: [ALLOW] });
        break;
      case 'SUBSCRIBE':
      case 'NOTIFY':
        this.#answer(flow, request, { status: 489 });
        break;
      case 'ACK':
        break;
      case 'INVITE':
      case 'BYE':
      case 'CANCEL':
      case 'UPDATE':
      case 'INFO':
      case 'MESSAGE':
      case 'PUBLISH':
      case 'PRACK':
        this.#answer(flow, request, { status: 405, extra: [ALLOW] });
        break;
      default:
        this.#answer(flow, request, { status: 501, extra: [ALLOW] });
    }
  }

  /** The checks of sip.md 4.4 in their order: 1 form, 2 and 4 the cluster, 5 certificate, 6 digest, 8 one client at a time. */
  #register(flow: SipFlow, request: SipRequest, now: number): void {
    const { node, grantSeconds, busySeconds } = this.#options;
    const asked = readRegister(request);
    if (typeof asked === 'string') {
      this.#refuse(flow, request, '', malformedRefusal(node, asked));
      return;
    }
    const leaves = asked.expires === 0 && !asked.keepAlive;
    // A device may always leave, also one that was deleted from the database meanwhile.
    const admission: SipAdmission = leaves ? { accepted: true, lines: [] } : this.#admission(flow, asked);
    const before = this.#bindings.get(asked.deviceName);
    const refusal =
      (leaves ? undefined : waitRefusal(busySeconds(asked.deviceName))) ??
      (admission.accepted ? undefined : admissionRefusal(node, admission.reason)) ??
      certificateRefusal(node, flow, asked) ??
      (leaves || asked.keepAlive
        ? undefined
        : tokenRefusal(this.#options, flow, request, asked.deviceName)) ??
      digestRefusal(this.#options, this.#secret, request, asked.deviceName) ??
      (isElsewhere(before, flow) && !asked.keepAlive
        ? admissionRefusal(node, 'active-elsewhere')
        : undefined) ??
      intervalRefusal(grantSeconds, asked) ??
      (isOutOfOrder(before, asked) ? OUT_OF_ORDER : undefined);
    if (refusal !== undefined) {
      this.#refuse(flow, request, asked.deviceName, refusal);
    } else if (asked.keepAlive) {
      const contact = { name: 'Contact', value: asked.contactEcho };
      this.#answer(flow, request, { status: 200, extra: [EXPIRES_NOW, contact, this.#supported] });
    } else if (leaves) {
      if (this.#bindings.remove(asked.deviceName)) {
        this.#unregistered(asked.deviceName, 'asked', alarmCauseOf(asked.reason));
      }
      this.#answer(flow, request, { status: 200, extra: [EXPIRES_NOW] });
    } else if (admission.accepted) {
      this.#grant(flow, request, asked, admission.lines, before, now);
    }
  }

  #admission(flow: SipFlow, asked: RegisterAsked): SipAdmission {
    return this.#options.admit({
      deviceName: asked.deviceName,
      deviceType: asked.deviceType,
      protocol: 'SIP',
      address: flow.remoteAddress,
      ...securityOf(flow),
    });
  }

  #grant(
    flow: SipFlow,
    request: SipRequest,
    asked: RegisterAsked,
    lines: readonly { readonly name: string }[],
    before: Readonly<Binding> | undefined,
    now: number,
  ): void {
    const { grantSeconds, graceSeconds } = this.#options;
    const expiresAt = now + (grantSeconds + graceSeconds) * 1000;
    let binding = before;
    if (binding?.callId !== asked.callId) {
      if (binding !== undefined) this.#unregistered(binding.device, 'replaced', undefined);
      binding = newBinding(asked, flow, lines, expiresAt);
      this.#event({
        event: 'registered',
        device: binding.device,
        deviceType: asked.deviceType,
        flow,
        lines: binding.lines,
        userAgent: asked.userAgent,
        cause: alarmCauseOf(asked.reason),
      });
    }
    this.#bindings.renew(binding, flow, asked, expiresAt);
    const isNew = asked.cseq === binding.firstCseq;
    const contact = { name: 'Contact', value: `${asked.contactEcho}${isNew ? ';x-cisco-newreg' : ''}` };
    const extra = [this.#expires, contact, this.#supported];
    const body = asked.hasBody ? { contentType: RESPONSE_CONTENT_TYPE, body: RESPONSE_BODY } : {};
    this.#answer(flow, request, { status: 200, extra, ...body });
  }

  #refuse(flow: SipFlow, request: SipRequest, device: string, refusal: RegisterRefusal): void {
    const { status, extra, text } = refusal;
    this.#answer(flow, request, { status, extra });
    this.#event({ event: 'rejected', device, flow, status, text });
  }

  /** Alarms and token requests (sip.md 5.1, 5.2): accepted without the NOTIFY that RFC 3515 would want (norefersub). */
  #refer(flow: SipFlow, request: SipRequest): void {
    const device = parameter(contacts(request)[0]?.parameters ?? [], '+u.sip!devicename.ccm.cisco.com') ?? '';
    const referTo = (headerValue(request, 'refer-to') ?? '').toLowerCase();
    const here = {
      name: 'Contact',
      value: `<sip:${hostText(flow.localAddress)}:${flow.localPort};transport=${flow.transport}>`,
    };
    if (referTo.includes(TOKEN_URN.toLowerCase())) {
      const admission = this.#options.admit({
        deviceName: device,
        deviceType: null,
        protocol: 'SIP',
        address: flow.remoteAddress,
        ...securityOf(flow),
      });
      const { node, tokenWaitSeconds } = this.#options;
      const refusal = admission.accepted
        ? waitRefusal(tokenWaitSeconds(device))
        : admissionRefusal(node, admission.reason);
      this.#answer(flow, request, {
        status: refusal?.status ?? 202,
        server: null,
        extra: [...(refusal?.extra ?? []), here],
      });
      this.#event({ event: 'token', device, granted: refusal === undefined });
      return;
    }
    this.#answer(flow, request, { status: 202, server: null, extra: [here] });
    if ((headerValue(request, 'content-type') ?? '').toLowerCase().includes('x-cisco-alarm+xml')) {
      this.#alarm(flow, device, request.body);
    }
  }

  /** An alarm that cannot be read is accepted like any other: CUCM answers 202 before it looks inside. */
  #alarm(flow: SipFlow, device: string, body: Uint8Array): void {
    try {
      const alarm = parseAlarm(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
      const info = readDeviceTlInfo(alarm);
      if (info === undefined) this.#event({ event: 'alarm', device, flow, alarm });
      else this.#event({ event: 'trust-lists', device: device || info.deviceName, flow, info });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#event({ event: 'rejected', device, flow, status: 202, text });
    }
  }

  #notifyAnswered(response: SipResponse, now: number): void {
    const answer = this.#notifies.answered(response, now);
    if (answer?.final !== true) return;
    const { device, action } = answer.purpose;
    this.#event({ event: 'notified', device, action, status: response.status });
  }

  #unregistered(device: string, because: UnregisteredBecause, cause: number | undefined): void {
    this.#event({ event: 'unregistered', device, because, cause });
  }

  #answer(
    flow: SipFlow,
    request: SipRequest,
    answer: Pick<ServerAnswer, 'status'> & Partial<ServerAnswer>,
  ): void {
    const bytes = serverAnswer(request, {
      toTag: toTag(headerValue(request, 'call-id') ?? '', this.#secret),
      date: sipDate(this.#options.date()),
      server: this.#serverName,
      ...(flow.transport === 'udp' ? { source: { address: flow.remoteAddress, port: flow.remotePort } } : {}),
      ...answer,
    });
    this.#effects.push({ do: 'send', flow, bytes });
  }

  #event(event: SipRegistrarEvent): void {
    this.#effects.push({ do: 'event', event });
  }

  #serial(): string {
    this.#notifyCount = (this.#notifyCount + 1) & 0xfff;
    return this.#notifyCount.toString(16);
  }

  #take(): readonly SipRegistrarEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

const EXPIRES_NOW: SipHeader = { name: 'Expires', value: '0' };

/** RFC 3261 10.3, step 7. */
const OUT_OF_ORDER: RegisterRefusal = { status: 500, extra: [], text: 'CSeq is lower than before' };

function isOutOfOrder(before: Readonly<Binding> | undefined, asked: RegisterAsked): boolean {
  return before !== undefined && before.callId === asked.callId && asked.cseq < before.cseq;
}

/** Check 8: registered from another address, and not gone. */
function isElsewhere(before: Readonly<Binding> | undefined, flow: SipFlow): boolean {
  return before !== undefined && before.flow.remoteAddress !== flow.remoteAddress;
}

/** Decimal tag, the same for every answer of one Call-ID, so that repetitions need no memory (FNV-1a over both). */
function toTag(callId: string, secret: string): string {
  let hash = 0x811c9dc5;
  for (const text of [secret, callId]) {
    for (let at = 0; at < text.length; at += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
  }
  return `${hash >>> 0}`;
}

function securityOf({
  transport,
  mode = 'encrypted',
  tokenAsked = false,
}: SipFlow): Pick<SipAdmissionRequest, 'secure' | 'mode' | 'oauth'> {
  if (transport !== 'tls') return { secure: false, mode: 'nonsecure' };
  return tokenAsked ? { secure: true, mode, oauth: true } : { secure: true, mode };
}
