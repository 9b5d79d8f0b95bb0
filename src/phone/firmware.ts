import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import type { CounterLabels } from '../observe/events.js';
import { firmwareKey } from '../pki/firmware-key.js';
import type { SignedFile } from '../trustfile/model.js';
import { firmwareRefusedMessage, partsOf, refusedFirmware, wantedLoad } from './decide/firmware.js';
import { STATUS } from './decide/status.js';
import { type Refused, refuse } from './decide/verdict.js';
import type { Equipment } from './equipment.js';
import type { FileClient } from './files.js';
import type { PhoneJudge } from './judge.js';
import type { StopSignal } from './stop.js';

type Result = CounterLabels['firmware_loads']['result'];

/**
 * The firmware step (R-01, R-11; phone-config.md 2, rows 8 and 9): where the configuration names another load than the one
 * that runs, the phone fetches its list and every part, and keeps what it runs unless all of them are good. Counts one
 * `firmware_loads` where there was anything to fetch.
 *
 * @returns whether another load runs from the next start on.
 */
export async function updateFirmware(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  signal: StopSignal,
): Promise<boolean> {
  const { flash, model, world } = equipment;
  const load = wantedLoad(flash.configuration, flash, model);
  if (load === null) return false;
  const result = await fetchLoad(equipment, judge, files, load, signal);
  world.count('firmware_loads', { result, rule: result === 'error' ? 'R-12' : 'R-11' });
  world.log(`firmware: ${load} ${result} (R-11)`);
  if (result !== 'installed') return false;
  flash.load = load;
  return true;
}

async function fetchLoad(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  load: string,
  signal: StopSignal,
): Promise<Result> {
  const list = await fetchPart(equipment, judge, files, fileNames.loads(load), signal);
  if (typeof list === 'string') return list;
  const parts = partsOf(list.header.filename, list.payload);
  if ('decision' in parts) return reject(equipment, judge, parts);
  for (const name of parts) {
    const part = await fetchPart(equipment, judge, files, name, signal);
    if (typeof part === 'string') return part;
  }
  return 'installed';
}

async function fetchPart(
  equipment: Equipment,
  judge: PhoneJudge,
  files: FileClient,
  name: string,
  signal: StopSignal,
): Promise<SignedFile | Exclude<Result, 'installed'>> {
  const { world } = equipment;
  const file = await files.fetch(name, signal);
  if (file.status === 'not-found') {
    world.count('status_messages', { message: STATUS.loadNotFound });
    return 'not-found';
  }
  if (file.status === 'failed') {
    world.count('status_messages', { message: file.answered ? STATUS.transferError : STATUS.timeout });
    return 'error';
  }
  const read = readFirmware(equipment, judge, name, file.bytes);
  return 'decision' in read ? reject(equipment, judge, read) : read;
}

function readFirmware(
  { world }: Equipment,
  judge: PhoneJudge,
  name: string,
  bytes: Uint8Array,
): SignedFile | Refused {
  try {
    const file = world.readTrustFile(bytes);
    const refusal = refusedFirmware(judge, name, file, firmwareKey().publicKey);
    return refusal ?? (file as SignedFile);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return refuse('R-11', 'malformed', `${name} cannot be read as signed firmware: ${error.message}`);
  }
}

function reject({ model, world }: Equipment, judge: PhoneJudge, refusal: Refused): 'refused' {
  judge.refused('firmware', refusal);
  const message = firmwareRefusedMessage(model);
  if (message !== null) world.count('status_messages', { message });
  return 'refused';
}
