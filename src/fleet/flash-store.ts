import { createHash } from 'node:crypto';
import type { TrustList } from '../trustfile/model.js';
import type { ShardPhone } from './shard-phone.js';

/** What the flash of one phone holds. Files go by the SHA-256 of their octets, lower-case hex. */
export interface FlashRecord {
  readonly phone: string;
  readonly model: string;
  readonly group: string;
  /** Lists, to be found in {@link FlashStore}; null where it has none. */
  readonly ctl: string | null;
  readonly itl: string | null;
  /** The configuration (XML) that it accepted last; `shared` where phones of a form share one file (docs/virtual-time.md). */
  readonly configuration: string | null;
  readonly lsc: {
    readonly issuer: string;
    readonly serial: string;
    readonly notAfter: string;
  } | null;
  /** Load that it runs in place of the one it was delivered with. */
  readonly load: string | null;
  /** It accepts no list and no configuration any more. */
  readonly locked: boolean;
}

/** The flash of a fleet: each list once, whoever holds it. */
export interface FlashStore {
  readonly lists: ReadonlyMap<string, Uint8Array>;
  /** In the order of their names. */
  readonly phones: readonly FlashRecord[];
}

/**
 * What the phones of a shard hold. MICs are left out: they are their model's for good.
 *
 * @param configurations `form`: a phone's file may be one with another phone's name in it, so it has no name here
 */
export function readFlash(phones: readonly ShardPhone[], configurations: 'form' | 'each'): FlashStore {
  const lists = new Map<string, Uint8Array>();
  // phones share lists that are the same
  const names = new Map<TrustList, string>();
  const nameOf = (list: TrustList | null): string | null => {
    if (list === null) return null;
    let name = names.get(list);
    if (name === undefined) {
      name = createHash('sha256').update(list.bytes).digest('hex');
      names.set(list, name);
      lists.set(name, list.bytes);
    }
    return name;
  };
  const records = phones.map(({ device, phone, locked }): FlashRecord => {
    const { ctl, itl, configuration, lsc, load } = phone.flash;
    return {
      phone: device.name,
      model: device.kind.model,
      group: device.kind.group,
      ctl: nameOf(ctl),
      itl: nameOf(itl),
      configuration:
        configuration === null ? null : configurations === 'form' ? 'shared' : configuration.sha256,
      lsc: lsc === null ? null : lscRecord(lsc),
      load,
      locked,
    };
  });
  return { lists, phones: records };
}

function lscRecord({ certificate }: NonNullable<ShardPhone['phone']['flash']['lsc']>): FlashRecord['lsc'] {
  const { issuer, serial, notAfter } = certificate;
  return { issuer, serial, notAfter: notAfter.toISOString() };
}

/** The flash of all shards. */
export function mergeFlash(parts: readonly FlashStore[]): FlashStore {
  return {
    lists: new Map(parts.flatMap(({ lists }) => [...lists])),
    phones: parts.flatMap(({ phones }) => phones).sort((a, b) => (a.phone < b.phone ? -1 : 1)),
  };
}
