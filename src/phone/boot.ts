import type { BootOutcome } from '../observe/events.js';
import { updateConfiguration } from './configuration.js';
import { holdsNonBlankList } from './decide/held.js';
import { isLocked } from './decide/locked.js';
import { registrationTargets } from './decide/targets.js';
import type { Equipment } from './equipment.js';
import { FileClient } from './files.js';
import { PhoneJudge } from './judge.js';
import { Signalling } from './signalling.js';
import { updateTrustLists } from './trust-lists.js';
import type { LastCause } from './world.js';

export interface Boot {
  readonly outcome: BootOutcome;
  /** The group that this boot registered with or failed to, with the registration if there is one. */
  readonly signalling: Signalling;
}

/**
 * The boot program from the first request on: CTL, ITL, configuration, registration with the first server that
 * accepts. Addresses are the fleet's, the running load is the configured one (cluster-operations.md 4.0). Settles with
 * exactly one outcome; rejects only with the reason of an aborted `signal`.
 *
 * @param announce called with the `Signalling` before the first attempt to register, so that its owner can close it
 */
export async function boot(
  equipment: Equipment,
  cause: LastCause,
  announce: (signalling: Signalling) => void,
  signal: AbortSignal,
): Promise<Boot> {
  const { flash, knobs, memory, model, tvs, world } = equipment;
  const started = world.now();
  tvs.reboot();
  const files = new FileClient(world, model, memory.tftpServers);
  const judge = new PhoneJudge(equipment);
  const lists = await updateTrustLists(equipment, judge, files, signal);
  const configuration = await updateConfiguration(equipment, judge, files, signal);
  const trouble = lists.trouble ?? configuration.trouble;
  if (trouble !== null) world.count('status_messages', { message: trouble });
  memory.locked = isLocked(memory.locked, {
    reachedTftp: files.reached,
    listRefused: lists.decisiveListRefused,
    configurationRefused: configuration.result === 'refused',
    holdsNonBlankList: holdsNonBlankList(flash),
  });
  const { rule, targets } = registrationTargets({
    configuration: flash.configuration?.configuration ?? null,
    locked: memory.locked,
    itlTooLarge: lists.itlTooLarge,
    tftpServers: memory.tftpServers,
    knobs,
  });
  const signalling = new Signalling(equipment, targets);
  announce(signalling);
  if (targets.length === 0) noTarget(equipment, rule);
  await signalling.registerFrom(0, cause, signal);
  world.time('boot_seconds', (world.now() - started) / 1_000);
  const { standing } = signalling;
  const outcome: BootOutcome =
    standing === null
      ? { state: 'unregistered', mode: 'none', node: '', locked: memory.locked }
      : { state: 'registered', mode: standing.mode, node: standing.node, locked: memory.locked };
  world.log(`boot: ${outcome.state} ${outcome.node}${outcome.locked ? ', locked' : ''}`);
  return { outcome, signalling };
}

const NO_TARGET: Readonly<Record<'R-82' | 'R-62' | 'R-32', { reason: string; detail: string }>> = {
  'R-82': {
    reason: 'no-configuration',
    detail: 'the phone has no configuration with a CallManager to register with',
  },
  'R-62': { reason: 'locked', detail: 'the phone is locked and does not register (K-05 false)' },
  'R-32': { reason: 'too-large', detail: 'the ITL could not be loaded, and the phone does not register' },
};

function noTarget({ world }: Equipment, rule: keyof typeof NO_TARGET): void {
  world.refused({ what: 'registration', rule, ...NO_TARGET[rule] });
}
