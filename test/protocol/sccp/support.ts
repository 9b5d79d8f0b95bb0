import type { SccpDevice } from '../../../src/protocol/sccp/device.js';
import { decodeMessage, encodeMessage, type SccpMessage, sccp } from '../../../src/protocol/sccp/message.js';
import {
  type PhoneEvent,
  type PhoneInput,
  type PhoneSettings,
  type PhoneState,
  phoneDeadline,
  startPhone,
  stepPhone,
} from '../../../src/protocol/sccp/phone-session.js';
import type { RegistrarSettings, SccpPeer } from '../../../src/protocol/sccp/registrar-session.js';

export const DEVICE: SccpDevice = {
  name: 'SEP001F9E266369',
  deviceType: 404,
  lines: 6,
  load: 'SCCP42.9-4-2SR3-1S',
  sccpVersion: 22,
  address: '192.168.9.36',
  model: '7962G',
};

export const PEER: SccpPeer = { address: '192.168.9.36', secure: false };

export function settings(of: Partial<PhoneSettings> = {}): PhoneSettings {
  return {
    device: DEVICE,
    outOfService: { cause: 25, server: '192.168.9.2', localPort: 49152, unixMs: 1715780730000 },
    phase: 0,
    ...of,
  };
}

/** Wednesday 2024-05-15 13:45:30 at the phones, two hours east of UTC. */
export const UNIX_MS = 1715780730000;

export function registrarSettings(of: Partial<RegistrarSettings> = {}): RegistrarSettings {
  return {
    protocolVersion: 22,
    keepAliveSeconds: 30,
    secondaryKeepAliveSeconds: 60,
    dateTemplate: 'M/D/Y',
    serverName: 'cucm1',
    serversOf: () => [{ name: 'cucm1', port: 2000, address: '10.0.0.1' }],
    localUnixMs: () => UNIX_MS,
    unixMs: () => UNIX_MS,
    waitingMs: 30_000,
    admit: () => ({
      accepted: true,
      lines: [{ name: '1001', displayName: 'Alice Example' }],
      speedDials: [{ number: '1002', label: 'Bob Example' }],
    }),
    tokenWaitSeconds: () => 0,
    ...of,
  };
}

/** A phone's session in virtual time: what it sent and what became of it. */
export class VirtualPhone {
  now = 0;
  state: PhoneState;
  readonly sent: SccpMessage[] = [];
  readonly events: PhoneEvent[] = [];

  constructor(of: PhoneSettings = settings()) {
    const first = startPhone(of, 0);
    this.state = first.state;
    this.sent.push(...first.send);
  }

  input(input: PhoneInput): readonly SccpMessage[] {
    const { state, send, event } = stepPhone(this.state, input, this.now);
    this.state = state;
    // What a phone sends must be writable.
    this.sent.push(...send.map((message) => decodeMessage(encodeMessage(message)) as SccpMessage));
    if (event !== undefined) {
      this.events.push(event);
    }
    return send;
  }

  hear(...messages: SccpMessage[]): readonly SccpMessage[] {
    return messages.flatMap((message) => this.input({ input: 'message', message }));
  }

  /** Lets its deadlines come, up to `ms` from now. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let at = phoneDeadline(this.state); at !== undefined && at <= end; at = phoneDeadline(this.state)) {
      this.now = at;
      this.input({ input: 'time' });
    }
    this.now = end;
  }

  /** Types of what was sent since the last call. */
  types(): string[] {
    return this.sent.splice(0).map(({ type }) => type);
  }
}

export function registerAck(of: { keepAlive?: number; version?: number } = {}): SccpMessage {
  return sccp('RegisterAck', 0, {
    keepAliveInterval: of.keepAlive ?? 30,
    dateTemplate: 'M/D/Y',
    alignment: '0000',
    secondaryKeepAliveInterval: 60,
    protocolVersion: of.version ?? 22,
    features: '20f1ff',
  });
}

export function buttonTemplate(...types: number[]): SccpMessage {
  return sccp('ButtonTemplate', 22, {
    offset: 0,
    total: types.length,
    buttons: types.map((type, i) => ({
      instance: types.slice(0, i + 1).filter((t) => t === type).length,
      type,
    })),
    slots: 42,
  });
}

export const SOFT_KEYS = [
  sccp('SoftKeyTemplateRes', 22, { offset: 0, total: 0, items: [] }),
  sccp('SoftKeySetRes', 22, { offset: 0, total: 0, items: [] }),
];

export const CONFIG_STAT = sccp('ConfigStatV2', 22, {
  deviceName: DEVICE.name,
  userId: 0,
  instance: 0,
  numberOfLines: 0,
  numberOfSpeedDials: 0,
  userName: '',
  serverName: '',
});

export const TIME = sccp('DefineTimeDate', 22, {
  year: 2024,
  month: 5,
  dayOfWeek: 3,
  day: 15,
  hour: 13,
  minute: 45,
  second: 30,
  millisecond: 0,
  systemTime: UNIX_MS / 1000,
});

/** A phone that is registered and has said nothing since. */
export function registeredPhone(of: { keepAlive?: number } = {}): VirtualPhone {
  const phone = new VirtualPhone();
  phone.hear(
    registerAck(of),
    sccp('CapabilitiesReq', 22, {}),
    buttonTemplate(),
    ...SOFT_KEYS,
    CONFIG_STAT,
    TIME,
  );
  phone.types();
  return phone;
}
