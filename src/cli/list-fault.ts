import { TrustfleetError } from '../errors.js';
import { counted } from '../observe/figure-text.js';
import type { PhoneList, UnknownDevice, UnknownProfile } from '../scenario/phone-list.js';
import { MODES } from './init-answers.js';

/** Lines about a list that are shown; the rest is counted. */
const MAX_LINES_SHOWN = 25;

/** Rows of a security profile that are named by their line. */
const MAX_ROWS_NAMED = 5;

interface Remark {
  readonly line: number;
  readonly message: string;
}

/**
 * What is wrong with a list of phones, one line for every row that is no phone and one for every security profile that is not
 * understood; undefined where nothing is. Devices that are left out anyhow are named, too.
 */
export function listFault(
  file: string,
  list: PhoneList,
  { models, isUnknownSkipped }: { readonly models: readonly string[]; readonly isUnknownSkipped: boolean },
): TrustfleetError | undefined {
  const unknown = isUnknownSkipped ? [] : list.unknown;
  const skipped = isUnknownSkipped ? list.unknown : [];
  const wrong: Remark[] = [
    ...list.faults,
    ...list.unknownProfiles.map(unknownProfile),
    ...unknown.map(({ line, name, device }) => ({ line, message: notSimulated(name, device) })),
  ].sort(byLine);
  const [first] = wrong;
  if (first === undefined) return undefined;
  const rows =
    list.faults.length +
    unknown.length +
    list.unknownProfiles.reduce((sum, { lines }) => sum + lines.length, 0);
  const text = [
    ...shown(file, wrong),
    ...shown(
      file,
      skipped.map((device) => ({ line: device.line, message: leftOut(device) })),
    ),
    ...(unknown.length > 0
      ? [`models there are: ${models.join(', ')}; --skip-unknown leaves the other devices out`]
      : []),
    `${[
      counted(list.rows, 'row'),
      counted(list.phones.length, 'phone'),
      ...(skipped.length > 0 ? [`${counted(skipped.length, 'device')} left out`] : []),
      `${counted(rows, 'row')} that ${rows === 1 ? 'is' : 'are'} none`,
    ].join(', ')}; nothing was written`,
  ];
  return new TrustfleetError('TF_USAGE', text.join('\n'), { context: { file, line: first.line } });
}

/** A device that `--skip-unknown` leaves out, by name and type. */
export function leftOut({ name, device }: UnknownDevice): string {
  return `${name} (${device === '' ? 'no device type' : device}) was left out`;
}

function byLine(a: Remark, b: Remark): number {
  return a.line - b.line;
}

function shown(file: string, remarks: readonly Remark[]): string[] {
  const lines = remarks.slice(0, MAX_LINES_SHOWN).map(({ line, message }) => `${file}:${line}: ${message}`);
  return remarks.length > lines.length ? [...lines, `and ${remarks.length - lines.length} more`] : lines;
}

function notSimulated(name: string, device: string): string {
  return device === ''
    ? `found no device type of ${name}`
    : `found device type "${device}", no phone that is simulated`;
}

/** One for all rows: a company has a profile of its own on thousands of phones. */
function unknownProfile({ profile, lines }: UnknownProfile): Remark {
  const [line = 0] = lines;
  const named = lines.slice(0, MAX_ROWS_NAMED).join(', ');
  const more = lines.length > MAX_ROWS_NAMED ? ', …' : '';
  const where = lines.length === 1 ? '' : ` in ${counted(lines.length, 'row')} (lines ${named}${more})`;
  const message = `found security profile "${profile}"${where}, whose name does not say Non-Secure, Authenticated or Encrypted; say it with --security-profile "${profile}=MODE" where MODE is ${MODES.join(', ')}`;
  return { line, message };
}
