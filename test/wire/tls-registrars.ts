import { onTestFinished } from 'vitest';
import type { AdmissionRequest } from '../../src/cluster/admission.js';
import type { AdmissionAnswer } from '../../src/net/admission.js';
import { registerSccp } from '../../src/net/sccp-phone.js';
import { requestTokenSccp, standbySccp } from '../../src/net/sccp-standby.js';
import type { SecurePort } from '../../src/net/secure-port.js';
import { registerSip, requestTokenSip, standbySip } from '../../src/net/sip-phone.js';
import type { KeylogSink } from '../../src/net/tls-keylog.js';
import type { TlsListenerOptions } from '../../src/net/tls-listener.js';
import type {
  Registration,
  RegistrationAttempt,
  RegistrationResult,
  Standby,
} from '../../src/phone/world.js';
import * as sccpSide from './sccp-support.js';
import * as sipSide from './sip-setting.js';

type AttemptTls = NonNullable<RegistrationAttempt['tls']>;

/** A registrar of either protocol with its TLS port open, as the tests of TLS see it. */
export interface Registrar {
  readonly address: string;
  /** Of the TLS port, when it was opened. */
  readonly port: number;
  readonly clearPort: number;
  readonly secure: SecurePort;
  /** What the cluster was asked. */
  readonly asked: readonly AdmissionRequest[];
  /** Why peers were cut or refused, without those that were admitted first. */
  refusals(): readonly string[];
  registered(): readonly string[];
  connections(): number;
  reset(device: string): void;
  dropAll(how: 'fin' | 'rst'): void;
}

export interface Call {
  /** The device by number; all tests use addresses of their own. */
  readonly k?: number;
  readonly mode?: 'authenticated' | 'encrypted';
  readonly signal?: AbortSignal;
  readonly connectTimeoutMs?: number;
  readonly keylog?: KeylogSink;
}

/** Phones and registrar of one protocol. */
export interface Protocol {
  readonly name: 'SCCP' | 'SIP';
  /** Where its registrars listen. */
  readonly address: string;
  device(k: number): string;
  start(tls: TlsListenerOptions, admission?: AdmissionAnswer): Promise<Registrar>;
  /** `null` for TLS registers in clear. */
  register(port: number, tls: AttemptTls | null, call?: Call): Promise<RegistrationResult>;
  standby(port: number, tls: AttemptTls, call?: Call): Promise<Standby | undefined>;
  token(port: number, tls: AttemptTls, call?: Call): ReturnType<typeof requestTokenSccp>;
}

const ADMITTED: AdmissionAnswer = { accepted: true, lines: [{ name: '1001', displayName: '' }] };

function transportOf(tls: AttemptTls | null, { mode = 'encrypted' }: Call) {
  return tls === null
    ? ({ transport: 'tcp', mode: 'nonsecure', tls } as const)
    : ({ transport: 'tls', mode, tls } as const);
}

function rest({ signal = new AbortController().signal, connectTimeoutMs, keylog }: Call) {
  return { signal, keylog, ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }) };
}

const sccp: Protocol = {
  name: 'SCCP',
  address: sccpSide.SERVER,
  device: (k) => sccpSide.phone(k).name,
  async start(tls, admission = ADMITTED) {
    const asked: AdmissionRequest[] = [];
    const admit = (request: AdmissionRequest): AdmissionAnswer => {
      asked.push(request);
      return admission;
    };
    const started = await sccpSide.registrar({ tls, admit });
    return {
      address: sccpSide.SERVER,
      port: started.secure.port ?? 0,
      clearPort: started.port,
      secure: started.secure,
      asked,
      refusals: () => started.events.flatMap(({ event, detail }) => (event === 'refused' ? [detail] : [])),
      registered: () => started.registered().map(({ deviceName }) => deviceName),
      connections: () => started.connections,
      reset: (device) => started.reset(device, 'reset'),
      dropAll: (how) => started.dropAll(how),
    };
  },
  register: (port, tls, call = {}) => registerSccp(sccpOptions(port, tls, call)),
  standby: (port, tls, call = {}) => standbySccp(sccpOptions(port, tls, call)),
  token: (port, tls, call = {}) => requestTokenSccp(sccpOptions(port, tls, call)),
};

function sccpOptions(port: number, tls: AttemptTls | null, call: Call) {
  const device = sccpSide.phone(call.k ?? 1);
  return {
    attempt: { ...sccpSide.attempt, ...transportOf(tls, call) },
    device,
    target: { address: sccpSide.SERVER, port },
    localAddress: device.address,
    ...rest(call),
  };
}

const sip: Protocol = {
  name: 'SIP',
  address: '127.0.0.1',
  device: (k) => sipSide.device(k).name,
  async start(tls, admission = ADMITTED) {
    const asked: AdmissionRequest[] = [];
    const admit = (request: AdmissionRequest): AdmissionAnswer => {
      asked.push(request);
      return admission;
    };
    const { registrar, events } = await sipSide.registrar({ tls, admit });
    onTestFinished(() => registrar.close('rst'));
    return {
      address: '127.0.0.1',
      port: registrar.secure.port ?? 0,
      clearPort: registrar.port,
      secure: registrar.secure,
      asked,
      refusals: () => events.flatMap((event) => (event.event === 'cut' ? [event.text] : [])),
      registered: () => registrar.registered().map(({ deviceName }) => deviceName),
      connections: () => registrar.connections,
      reset: (device) => registrar.notify(device, 'reset'),
      dropAll: (how) => registrar.dropAll(how),
    };
  },
  register: (port, tls, call = {}) => registerSip(sipOptions(port, tls, call)),
  standby: (port, tls, call = {}) => standbySip(sipOptions(port, tls, call)),
  token: (port, tls, call = {}) => requestTokenSip(sipOptions(port, tls, call)),
};

function sipOptions(port: number, tls: AttemptTls | null, call: Call) {
  const { k = 1 } = call;
  return {
    ...sipSide.phone(port, { k, from: `127.77.40.${k & 0xff}` }),
    attempt: { ...sipSide.attempt(), ...transportOf(tls, call) },
    ...rest(call),
  };
}

export const PROTOCOLS: readonly Protocol[] = [sccp, sip];

/** The registration, or a failing test. */
export function accepted(result: RegistrationResult): Registration {
  if (result.result !== 'accepted') throw new Error(`${result.result} ${result.cause}: ${result.detail}`);
  const { registration } = result;
  onTestFinished(() => registration.drop());
  return registration;
}
