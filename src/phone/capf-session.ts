import type { KeyPair } from '../pki/keys.js';
import type { CapfCredentials } from '../protocol/capf/credentials.js';
import { type CapfKey, keyText } from '../protocol/capf/keys.js';
import type { CapfPhoneEnd } from '../protocol/capf/phone-session.js';
import type { CapfAnswer, CapfServerVerdict } from './capf-world.js';
import type { CapfCandidate } from './decide/capf-addresses.js';
import { canGenerate, isSuchKey, keySeconds } from './decide/lsc-key.js';
import { certificateDetail, judgeCapfServer } from './decide/peer.js';
import type { Equipment } from './equipment.js';
import { tellRefusedPeer } from './refused-peer.js';
import type { StopSignal } from './stop.js';
import { askAboutServer } from './vouching.js';

type Refused = Extract<CapfServerVerdict, { readonly trusted: false }>;

/** What came of one address; `refusal` is the phone's own no to the server's certificate. */
export interface CapfSessionReport {
  readonly answer: CapfAnswer;
  readonly refusal: Refused | null;
}

/**
 * One session at one address: counts the attempt and the session, and puts what came of it into flash. An abort
 * leaves the flash as it was.
 */
export async function holdCapfSession(
  equipment: Equipment,
  { server, family }: CapfCandidate,
  credentials: CapfCredentials,
  signal: StopSignal,
): Promise<CapfSessionReport> {
  const { device, flash, model, world } = equipment;
  const refusals: Refused[] = [];
  const started = world.now();
  const answer = await world.enrol(
    {
      server,
      family,
      deviceName: device,
      credentials,
      certificates: {
        lsc: flash.lsc,
        get mic() {
          return flash.factory.mic();
        },
      },
      canGenerate: (key) => canGenerate(model, flash.itl, key),
      generateKey: (key) => makeKey(equipment, key, signal),
      tls: { min: model.tls.min, max: model.tls.max, identity: null },
      judge: async (certificate) => {
        const verdict = await judgeServer(equipment, certificate, signal);
        if (!verdict.trusted) refusals.push(verdict);
        return verdict;
      },
    },
    signal,
  );
  const node = world.nodeName(server.address);
  if (isSession(answer)) {
    world.count('capf_attempts', { family, result: 'connected' });
    world.count('capf_sessions', { ...labelsOf(answer), family });
    world.time('capf_seconds', (world.now() - started) / 1_000);
    keep(equipment, answer);
  } else {
    world.count('capf_attempts', { family, result: answer.outcome });
  }
  world.log(`CAPF ${node} over ${family}: ${describeAnswer(answer)}`);
  const [refusal = null] = refusals;
  if (refusal !== null) tellRefusedPeer(world, `CAPF ${node}`, refusal, whyRefused(refusal));
  return { answer, refusal };
}

export function isSession(answer: CapfAnswer): answer is CapfPhoneEnd {
  return answer.outcome === 'result' || answer.outcome === 'pending' || answer.outcome === 'lost';
}

export function describeAnswer(answer: CapfAnswer): string {
  if (answer.outcome === 'result') return `${answer.operation}, ${answer.result}: ${answer.detail}`;
  if (answer.outcome === 'pending') return 'the certificate is not signed yet';
  return `${answer.outcome}, ${answer.detail}`;
}

/** A lost session is R-94 code 7; one that waits for an offline CA has no code. */
function labelsOf(end: CapfPhoneEnd): { readonly operation: string; readonly result: string } {
  if (end.outcome === 'result') return { operation: end.operation, result: end.result };
  if (end.outcome === 'pending') return { operation: 'install', result: 'retry-later' };
  return { operation: 'unknown', result: 'phone-comm-error' };
}

/** the lists, else TVS. */
async function judgeServer(
  equipment: Equipment,
  certificateDer: Uint8Array,
  signal: StopSignal,
): Promise<CapfServerVerdict> {
  const { flash, knobs, model } = equipment;
  const verdict = judgeCapfServer(flash, model, knobs, certificateDer);
  return verdict === 'ask-tvs' ? askAboutServer(equipment, 'capf', certificateDer, signal) : verdict;
}

/** takes as long as the model does. The key of a request that still waits to be signed is sent again (OP-26). */
async function makeKey(
  { flash, model, world }: Equipment,
  key: CapfKey,
  signal: StopSignal,
): Promise<KeyPair> {
  const waiting = flash.enrolmentKey;
  if (waiting !== null && isSuchKey(waiting, key)) return waiting;
  const seconds = keySeconds(model, key) ?? 0;
  world.log(`CAPF: generates an ${keyText(key)} key, which takes a ${model.model} ${seconds} s (R-97)`);
  await world.sleep(seconds * 1_000, signal);
  return world.generateKey(key);
}

function keep({ flash }: Equipment, end: CapfPhoneEnd): void {
  if (end.outcome === 'lost') return;
  flash.enrolmentKey = end.outcome === 'pending' ? (end.key ?? null) : null;
  if (end.outcome !== 'result') return;
  if (end.installed !== undefined) flash.lsc = end.installed;
  if (end.operation === 'delete' && end.result === 'success') flash.lsc = null;
}

function whyRefused({ reason }: Refused): string {
  return (
    certificateDetail(reason) ??
    `its certificate is in no CAPF record of CTL or ITL, and TVS does not help (${reason})`
  );
}
