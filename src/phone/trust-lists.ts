import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import type { CounterLabels, ListKind, RuleId } from '../observe/events.js';
import { certificatesOf, type TrustList } from '../trustfile/index.js';
import { alarmOf } from './decide/alarm.js';
import { isBlank } from './decide/held.js';
import { judgeList } from './decide/list.js';
import { type ListOutcome, type ListStep, listOutcome } from './decide/list-step.js';
import { listStatus, STATUS } from './decide/status.js';
import { malformed, type Verdict } from './decide/verdict.js';
import type { Equipment } from './equipment.js';
import type { FileClient, FileResult } from './files.js';
import type { PhoneJudge } from './judge.js';
import type { StopSignal } from './stop.js';

/** wait between tries to get a list, milliseconds. */
const LIST_RETRY_WAIT_MS = 10_000;

/** How the list step of a boot ended. */
export interface ListReport {
  /** The list whose refusal can lock the phone was refused: the ITL, the CTL without Security By Default. */
  readonly decisiveListRefused: boolean;
  /** such a phone does not register. */
  readonly itlTooLarge: boolean;
  /** What the phone shows about the transfers, null where they were none. */
  readonly trouble: string | null;
}

interface OneList {
  readonly outcome: ListOutcome;
  readonly result: CounterLabels['trust_lists']['result'];
  readonly rule: RuleId;
  readonly failure: Extract<FileResult, { status: 'failed' }> | null;
}

const NOT_ASKED: OneList = { outcome: 'absent', result: 'not-found', rule: '', failure: null };

/**
 * The list step: CTL completely, TVS included, before the ITL, and a rejected CTL does not stop the ITL.
 * Counts one `trust_lists` a list, raises the alarm and shows the messages.
 */
export async function updateTrustLists(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  signal: StopSignal,
): Promise<ListReport> {
  const { flash, model, world } = equipment;
  const heldBefore = flash.ctl !== null || flash.itl !== null;
  let ctl = NOT_ASKED;
  let itl = NOT_ASKED;
  for (let tries = 1; ; tries += 1) {
    ctl = await takeList(equipment, judge, files, 'ctl', signal);
    // a list that is installed stays, even if the power goes before the next one is there
    if (ctl.outcome === 'installed') count('ctl', ctl);
    if (model.securityByDefault) itl = await takeList(equipment, judge, files, 'itl', signal);
    if (!needsAnotherTry(equipment, ctl, itl) || tries >= equipment.knobs.noListRetry) break;
    await world.sleep(LIST_RETRY_WAIT_MS, signal);
  }
  if (ctl.outcome !== 'installed') count('ctl', ctl);
  if (model.securityByDefault) count('itl', itl);
  const heldAfter = flash.ctl !== null || flash.itl !== null;
  report(equipment, { ctl: ctl.outcome, itl: itl.outcome, heldBefore, heldAfter }, [ctl, itl]);
  return {
    decisiveListRefused: (model.securityByDefault ? itl : ctl).result === 'refused',
    itlTooLarge: itl.rule === 'R-32',
    trouble: troubleOf([ctl.failure, itl.failure]),
  };

  function count(list: ListKind, { result, rule }: OneList): void {
    world.count('trust_lists', { list, result, rule });
  }
}

/** R-08, K-12: a secure phone that neither got nor holds any list asks again. */
function needsAnotherTry({ flash }: Equipment, ctl: OneList, itl: OneList): boolean {
  const mode = flash.configuration?.configuration.deviceSecurityMode ?? 'non-secure';
  if (mode === 'non-secure' || flash.ctl !== null || flash.itl !== null) return false;
  return [ctl, itl].every(({ outcome, failure }) => outcome === 'absent' || failure !== null);
}

async function takeList(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  list: ListKind,
  signal: StopSignal,
): Promise<OneList> {
  const file = await fetchList(equipment.device, files, list, signal);
  if (file.status === 'not-found') {
    return {
      outcome: 'absent',
      result: 'not-found',
      rule: list === 'ctl' ? 'R-05' : 'R-06',
      failure: null,
    };
  }
  if (file.status === 'failed') return { outcome: 'failed', result: 'error', rule: 'R-12', failure: file };
  const offered = readList(equipment, list, file.bytes);
  const verdict =
    'decision' in offered
      ? offered
      : await judge.settle(list, offered, judgeList(judge, list, offered), signal);
  if (verdict.decision === 'refuse') judge.refused(list, verdict);
  else equipment.world.log(`${list} ${verdict.decision} by ${verdict.rule} (${verdict.reason})`);
  if (verdict.decision === 'accept' && !('decision' in offered)) {
    return install(equipment, list, offered, file.server, verdict.rule);
  }
  return settled(verdict);
}

/** the ITL of the device, else that of the cluster. */
async function fetchList(
  device: string,
  files: FileClient,
  list: ListKind,
  signal: StopSignal,
): Promise<FileResult> {
  if (list === 'ctl') return files.fetch(fileNames.ctl(device), signal);
  const own = await files.fetch(fileNames.itl(device), signal);
  return own.status === 'not-found' ? files.fetch(fileNames.clusterItl, signal) : own;
}

function readList({ world }: Equipment, list: ListKind, bytes: Uint8Array): TrustList | Verdict {
  const name = list.toUpperCase();
  try {
    const file = world.readTrustFile(bytes);
    if (file.kind !== 'trust-list') return malformed(name, `it is ${file.kind}, expected a trust list`);
    certificatesOf(file);
    return file;
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return malformed(name, error.message);
  }
}

/** the new list replaces the whole old one, whatever its time stamp. R-42: what TVS said before is forgotten. */
function install(
  { flash, memory, tvs }: Equipment,
  list: ListKind,
  offered: TrustList,
  server: string,
  rule: RuleId,
): OneList {
  const result = flash[list] === null ? 'initial' : 'updated';
  flash[list] = offered;
  if (list === 'ctl') memory.ctlServer = server;
  else memory.itlServer = server;
  tvs.flush();
  return { outcome: 'installed', result, rule, failure: null };
}

function settled(verdict: Verdict): OneList {
  const { rule } = verdict;
  const outcome = listOutcome(verdict);
  if (verdict.decision !== 'refuse') return { outcome, result: 'unchanged', rule, failure: null };
  return { outcome, result: verdict.reason === 'malformed' ? 'error' : 'refused', rule, failure: null };
}

function troubleOf(failures: readonly OneList['failure'][]): string | null {
  const failed = failures.filter((failure) => failure !== null);
  if (failed.length === 0) return null;
  return failed.some(({ answered }) => answered) ? STATUS.transferError : STATUS.timeout;
}

/** */
function report({ flash, memory, model, world }: Equipment, step: ListStep, lists: readonly OneList[]): void {
  const alarm = alarmOf(step);
  if (alarm !== null) {
    memory.lastAlarm = Number(alarm);
    world.count('alarms', { code: alarm });
  }
  if (lists[0]?.rule === 'R-05') show(STATUS.ctlNotFound);
  const isMalformed = lists.some(({ rule }) => rule === 'R-28');
  for (const message of listStatus(step, model, isMalformed)) show(message);
  const blank = flash.itl !== null && isBlank(flash.itl) ? ', blank' : '';
  world.log(`lists: CTL ${step.ctl}, ITL ${step.itl}${blank}, alarm ${alarm ?? 'none'}`);

  function show(message: string): void {
    world.count('status_messages', { message });
  }
}
