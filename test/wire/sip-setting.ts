import { networkInterfaces } from 'node:os';
import type { ModelProfile } from '../../src/device/model.js';
import { parseRelease } from '../../src/device/release.js';
import type { Admit } from '../../src/net/admission.js';
import type { SipOptions } from '../../src/net/sip-phone.js';
import type {
  SipRegistrarService,
  SipRegistrarServiceOptions,
  SipServiceEvent,
} from '../../src/net/sip-registrar.js';
import { startSipRegistrar } from '../../src/net/sip-registrar.js';
import type { RegistrationAttempt } from '../../src/phone/world.js';
import type { PhoneConfiguration, SipTimers } from '../../src/protocol/cnf/model.js';
import { type SipDevice, sipDevice } from '../../src/protocol/sip/dialect.js';

const MODEL_8841: Pick<ModelProfile, 'deviceType' | 'productName' | 'loads' | 'family'> = {
  deviceType: 683,
  productName: '8841',
  loads: { SIP: 'sip88xx.12-8-1-0001-455' },
  family: 'modern',
};
const MODEL_7962: typeof MODEL_8841 = {
  deviceType: 404,
  productName: '7962G',
  loads: { SIP: 'SIP42.9-4-2SR3-1S' },
  family: 'legacy',
};

/** Device `k`, from 1. */
export function device(k: number, model: '8841' | '7962' = '8841'): SipDevice {
  const mac = (0x001f9e000000 + k).toString(16).toUpperCase().padStart(12, '0');
  return sipDevice(`SEP${mac}`, (model === '8841' ? MODEL_8841 : MODEL_7962) as ModelProfile);
}

const TIMERS: SipTimers = {
  registerExpires: 3_600,
  registerDelta: 5,
  keepAliveExpires: 120,
  t1Ms: 500,
  t2Ms: 4_000,
  retransmissions: 10,
};

export interface AttemptChoices {
  readonly transport?: 'tcp' | 'udp';
  readonly lastCause?: RegistrationAttempt['lastCause'];
  readonly timers?: Partial<SipTimers>;
  readonly lines?: readonly string[];
  readonly password?: string;
  readonly server?: string;
}

export function attempt(choices: AttemptChoices = {}): RegistrationAttempt {
  const { transport = 'tcp', lastCause = 25, lines = ['1001'], password = '' } = choices;
  const configuration: PhoneConfiguration = {
    fullConfig: true,
    deviceProtocol: 'SIP',
    deviceSecurityMode: 'non-secure',
    ipAddressMode: 0,
    callManagers: [],
    tvs: [],
    capfAuthMode: 0,
    capf: [],
    loadInformation: '',
    versionStamp: 'stamp-1',
    transportLayerProtocol: transport === 'udp' ? 2 : 1,
    connectionMonitorDuration: 120,
    certHash: '',
    encrConfig: false,
    dateTemplate: 'M/D/Y',
    urls: {},
    sip: {
      lines: lines.map((name, index) => ({
        index: index + 1,
        name,
        displayName: name,
        contact: `6270f0fa-80fe-b49f-7ad3-e61eb3cf9a1${index}`,
        authName: name,
        authPassword: password,
      })),
      timers: { ...TIMERS, ...choices.timers },
    },
  };
  return {
    server: { address: choices.server ?? '127.0.0.1', port: 5060 },
    protocol: 'SIP',
    mode: 'nonsecure',
    transport,
    configuration,
    load: 'sip88xx.12-8-1-0001-455',
    lastCause,
    trustLists: {
      ctl: null,
      itl: { signatureSha1: '1ba1c907e99e4d3c539dc81424af6c9f7dce4d6d', server: 'PUB' },
      alarm: 3,
    },
    token: null,
    tls: null,
  };
}

/** The address of the first phone. */
export const PHONE_ADDRESS = '127.77.1.1';

/** Options of a phone at `port` of 127.0.0.1, from an address of its own. */
export function phone(
  port: number,
  choices: AttemptChoices & {
    readonly k?: number;
    readonly model?: '8841' | '7962';
    readonly from?: string;
  } = {},
): SipOptions {
  const { k = 1, model = '8841', from = PHONE_ADDRESS } = choices;
  return {
    attempt: attempt(choices),
    device: device(k, model),
    target: { address: '127.0.0.1', port },
    localAddress: from,
    signal: new AbortController().signal,
  };
}

export const admitAll: Admit = () => ({ accepted: true, lines: [{ name: '1001', displayName: '' }] });

export interface Started {
  readonly registrar: SipRegistrarService;
  readonly events: SipServiceEvent[];
}

export async function registrar(options: Partial<SipRegistrarServiceOptions> = {}): Promise<Started> {
  const events: SipServiceEvent[] = [];
  const started = await startSipRegistrar({
    address: '127.0.0.1',
    port: 0,
    node: 'cucm1',
    release: parseRelease('12.5(1)'),
    admit: admitAll,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { registrar: started, events };
}

/** Waits until `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error(`${what}: not within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Is there an `::1` here? */
export const haveIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
