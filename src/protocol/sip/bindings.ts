import type { SipFlow } from './registrar-model.js';
import type { RegisterAsked } from './registrar-request.js';

/** A device that is registered. */
export interface Binding {
  readonly device: string;
  readonly deviceType: number | null;
  readonly lines: readonly string[];
  readonly callId: string;
  /** The answer to this CSeq said x-cisco-newreg; a repetition of the request must hear it again. */
  readonly firstCseq: number;
  /** User part of the address of record. */
  readonly lineName: string;
  flow: SipFlow;
  cseq: number;
  contactUri: string;
  expiresAt: number;
}

/**
 * A device that registers anew: with all lines that the database has for it where it asks for that (`bulkregisterreq`), else
 * with the one line of its REGISTER (sip.md 3.5).
 */
export function newBinding(
  asked: RegisterAsked,
  flow: SipFlow,
  lines: readonly { readonly name: string }[],
  expiresAt: number,
): Binding {
  const { deviceName, deviceType, callId, cseq, lineName, contactUri, bulk } = asked;
  return {
    device: deviceName,
    deviceType,
    lines: bulk ? lines.map(({ name }) => name) : [lineName],
    callId,
    firstCseq: cseq,
    lineName,
    flow,
    cseq,
    contactUri,
    expiresAt,
  };
}

/** Who is registered, and over which connection. */
export class Bindings {
  /** In the order of their last REGISTER: as all are granted the same time, the first one expires first. */
  readonly #byDevice = new Map<string, Binding>();
  /** Devices on each connection; datagrams have none. */
  readonly #onFlow = new Map<SipFlow, Set<string>>();

  get size(): number {
    return this.#byDevice.size;
  }

  /** Infinity when nobody is registered. */
  get firstExpiry(): number {
    const { value: first } = this.#byDevice.values().next();
    return first?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  all(): Iterable<Readonly<Binding>> {
    return this.#byDevice.values();
  }

  get(device: string): Binding | undefined {
    return this.#byDevice.get(device);
  }

  /** Notes a REGISTER that was granted: the binding is the last one to expire now. */
  renew(binding: Binding, flow: SipFlow, asked: RegisterAsked, expiresAt: number): void {
    const { device } = binding;
    const before = this.#byDevice.get(device);
    if (before !== undefined && before.flow !== flow) this.#onFlow.get(before.flow)?.delete(device);
    binding.flow = flow;
    binding.cseq = asked.cseq;
    binding.contactUri = asked.contactUri;
    binding.expiresAt = expiresAt;
    this.#byDevice.delete(device);
    this.#byDevice.set(device, binding);
    if (flow.transport === 'udp') return;
    const devices = this.#onFlow.get(flow);
    if (devices === undefined) this.#onFlow.set(flow, new Set([device]));
    else devices.add(device);
  }

  /** false when the device was not registered. */
  remove(device: string): boolean {
    const binding = this.#byDevice.get(device);
    if (binding === undefined) return false;
    this.#byDevice.delete(device);
    this.#onFlow.get(binding.flow)?.delete(device);
    return true;
  }

  /** Removes what has expired and names it. */
  expire(now: number): readonly string[] {
    const expired: string[] = [];
    for (const { device, expiresAt } of this.#byDevice.values()) {
      if (expiresAt > now) break;
      expired.push(device);
    }
    for (const device of expired) this.remove(device);
    return expired;
  }

  /** Removes the devices of a connection that is gone and names them. */
  closed(flow: SipFlow): readonly string[] {
    const devices = [...(this.#onFlow.get(flow) ?? [])];
    this.#onFlow.delete(flow);
    for (const device of devices) this.#byDevice.delete(device);
    return devices;
  }
}
