import type { TftpOption } from './packets.js';

/** Octets of a block where no `blksize` was agreed (RFC 1350). */
export const DEFAULT_BLOCK_SIZE = 512;
/** RFC 2348. */
const MIN_BLOCK_SIZE = 8;
export const MAX_BLOCK_SIZE = 65464;
/** RFC 2349, seconds. */
const MAX_TIMEOUT_SECONDS = 255;

/** What a server agreed to. */
export interface Agreement {
  readonly blockSize: number;
  /** Retransmission interval that the client wants, seconds; undefined: the server's own. */
  readonly timeoutSeconds: number | undefined;
  /** What the OACK lists; empty: no OACK. */
  readonly answered: readonly TftpOption[];
}

export type Negotiation = { readonly agreed: Agreement } | { readonly refusal: string };

/**
 * The server's half of RFC 2347: options that it does not know are left out, a block size is at most what was asked for and
 * at most `maxBlockSize`, `tsize` is answered with the file's size. A value outside its range, or an option given twice, is
 * refused (ERROR 8).
 * @param fileOctets size of the file asked for
 */
export function agreeOptions(
  asked: readonly TftpOption[],
  fileOctets: number,
  maxBlockSize: number = MAX_BLOCK_SIZE,
): Negotiation {
  let blockSize = DEFAULT_BLOCK_SIZE;
  let timeoutSeconds: number | undefined;
  const answered: TftpOption[] = [];
  const seen = new Set<string>();
  for (const { name, value } of asked) {
    const option = name.toLowerCase();
    if (option !== 'blksize' && option !== 'tsize' && option !== 'timeout') continue;
    if (seen.has(option)) return { refusal: `option ${option} given twice` };
    seen.add(option);
    const number = decimal(value);
    if (option === 'blksize') {
      if (number === undefined || number < MIN_BLOCK_SIZE || number > MAX_BLOCK_SIZE) {
        return { refusal: `blksize "${value}" is not in ${MIN_BLOCK_SIZE}..${MAX_BLOCK_SIZE}` };
      }
      blockSize = Math.min(number, maxBlockSize);
      answered.push({ name, value: String(blockSize) });
    } else if (option === 'tsize') {
      // RFC 2349 has a reader send 0; another number does no harm
      if (number === undefined) return { refusal: `tsize "${value}" is not a number` };
      answered.push({ name, value: String(fileOctets) });
    } else {
      if (number === undefined || number < 1 || number > MAX_TIMEOUT_SECONDS) {
        return { refusal: `timeout "${value}" is not in 1..${MAX_TIMEOUT_SECONDS}` };
      }
      timeoutSeconds = number;
      answered.push({ name, value });
    }
  }
  return { agreed: { blockSize, timeoutSeconds, answered } };
}

/** Options that a client asks for; none of them is what a 7960 does (phone-config.md 3). */
export interface AskedOptions {
  /** Octets, 8..65464. */
  readonly blksize?: number;
  /** Ask for the size of the file. */
  readonly tsize?: boolean;
  /** Retransmission interval for the server, seconds, 1..255. */
  readonly timeout?: number;
}

/** Options of an RRQ in the order blksize, tsize, timeout. */
export function askOptions(asked: AskedOptions): TftpOption[] {
  const options: TftpOption[] = [];
  if (asked.blksize !== undefined) options.push({ name: 'blksize', value: String(asked.blksize) });
  if (asked.tsize === true) options.push({ name: 'tsize', value: '0' });
  if (asked.timeout !== undefined) options.push({ name: 'timeout', value: String(asked.timeout) });
  return options;
}

export type Granted =
  | { readonly blockSize: number; readonly fileOctets: number | undefined }
  /** Why the client cannot go on with this OACK; it answers ERROR 8. */
  | { readonly refusal: string };

/** The client's half of RFC 2347: an OACK may grant less than was asked for, never more and never something else. */
export function readGrant(asked: AskedOptions, granted: readonly TftpOption[]): Granted {
  let blockSize = DEFAULT_BLOCK_SIZE;
  let fileOctets: number | undefined;
  for (const { name, value } of granted) {
    const number = decimal(value);
    switch (name.toLowerCase()) {
      case 'blksize':
        if (asked.blksize === undefined) return { refusal: 'blksize was not asked for' };
        if (number === undefined || number < MIN_BLOCK_SIZE || number > asked.blksize) {
          return { refusal: `blksize "${value}" where ${asked.blksize} was asked for` };
        }
        blockSize = number;
        break;
      case 'tsize':
        if (asked.tsize !== true) return { refusal: 'tsize was not asked for' };
        if (number === undefined) return { refusal: `tsize "${value}" is not a number` };
        fileOctets = number;
        break;
      case 'timeout':
        if (asked.timeout === undefined) return { refusal: 'timeout was not asked for' };
        if (number !== asked.timeout) {
          return { refusal: `timeout "${value}" where ${asked.timeout} was asked for` };
        }
        break;
      default:
        return { refusal: `option "${name.slice(0, 32)}" was not asked for` };
    }
  }
  return { blockSize, fileOctets };
}

function decimal(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
