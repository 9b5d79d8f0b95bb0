import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import type { CounterLabels, RuleId } from '../observe/events.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import type { EncryptedFile, SignedFile } from '../trustfile/model.js';
import {
  askedConfiguration,
  judgeConfiguration,
  judgeUnsignedConfiguration,
} from './decide/configuration.js';
import { STATUS } from './decide/status.js';
import { isAuthorizedTftp } from './decide/tftp-authorized.js';
import { malformed, type Refused, type Verdict } from './decide/verdict.js';
import { defaultConfiguration } from './default-configuration.js';
import { decryptWithOwnKey, type ReducedFor, reducedFor } from './encrypted-configuration.js';
import type { Equipment } from './equipment.js';
import type { FileClient } from './files.js';
import type { StoredConfiguration } from './flash.js';
import type { PhoneJudge } from './judge.js';
import type { StopSignal } from './stop.js';

type Form = CounterLabels['configurations']['form'];

/** How the configuration step ended. The last accepted configuration is in flash. */
export interface ConfigurationReport {
  readonly result: CounterLabels['configurations']['result'];
  readonly form: Form;
  readonly rule: RuleId;
  /** Null where the transfer was no trouble; else the message for it. */
  readonly trouble: string | null;
}

/** Takes the phone to CAPF for the LSC that a reduced configuration asks for; false where it comes back without a new one. */
export type FetchLsc = (reduced: PhoneConfiguration) => Promise<boolean>;

/** The configuration step: which name, whose signature, what is kept. Counts one `configurations`. */
export async function updateConfiguration(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  fetchLsc: FetchLsc,
  signal: StopSignal,
): Promise<ConfigurationReport> {
  const { flash, model, world } = equipment;
  const asked = askedConfiguration(judge.held);
  let taken = await takeForm(equipment, judge, files, asked.form, signal);
  if (!('stored' in taken) && taken.result === 'not-found') {
    taken = await takeDefault(equipment, judge, files, asked.form, signal);
  }
  if (isFor(equipment, taken, 'other-certificate') && (await fetchLsc(taken.stored.configuration))) {
    // CAPF has issued a new LSC, and the cluster encrypts for it from now on
    taken = await takeForm(equipment, judge, files, asked.form, signal);
  }
  if (isFor(equipment, taken, 'own-certificate')) {
    const encrypted = await takeForm(equipment, judge, files, 'enc', signal);
    // encryption is off after all: the signed file is kept in use (phone-config.md 2, 4b)
    if ('stored' in encrypted || encrypted.result !== 'not-found') taken = encrypted;
  }
  const report = conclude(equipment, taken, asked.rule);
  if ('stored' in taken && report.result === 'accepted') flash.configuration = taken.stored;
  const { result, form, rule } = report;
  world.count('configurations', { result, form, rule });
  if (result === 'refused') {
    // an 8945 says it in its own way
    const message = model.configRefusedMessage ?? STATUS.configRefused;
    world.count('status_messages', { message });
  }
  if (result === 'not-found') world.count('status_messages', { message: STATUS.configNotFound });
  world.log(`configuration: ${form} ${result} (${rule})`);
  return report;
}

/** A file that was verified and read. */
interface TakenFile {
  readonly form: Form;
  readonly rule: RuleId;
  readonly stored: StoredConfiguration;
}

/** An accepted file, or why there is none. */
type Taken = TakenFile | ConfigurationReport;

function isFor(equipment: Equipment, taken: Taken, target: ReducedFor): taken is TakenFile {
  return 'stored' in taken && taken.form === 'sgn' && reducedFor(equipment, taken.stored) === target;
}

/** Why a reduced file is all that a phone got. */
const NO_CERTIFICATE = {
  rule: 'R-57',
  reason: 'reduced-configuration',
  detail: 'the configuration is encrypted, and CUCM knows no certificate of this phone to encrypt it for',
} as const;
const AWAITS_STRING = {
  rule: 'R-58',
  reason: 'awaits-string',
  detail:
    'the configuration is encrypted for another certificate, and the new LSC waits for the authentication string',
} as const;

function conclude(equipment: Equipment, taken: Taken, askedRule: RuleId): ConfigurationReport {
  if (!('stored' in taken)) return taken.rule === '' ? { ...taken, rule: askedRule } : taken;
  const { form, rule, stored } = taken;
  if (stored.configuration.fullConfig) return { result: 'accepted', form, rule, trouble: null };
  // a reduced file that leads to no encrypted one configures nothing, or not before its string is typed
  const awaitsString =
    isFor(equipment, taken, 'other-certificate') && stored.configuration.capfAuthMode === 1;
  const lacking = awaitsString ? AWAITS_STRING : NO_CERTIFICATE;
  equipment.world.refused({ what: 'config', ...lacking });
  return { result: 'error', form, rule: lacking.rule, trouble: null };
}

async function takeForm(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  form: Form,
  signal: StopSignal,
): Promise<Taken> {
  const source = {
    name: NAMES[form](equipment.device),
    read: (xml: Uint8Array) => equipment.world.readConfiguration(xml),
  };
  return takeFile(equipment, judge, files, form, source, signal);
}

/** A file by its name, and what its XML is read as. */
interface ConfigurationSource {
  readonly name: string;
  /** @throws TrustfleetError for what it cannot be */
  readonly read: (xml: Uint8Array) => StoredConfiguration;
}

async function takeFile(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  form: Form,
  { name, read: readXml }: ConfigurationSource,
  signal: StopSignal,
): Promise<Taken> {
  const file = await files.fetch(name, signal);
  if (file.status === 'not-found') return { result: 'not-found', form, rule: '', trouble: null };
  if (file.status === 'failed') {
    const trouble = file.answered ? STATUS.transferError : STATUS.timeout;
    return { result: 'error', form, rule: 'R-12', trouble };
  }
  const { flash, model, world } = equipment;
  if (!isAuthorizedTftp(model, flash.ctl, file.server)) {
    world.count('status_messages', { message: STATUS.tftpUnauthorized });
    world.log(`${STATUS.tftpUnauthorized}: ${world.nodeName(file.server)} does not stand in the CTL (R-59)`);
  }
  const { verdict, plaintext } = await judgeForm(equipment, judge, form, name, file.bytes, signal);
  const read = verdict.decision === 'refuse' ? verdict : readable(name, () => readXml(plaintext));
  if ('configuration' in read) return { form, rule: verdict.rule, stored: read };
  judge.refused('config', read);
  const result = read.reason === 'malformed' ? 'error' : 'refused';
  return { result, form, rule: read.rule, trouble: null };
}

/** the cluster does not know the phone. */
async function takeDefault(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  form: 'plain' | 'sgn',
  signal: StopSignal,
): Promise<Taken> {
  const name = form === 'sgn' ? `${fileNames.defaultConfig}.sgn` : fileNames.defaultConfig;
  const taken = await takeFile(
    equipment,
    judge,
    files,
    form,
    { name, read: (xml) => defaultConfiguration(equipment, xml) },
    signal,
  );
  if ('stored' in taken) equipment.world.log(`the cluster does not know the phone: ${name} (R-09)`);
  return taken;
}

const NAMES: Readonly<Record<Form, (device: string) => string>> = {
  plain: fileNames.config,
  sgn: fileNames.signedConfig,
  enc: fileNames.encryptedConfig,
};

interface JudgedForm {
  readonly verdict: Verdict;
  /** The XML of a file that was accepted. */
  readonly plaintext: Uint8Array;
}

const NOTHING = new Uint8Array(0);

async function judgeForm(
  equipment: Equipment,
  judge: PhoneJudge,
  form: Form,
  name: string,
  bytes: Uint8Array,
  signal: StopSignal,
): Promise<JudgedForm> {
  if (form === 'plain') {
    return { verdict: judgeUnsignedConfiguration(judge.held, name), plaintext: bytes };
  }
  const file = readSigned(equipment, form, name, bytes);
  if ('decision' in file) return { verdict: file, plaintext: NOTHING };
  const verdict = await judge.settle('config', file, judgeConfiguration(judge, file), signal);
  if (verdict.decision === 'refuse') return { verdict, plaintext: NOTHING };
  if (file.kind === 'signed') return { verdict, plaintext: file.payload };
  const plaintext = decryptWithOwnKey(equipment, file);
  return plaintext instanceof Uint8Array
    ? { verdict, plaintext }
    : { verdict: plaintext, plaintext: NOTHING };
}

function readSigned(
  { world }: Equipment,
  form: Form,
  name: string,
  bytes: Uint8Array,
): SignedFile | EncryptedFile | Refused {
  const expected = form === 'sgn' ? 'signed' : 'encrypted';
  try {
    const file = world.readTrustFile(bytes);
    if (file.kind !== 'trust-list' && file.kind === expected) return file;
    return malformed(name, `it is ${file.kind}, expected a ${expected} file`);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return malformed(name, error.message);
  }
}

function readable(name: string, read: () => StoredConfiguration): StoredConfiguration | Refused {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return malformed(name, error.message);
  }
}
