import { createHash } from 'node:crypto';
import { type DigestName, digestName } from '../device/digest.js';
import { ROLE_CODES, roleName } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import { readPlainHeader } from './header.js';
import { u8, u16 } from './octets.js';
import { listKind, readRecords } from './parse.js';
import { scan } from './scan.js';
import { sameSigner } from './signer.js';
import { headerEnd, recordBase, scanTable, valueLength, valueOffset } from './table.js';
import { HEADER_TAG, LAST_RECORD_TAG, RECORD_TAG } from './tags.js';
import { decodeText, printable } from './text.js';

export interface ShowOptions {
  /** Did the signature verify? Decides the last lines. */
  readonly verified: boolean;
  /** `last modified`, seconds since 1970-01-01 UTC; default: the TIMESTAMP of the header. */
  readonly lastModified?: number;
  /** Default: printed. `show itl` has them from 10.0 on (trust-files.md 13.1). */
  readonly checksums?: 'none';
}

/** Names as `show ctl` spells them, by tag; PADDING and signer version are never shown (trust-files.md 13.1). */
const HEADER_NAMES: readonly (readonly [tag: number, name: string])[] = [
  [HEADER_TAG.SIGNERID, 'SIGNERID'],
  [HEADER_TAG.SIGNERNAME, 'SIGNERNAME'],
  [HEADER_TAG.SERIALNUMBER, 'SERIALNUMBER'],
  [HEADER_TAG.CANAME, 'CANAME'],
  [HEADER_TAG.SIGNATUREINFO, 'SIGNATUREINFO'],
  [HEADER_TAG.DIGESTALGORITHM, 'DIGESTALGORTITHM'],
  [HEADER_TAG.SIGNATUREALGOINFO, 'SIGNATUREALGOINFO'],
  [HEADER_TAG.SIGNATUREALGORITHM, 'SIGNATUREALGORTITHM'],
  [HEADER_TAG.SIGNATUREMODULUS, 'SIGNATUREMODULUS'],
  [HEADER_TAG.SIGNATURE, 'SIGNATURE'],
  [HEADER_TAG.FILENAME, 'FILENAME'],
  [HEADER_TAG.TIMESTAMP, 'TIMESTAMP'],
];

const RECORD_NAMES: Readonly<Record<number, string>> = {
  [RECORD_TAG.RECORDLENGTH]: 'RECORDLENGTH',
  [RECORD_TAG.DNSNAME]: 'DNSNAME',
  [RECORD_TAG.SUBJECTNAME]: 'SUBJECTNAME',
  [RECORD_TAG.FUNCTION]: 'FUNCTION',
  [RECORD_TAG.ISSUERNAME]: 'ISSUERNAME',
  [RECORD_TAG.SERIALNUMBER]: 'SERIALNUMBER',
  [RECORD_TAG.PUBLICKEY]: 'PUBLICKEY',
  [RECORD_TAG.SIGNATURE]: 'SIGNATURE',
  [RECORD_TAG.CERTIFICATE]: 'CERTIFICATE',
  [RECORD_TAG.IPADDRESS]: 'IPADDRESS',
  [RECORD_TAG.CERTHASH]: 'CERTHASH',
  [RECORD_TAG.HASHALGORITHM]: 'HASH ALGORITHM',
};

const DIGEST_TITLES: Readonly<Record<DigestName, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
};

const COLUMNS = ['BYTEPOS\tTAG\t\tLENGTH\tVALUE', '-------\t---\t\t------\t-----'];

/**
 * The output of CUCM's `show ctl` and `show itl` (trust-files.md 13). LENGTH is the length in the file, so that the column
 * adds up to RECORDLENGTH and HeaderLength.
 *
 * @throws TrustfleetError as `scan` does, and TF_USAGE for a file that is no list.
 */
export function showTrustList(bytes: Uint8Array, options: ShowOptions): string {
  const table = scanTable();
  const kind = scan(bytes, table, bytes.length);
  if (kind !== 'trust-list') {
    throw new TrustfleetError('TF_USAGE', `a file of kind ${kind} has no show layout, only CTL and ITL have`);
  }
  const header = readPlainHeader(bytes, table);
  const word = listKind(header) === 'itl' ? 'ITL' : 'CTL';
  const lines = [
    ...(options.checksums === 'none' ? [] : checksumLines(bytes, word)),
    `Length of ${word} file: ${bytes.length}`,
    `The ${word} File was last modified on ${longDate(options.lastModified ?? header.timestamp ?? 0)}`,
    '',
    `\tParse ${word} File`,
    '\t----------------',
    '',
    `Version:\t${header.version.major}.${header.version.minor}`,
    `HeaderLength:\t${headerEnd(table)} (BYTES)`,
    '',
    ...COLUMNS,
    ...HEADER_NAMES.flatMap(([tag, name]) => headerLines(bytes, table, tag, name)),
    '',
  ];
  for (const [index, record] of readRecords(bytes, table).entries()) {
    lines.push(`\t${word} Record #:${index + 1}`, '\t\t  ----', ...COLUMNS);
    lines.push(...recordLines(bytes, table, recordBase(index)));
    if (record.role === ROLE_CODES.SAST) {
      const used = sameSigner(header.signer, record) ? 'was used' : 'was not used';
      lines.push(`This etoken ${used} to sign the ${word} file.`);
    }
    lines.push('');
  }
  lines.push(
    ...(options.verified
      ? [`The ${word} file was verified successfully.`]
      : [`Verification of the ${word} file failed.`, `Error parsing the ${word} File.`]),
    '',
  );
  return lines.join('\n');
}

function checksumLines(bytes: Uint8Array, word: string): readonly string[] {
  return [
    `The checksum value of the ${word} file:`,
    `${createHash('md5').update(bytes).digest('hex')}(MD5)`,
    `${createHash('sha1').update(bytes).digest('hex')}(SHA1)`,
    '',
  ];
}

/** What the commands print where there is no file (trust-files.md 13.2); the texts for an ITL are a project convention. */
export function showMissing(kind: 'ctl' | 'itl'): string {
  return kind === 'ctl'
    ? 'Length of CTL file: 0\n' +
        'CTL File not found. Please run CTLClient plugin or run the CLI - utils ctl.. to generate the CTL file.\n' +
        'Error parsing the CTL File.\n'
    : 'Length of ITL file: 0\nITL File not found.\nError parsing the ITL File.\n';
}

/** Two tabs behind a name shorter than 8 characters put LENGTH into column 24. */
function line(tag: number, name: string, length: number, value: string): string {
  const start = `${tag}\t${name}${name.length < 8 ? '\t\t' : '\t'}${length}`;
  return value === '' ? start : `${start}\t${value}`;
}

function headerLines(bytes: Uint8Array, table: Int32Array, tag: number, name: string): string[] {
  const at = valueOffset(table, tag);
  const length = valueLength(table, tag);
  if (at === 0) return [];
  switch (tag) {
    case HEADER_TAG.SIGNERID:
    case HEADER_TAG.SIGNATUREINFO:
    case HEADER_TAG.SIGNATUREALGOINFO:
      // containers print the size of LENGTH itself, and their length as the value
      return [line(tag, name, 2, `${length}`)];
    case HEADER_TAG.SIGNERNAME:
    case HEADER_TAG.CANAME:
      return [line(tag, name, length, printable(decodeText(bytes, at, length)))];
    case HEADER_TAG.SERIALNUMBER:
      return [line(tag, name, length, pairs(bytes.subarray(at, at + length), ':'))];
    case HEADER_TAG.SIGNATURE:
      return [line(tag, name, length, ''), ...signatureLines(bytes.subarray(at, at + length))];
    default:
      return [line(tag, name, length, '')];
  }
}

/** 8 octets a line, without leading zeros. */
function signatureLines(signature: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < signature.length; at += 8) {
    lines.push(Array.from(signature.subarray(at, at + 8), (octet) => octet.toString(16)).join('  '));
  }
  return lines;
}

function recordLines(bytes: Uint8Array, table: Int32Array, base: number): string[] {
  const lines: string[] = [];
  for (let tag = 1; tag <= LAST_RECORD_TAG; tag += 1) {
    const at = valueOffset(table, tag, base);
    if (at === 0) continue;
    const octets = bytes.subarray(at, at + valueLength(table, tag, base));
    lines.push(line(tag, RECORD_NAMES[tag] ?? '', octets.length, recordValue(tag, octets)));
  }
  return lines;
}

function recordValue(tag: number, octets: Uint8Array): string {
  switch (tag) {
    case RECORD_TAG.RECORDLENGTH:
      return `${u16(octets, 0)}`;
    case RECORD_TAG.DNSNAME:
    case RECORD_TAG.SUBJECTNAME:
    case RECORD_TAG.ISSUERNAME:
      return printable(decodeText(octets, 0, octets.length));
    case RECORD_TAG.FUNCTION:
      return functionTitle(u16(octets, 0));
    case RECORD_TAG.SERIALNUMBER:
      return pairs(octets, ':');
    case RECORD_TAG.CERTIFICATE:
      return `${pairs(createHash('sha1').update(octets).digest(), ' ')} (SHA1 Hash HEX)`;
    case RECORD_TAG.CERTHASH:
      return pairs(octets, ' ');
    case RECORD_TAG.HASHALGORITHM: {
      const digest = digestName(u8(octets, 0));
      return digest === undefined ? `${u8(octets, 0)}` : DIGEST_TITLES[digest];
    }
    default:
      return '';
  }
}

function functionTitle(role: number): string {
  return role === ROLE_CODES.SAST ? 'System Administrator Security Token' : roleName(role);
}

function pairs(octets: Uint8Array, separator: string): string {
  return Array.from(octets, (octet) => octet.toString(16).toUpperCase().padStart(2, '0')).join(separator);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `EEE MMM dd HH:mm:ss zzz yyyy`, in UTC so that it is the same on every machine. */
function longDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  const day = two(date.getUTCDate());
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} UTC ${date.getUTCFullYear()}`;
}
