import { TrustfleetError } from '../../errors.js';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.js';
import type { BodyReader, BodyWriter } from './body.js';

/** A piece of a body: how it is read and how it is written. Layouts are built of them once, when the module loads. */
export interface Layout<T> {
  read(from: BodyReader): T;
  write(to: BodyWriter, value: T): void;
}

/** What a layout holds. */
export type ValueOf<L> = L extends Layout<infer T> ? T : never;

type Shape = Readonly<Record<string, Layout<unknown>>>;
type Values<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> };

export const u8: Layout<number> = {
  read: (from) => from.u8(),
  write: (to, value) => to.u8(value),
};

export const u16: Layout<number> = {
  read: (from) => from.u16(),
  write: (to, value) => to.u16(value),
};

export const u32: Layout<number> = {
  read: (from) => from.u32(),
  write: (to, value) => to.u32(value),
};

export const ipv4: Layout<string> = {
  read: (from) => formatIpv4(from.octets(4)),
  write: (to, value) => to.octets(parseIpv4(value)),
};

export const ipv6: Layout<string> = {
  read: (from) => formatIpv6(from.octets(16)),
  write: (to, value) => to.octets(parseIpv6(value)),
};

/** NUL-terminated string of a dynamic (V2) message. */
export const terminated: Layout<string> = {
  read: (from) => from.terminated(),
  write: (to, value) => to.terminated(value),
};

/** NUL-padded string of `length` octets. */
export function text(length: number): Layout<string> {
  return {
    read: (from) => from.text(length),
    write: (to, value) => to.text(value, length),
  };
}

/** Octets in written order as lower-case hex. */
export function hex(length: number): Layout<string> {
  return {
    read: (from) => from.octets(length).toString('hex'),
    write(to, value) {
      const octets = Buffer.from(value, 'hex');
      if (octets.length !== length || value.length !== 2 * length) {
        throw new TrustfleetError('TF_SCCP_MALFORMED', `"${value}" is not ${length} octets in hexadecimal`);
      }
      to.octets(octets);
    },
  };
}

/** A loop: `Array.from` with a function takes six times as long, and soft keys are most of what a phone reads (`bench codecs`). */
export function readItems<T>(from: BodyReader, item: Layout<T>, count: number): T[] {
  const items: T[] = [];
  for (let i = 0; i < count; i += 1) items.push(item.read(from));
  return items;
}

/** `count` equal pieces, no more and no less. */
export function times<T>(count: number, item: Layout<T>): Layout<readonly T[]> {
  return {
    read: (from) => readItems(from, item, count),
    write(to, values) {
      checkCount(values.length, count, count);
      for (const value of values) {
        item.write(to, value);
      }
    },
  };
}

/** A u32 count, then as many pieces, at most `limit`. */
export function counted<T>(item: Layout<T>, limit: number): Layout<readonly T[]> {
  return {
    read(from) {
      const count = from.u32();
      checkCount(count, 0, limit);
      return readItems(from, item, count);
    },
    write(to, values) {
      checkCount(values.length, 0, limit);
      to.u32(values.length);
      for (const value of values) {
        item.write(to, value);
      }
    },
  };
}

/** Part of a longer list: `items` begin at `offset` (from 0) of `total`. */
export interface Page<T> {
  readonly offset: number;
  readonly total: number;
  readonly items: readonly T[];
}

/** offset u32, count u32, total u32, then `count` pieces, at most `limit`. */
export function page<T>(item: Layout<T>, limit: number): Layout<Page<T>> {
  return {
    read(from) {
      const offset = from.u32();
      const count = from.u32();
      const total = from.u32();
      checkCount(count, 0, limit);
      return { offset, total, items: readItems(from, item, count) };
    },
    write(to, value) {
      checkCount(value.items.length, 0, limit);
      to.u32(value.offset);
      to.u32(value.items.length);
      to.u32(value.total);
      for (const entry of value.items) {
        item.write(to, entry);
      }
    },
  };
}

/** Pieces one after the other, as a readonly object in the same order. */
export function record<S extends Shape>(shape: S): Layout<Values<S>> {
  const pieces = Object.entries(shape);
  return {
    read(from) {
      const values: Record<string, unknown> = {};
      for (const [name, piece] of pieces) {
        values[name] = piece.read(from);
      }
      return values as Values<S>;
    },
    write(to, value) {
      for (const [name, piece] of pieces) {
        piece.write(to, value[name]);
      }
    },
  };
}

/** A layout followed by zero octets up to a multiple of four, as dynamic messages have it (sccp.md 1). */
export function padded<T>(layout: Layout<T>): Layout<T> {
  return {
    read(from) {
      const value = layout.read(from);
      from.skip(-from.position & 3);
      return value;
    },
    write(to, value) {
      layout.write(to, value);
      to.zeros(-to.position & 3);
    },
  };
}

export function checkCount(found: number, least: number, most: number): void {
  if (found < least || found > most) {
    throw new TrustfleetError(
      'TF_SCCP_MALFORMED',
      `a list of ${found} entries where ${least === most ? least : `at most ${most}`} fit`,
    );
  }
}
