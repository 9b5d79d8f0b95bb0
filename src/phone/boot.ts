import type { BootOutcome } from '../observe/events.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import { type ConfigurationReport, updateConfiguration } from './configuration.js';
import { missingLsc } from './decide/enrolment.js';
import { holdsNonBlankList } from './decide/held.js';
import { isLocked } from './decide/locked.js';
import { hearsThatDisabled, registrationTargets } from './decide/targets.js';
import type { Enrolment } from './enrolment.js';
import { type Equipment, hasValidLsc } from './equipment.js';
import { FileClient } from './files.js';
import { updateFirmware } from './firmware.js';
import { PhoneJudge } from './judge.js';
import { Signalling } from './signalling.js';
import type { StopSignal } from './stop.js';
import { type ListReport, updateTrustLists } from './trust-lists.js';
import type { LastCause } from './world.js';

export interface Boot {
  readonly outcome: BootOutcome;
  /** The group that this boot registered with or failed to, with the registration if there is one. */
  readonly signalling: Signalling;
}

/** Who wants to know how far a boot is. */
export interface BootWatcher {
  /** A certificate operation keeps the phone from going on, or does no longer. */
  enrolling(isOn: boolean): void;
  /** Before the first attempt to register, so that the owner can close what comes of it. */
  registering(signalling: Signalling): void;
}

/**
 * The boot program from the first request on: CTL, ITL, configuration, the certificate operation where it goes before
 * (DT-5), registration with the first server that accepts. Addresses are the fleet's; another load is fetched only where the
 * configuration names one. Settles with exactly one outcome; rejects only with the reason of an aborted `signal`.
 */
export async function boot(
  equipment: Equipment,
  enrolment: Enrolment,
  cause: LastCause,
  watcher: BootWatcher,
  signal: StopSignal,
): Promise<Boot> {
  const { flash, knobs, memory, model, world } = equipment;
  let provided = await provide(equipment, enrolment, watcher, signal);
  // a load that was fetched runs after a restart, which begins with the files again
  while (provided.newLoad) provided = await provide(equipment, enrolment, watcher, signal);
  const { lists, configuration } = provided;
  const inForce = flash.configuration?.configuration ?? null;
  enrolment.configured(configuration.result === 'accepted' ? inForce : null);
  if (enrolment.moment === 'before-registration') {
    await whileEnrolling(watcher, () => enrolment.run(signal));
  }
  const { rule, targets } = registrationTargets({
    configuration: inForce,
    locked: memory.locked,
    itlTooLarge: lists.itlTooLarge,
    autoRegistrationDisabled: hearsThatDisabled(flash.configuration, model),
    tftpServers: memory.tftpServers,
    knobs,
  });
  const lacking = missingLsc({
    // a token stands for the certificate: nothing is missing
    device: inForce === null || inForce.sipOauth === true ? 'non-secure' : inForce.deviceSecurityMode,
    hasValidLsc: hasValidLsc(equipment),
    undone: enrolment.undone,
  });
  const signalling = new Signalling(equipment, targets, lacking);
  watcher.registering(signalling);
  if (targets.length === 0) noTarget(equipment, rule);
  await signalling.registerFrom(0, cause, signal);
  const { standing } = signalling;
  const outcome: BootOutcome =
    standing === null
      ? { state: 'unregistered', mode: 'none', node: '', locked: memory.locked }
      : { state: 'registered', mode: standing.mode, node: standing.node, locked: memory.locked };
  world.log(`boot: ${outcome.state} ${outcome.node}${outcome.locked ? ', locked' : ''}`);
  return { outcome, signalling };
}

/** What a start got from the TFTP servers. */
interface Provided {
  readonly lists: ListReport;
  readonly configuration: ConfigurationReport;
  /** another load was fetched, and the phone restarts for it. */
  readonly newLoad: boolean;
}

/** CTL, ITL, configuration and firmware, and what they make of the phone. */
async function provide(
  equipment: Equipment,
  enrolment: Enrolment,
  watcher: BootWatcher,
  signal: StopSignal,
): Promise<Provided> {
  const { flash, memory, model, tvs, world } = equipment;
  tvs.reboot();
  const files = new FileClient(world, model, memory.tftpServers);
  const judge = new PhoneJudge(equipment);
  const lists = await updateTrustLists(equipment, judge, files, signal);
  const fetchLsc = (reduced: PhoneConfiguration): Promise<boolean> =>
    whileEnrolling(watcher, () => enrolment.fetchLsc(reduced, signal));
  const configuration = await updateConfiguration(equipment, judge, files, fetchLsc, signal);
  const trouble = lists.trouble ?? configuration.trouble;
  if (trouble !== null) world.count('status_messages', { message: trouble });
  memory.locked = isLocked(memory.locked, {
    reachedTftp: files.reached,
    listRefused: lists.decisiveListRefused,
    configurationRefused: configuration.result === 'refused',
    holdsNonBlankList: holdsNonBlankList(flash),
  });
  const newLoad =
    configuration.result === 'accepted' && (await updateFirmware(equipment, judge, files, signal));
  return { lists, configuration, newLoad };
}

async function whileEnrolling<T>(watcher: BootWatcher, work: () => Promise<T>): Promise<T> {
  watcher.enrolling(true);
  try {
    return await work();
  } finally {
    watcher.enrolling(false);
  }
}

const NO_TARGET: Readonly<Record<'R-82' | 'R-62' | 'R-32' | 'R-10', { reason: string; detail: string }>> = {
  'R-82': {
    reason: 'no-configuration',
    detail: 'the phone has no configuration with a CallManager to register with',
  },
  'R-10': {
    reason: 'auto-registration-disabled',
    detail:
      'the cluster does not know the phone, and its default configuration says that auto-registration is disabled',
  },
  'R-62': { reason: 'locked', detail: 'the phone is locked and does not register (K-05 false)' },
  'R-32': { reason: 'too-large', detail: 'the ITL could not be loaded, and the phone does not register' },
};

function noTarget({ world }: Equipment, rule: keyof typeof NO_TARGET): void {
  world.refused({ what: 'registration', rule, ...NO_TARGET[rule] });
}
