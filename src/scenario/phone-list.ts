import type { ModelProfile } from '../device/model.js';
import type { DeviceSecurityMode, SignallingProtocol } from '../device/security.js';
import { type CsvFault, type CsvRecord, parseCsv } from './csv.js';
import { nearest } from './suggest.js';

/** A phone as an administrator's list has it. */
export interface ListedPhone {
  readonly line: number;
  readonly name: string;
  readonly model: string;
  readonly pool: string;
  readonly security: DeviceSecurityMode;
  readonly protocol: SignallingProtocol | null;
  readonly lsc: 'none' | 'valid' | 'expired';
}

/** A row whose device is none of the models that there are. */
export interface UnknownDevice {
  readonly line: number;
  readonly name: string;
  /** Its device type as the list has it; may be empty. */
  readonly device: string;
}

/** A security profile whose name does not say its mode, and the rows that have it. */
export interface UnknownProfile {
  readonly profile: string;
  readonly lines: readonly number[];
}

export interface PhoneList {
  readonly rows: number;
  readonly phones: readonly ListedPhone[];
  readonly unknown: readonly UnknownDevice[];
  readonly unknownProfiles: readonly UnknownProfile[];
  /** Rows that cannot be read, in their order. */
  readonly faults: readonly CsvFault[];
}

export interface PhoneListOptions {
  /** The models that there are, by number. */
  readonly models: ReadonlyMap<string, Pick<ModelProfile, 'protocols'>>;
  /** What security profiles with names of their own come to, by name. */
  readonly profiles: ReadonlyMap<string, DeviceSecurityMode>;
  /** Milliseconds since 1970: what is an expired LSC. */
  readonly now: number;
}

type Column = 'name' | 'type' | 'pool' | 'profile' | 'protocol' | 'expires';

/** Headings as the exports of the Bulk Administration Tool and its reports spell them, in lower case. */
const HEADINGS: Readonly<Record<Column, readonly string[]>> = {
  name: ['device name', 'name'],
  type: ['device type', 'phone model', 'model', 'product', 'phone type'],
  pool: ['device pool'],
  profile: ['device security profile', 'phone security profile', 'security profile'],
  protocol: ['device protocol', 'protocol'],
  expires: ['lsc expires on', 'lsc expiry', 'lsc expiration', 'lsc expiry date'],
};

const REQUIRED: readonly Column[] = ['name', 'type'];

/** Names that phones have; the list may have other devices, too. */
const PHONE_NAME = /^SEP[0-9A-F]{12}$/i;

/** Reads a list of phones with a heading, CSV as RFC 4180 has it. Nothing is passed over: every row is a phone, unknown or a fault, or has an unknown profile. */
export function readPhoneList(text: string, options: PhoneListOptions): PhoneList {
  const { records, faults } = parseCsv(text);
  const [heading, ...rows] = records;
  const nothing = { rows: 0, phones: [], unknown: [], unknownProfiles: [] };
  if (heading === undefined) {
    const message =
      'found nothing, expected a heading with Device Name and Device Type, and a row for each phone';
    return { ...nothing, faults: faults.length > 0 ? faults : [{ line: 1, message }] };
  }
  const columns = columnsOf(heading);
  if ('message' in columns) return { ...nothing, faults: [...faults, columns] };
  const seen = new Map<string, number>();
  const read = rows.map((row) => readRow(row, heading.cells.length, columns, options, seen));
  const wrong: CsvFault[] = [...faults, ...read.filter((row) => 'message' in row)];
  if (rows.length === 0 && faults.length === 0)
    wrong.push({ line: heading.line, message: 'found a heading alone, expected a row for each phone' });
  return {
    rows: rows.length + faults.length,
    phones: read.filter((row) => 'model' in row),
    unknown: read.filter((row) => 'device' in row),
    unknownProfiles: byProfile(read.filter((row) => 'profile' in row)),
    faults: wrong.sort((a, b) => a.line - b.line),
  };
}

interface ProfileRow {
  readonly line: number;
  readonly profile: string;
}

function byProfile(rows: readonly ProfileRow[]): UnknownProfile[] {
  const profiles = new Map<string, number[]>();
  for (const { profile, line } of rows) {
    const lines = profiles.get(profile);
    if (lines === undefined) profiles.set(profile, [line]);
    else lines.push(line);
  }
  return [...profiles].map(([profile, lines]) => ({ profile, lines }));
}

type Columns = Readonly<Partial<Record<Column, number>>>;

function columnsOf({ line, cells }: CsvRecord): Columns | CsvFault {
  const delimiter =
    cells.length === 1 ? [';', '\t', '|'].find((sign) => cells[0]?.includes(sign)) : undefined;
  if (delimiter !== undefined) {
    const name = delimiter === '\t' ? 'tabs' : `"${delimiter}"`;
    return { line, message: `found fields parted by ${name}, expected commas (RFC 4180)` };
  }
  const headings = cells.map((cell) => cell.toLowerCase().replace(/\s+/g, ' '));
  const columns: Partial<Record<Column, number>> = {};
  for (const [column, spellings] of Object.entries(HEADINGS) as [Column, readonly string[]][]) {
    const at = headings.findIndex((heading) => spellings.includes(heading));
    if (at >= 0) columns[column] = at;
  }
  const missing = REQUIRED.find((column) => columns[column] === undefined);
  if (missing === undefined) return columns;
  const [expected = ''] = HEADINGS[missing];
  const near = nearest(expected, headings);
  const hint = near === undefined ? '' : ` (is it "${near}"?)`;
  return { line, message: `found no column "${titled(expected)}"${hint}, only ${cells.join(', ')}` };
}

function titled(heading: string): string {
  return heading.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** One row: a phone, a device that is none, or what is wrong with it. */
function readRow(
  { line, cells }: CsvRecord,
  width: number,
  columns: Columns,
  options: PhoneListOptions,
  seen: Map<string, number>,
): ListedPhone | UnknownDevice | ProfileRow | CsvFault {
  const fault = (message: string): CsvFault => ({ line, message });
  // exports end their rows with a comma as they like
  const further = cells.slice(width).filter((cell) => cell !== '');
  if (cells.length < width || further.length > 0)
    return fault(`found ${cells.length} fields, expected ${width} as in the heading`);
  const cell = (column: Column): string => cells[columns[column] ?? -1] ?? '';
  const name = cell('name').toUpperCase();
  if (name === '') return fault('found no device name');
  const before = seen.get(name);
  if (before !== undefined) return fault(`found ${name} again, it stands on line ${before} already`);
  seen.set(name, line);
  const type = cell('type');
  const { number, protocol: ofType } = typeOf(type);
  const model = options.models.get(number);
  if (model === undefined) return { line, name, device: type };
  if (!PHONE_NAME.test(name)) return fault(`found "${cell('name')}", expected SEP and 12 hexadecimal digits`);
  const profile = cell('profile');
  if (!NOTHING.test(cell('protocol')) && protocolIn(cell('protocol')) === null)
    return fault(`found protocol "${cell('protocol')}", expected SCCP or SIP`);
  const protocol = protocolOf([
    ['device type', type, ofType],
    ['protocol', cell('protocol'), protocolIn(cell('protocol'))],
    ['security profile', profile, protocolIn(profile)],
  ]);
  if (protocol !== null && 'message' in protocol) return fault(protocol.message);
  if (protocol !== null && !model.protocols.includes(protocol.protocol))
    return fault(
      `found ${protocol.protocol} (${protocol.where}), expected ${model.protocols.join(' or ')}, which is what the ${number} speaks`,
    );
  const security = securityOf(profile, options.profiles);
  if (security === undefined) return { line, profile };
  const expires = cell('expires');
  const lsc = lscOf(expires, options.now);
  if (lsc === undefined)
    return fault(`found LSC expiry "${expires}", expected a date such as 2027-03-12 or 3/12/2027`);
  return {
    line,
    name,
    model: number,
    pool: cell('pool'),
    security,
    protocol: protocol?.protocol ?? null,
    lsc,
  };
}

/** `Cisco 7962`, `Cisco 7962G`, `7962`, `Cisco 7942 SIP`. */
function typeOf(type: string): { readonly number: string; readonly protocol: SignallingProtocol | null } {
  const match = /^(?:cisco )?(?:ip phone )?(\d{4})G?( (?:SCCP|SIP))?$/i.exec(type.trim());
  return { number: match?.[1] ?? '', protocol: protocolIn(match?.[2] ?? '') };
}

const WORDS: readonly (readonly [word: RegExp, mode: DeviceSecurityMode])[] = [
  [/non[- ]?secure/i, 'non-secure'],
  [/encrypted/i, 'encrypted'],
  [/authenticated/i, 'authenticated'],
];

/** `Cisco 7962 - Standard SCCP Encrypted Profile`; a list without profiles is one of non-secure phones. */
function securityOf(
  profile: string,
  own: ReadonlyMap<string, DeviceSecurityMode>,
): DeviceSecurityMode | undefined {
  if (profile === '') return 'non-secure';
  return own.get(profile) ?? WORDS.find(([word]) => word.test(profile))?.[1];
}

function protocolIn(text: string): SignallingProtocol | null {
  if (/\bSCCP\b/i.test(text)) return 'SCCP';
  return /\bSIP\b/i.test(text) ? 'SIP' : null;
}

type ProtocolCell = readonly [column: string, text: string, protocol: SignallingProtocol | null];

/** What the columns of a row say of the protocol; null where none does, a message where two contradict each other. */
function protocolOf(
  cells: readonly ProtocolCell[],
): { readonly protocol: SignallingProtocol; readonly where: string } | { readonly message: string } | null {
  const [first, ...others] = cells.flatMap(([column, text, protocol]) =>
    protocol === null ? [] : [{ protocol, where: `${column} "${text}"` }],
  );
  if (first === undefined) return null;
  const other = others.find(({ protocol }) => protocol !== first.protocol);
  if (other === undefined) return first;
  return { message: `found ${first.where} beside ${other.where}, expected one protocol` };
}

/** How exports write that a cell has no value. */
const NOTHING = /^(?:|-+|na|n\/a|none|null|unknown)$/i;

function lscOf(expires: string, now: number): ListedPhone['lsc'] | undefined {
  if (NOTHING.test(expires)) return 'none';
  const date = dateOf(expires);
  if (date === undefined) return undefined;
  return date < now ? 'expired' : 'valid';
}

/** `2027-03-12`, `2027-03-12 07:20:00`, `3/12/2027`, the last as CUCM writes it: month first. */
function dateOf(text: string): number | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?$/.exec(text);
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: .*)?$/.exec(text);
  const [year, month, day] =
    iso !== null
      ? [iso[1], iso[2], iso[3]].map(Number)
      : [american?.[3], american?.[1], american?.[2]].map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}
