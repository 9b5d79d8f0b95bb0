import { ROLE_CODES, type RoleName } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import {
  certificateRecord,
  emptyRecord,
  hashRecord,
  ITL_DNS_NAME,
  type Layout,
  type NameStyle,
  type RecordOptions,
  type RecordSpec,
} from '../trustfile/index.js';
import { loadCertificate } from './signing-options.js';

const KEYS = ['role', 'cert', 'dns', 'ip', 'form', 'names', 'signature'] as const;
type Key = (typeof KEYS)[number];

/**
 * A record of `build --record role=SAST,cert=pub.pem,dns=pub,ip=10.0.0.1`.
 *
 * @throws TrustfleetError TF_USAGE that names the key, and what reading the certificate throws.
 */
export async function readRecordOption(
  text: string,
  list: 'ctl' | 'itl',
  layout: Layout,
): Promise<RecordSpec> {
  const fields = readFields(text);
  const role = readRole(fields.get('role'), text);
  const form = oneOf(fields.get('form') ?? 'certificate', ['certificate', 'hash', 'empty'], 'form', text);
  const names: NameStyle = oneOf(
    fields.get('names') ?? layout,
    ['cucm', 'certutils', 'etoken'],
    'names',
    text,
  );
  const options: RecordOptions = {
    dnsName: fields.get('dns') ?? (list === 'itl' && layout === 'cucm' ? ITL_DNS_NAME : null),
    ipAddress: fields.get('ip') ?? null,
    names,
    signature:
      oneOf(fields.get('signature') ?? 'yes', ['yes', 'no'], 'signature', text) === 'no'
        ? 'omitted'
        : 'included',
  };
  const file = fields.get('cert');
  if (form === 'empty') {
    if (file !== undefined) throw usage(text, 'an empty record has no cert');
    return emptyRecord(role, options);
  }
  if (file === undefined) throw usage(text, 'cert=FILE is missing (form=empty makes a record without)');
  const certificate = await loadCertificate(file);
  return form === 'hash'
    ? hashRecord(role, certificate, options)
    : certificateRecord(role, certificate, options);
}

function readFields(text: string): ReadonlyMap<Key, string> {
  const fields = new Map<Key, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = KEYS.find((known) => known === part.slice(0, at));
    if (at === -1 || key === undefined) {
      throw usage(text, `"${part}" is none of ${KEYS.map((known) => `${known}=`).join(', ')}`);
    }
    if (fields.has(key)) throw usage(text, `${key} is given twice`);
    fields.set(key, part.slice(at + 1));
  }
  return fields;
}

function readRole(value: string | undefined, text: string): RoleName | number {
  const names = Object.keys(ROLE_CODES) as RoleName[];
  const name = names.find((known) => known === value?.toUpperCase());
  if (name !== undefined) return name;
  if (value !== undefined && /^\d{1,5}$/.test(value) && Number(value) <= 0xffff) return Number(value);
  throw usage(
    text,
    `role ${value === undefined ? 'is missing' : `"${value}"`}, expected ${names.join(', ')} or a number`,
  );
}

function oneOf<T extends string>(value: string, choices: readonly T[], key: string, text: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw usage(text, `${key}=${value}, expected ${choices.join(', ')}`);
  return found;
}

function usage(text: string, problem: string): TrustfleetError {
  return new TrustfleetError('TF_USAGE', `--record ${text}: ${problem}`);
}
