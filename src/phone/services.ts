import type { CapfServerVerdict } from './capf-world.js';
import { certificateDetail, judgeWebServer } from './decide/peer.js';
import type { ServiceAddress } from './decide/service.js';
import { type PhoneService, serviceAddress } from './decide/service.js';
import { STATUS } from './decide/status.js';
import { type Equipment, tlsProfile } from './equipment.js';
import { tellRefusedPeer } from './refused-peer.js';
import type { ServiceAnswer } from './service-world.js';
import type { StopSignal } from './stop.js';
import { askAboutServer } from './vouching.js';

/**
 * The user presses a button: one HTTPS request (R-49). Counts one `services`; a service that cannot be had shows
 * `Host Not Found` and changes nothing else, least of all the registration. Rejects only with the reason of `signal`.
 */
export async function openService(
  equipment: Equipment,
  service: PhoneService,
  signal: StopSignal,
): Promise<void> {
  const { flash, world } = equipment;
  const address = serviceAddress(flash.configuration?.configuration ?? null, service);
  const problem =
    address === undefined
      ? { reason: 'no-url', detail: `the phone has no configuration with an HTTPS URL for ${service}` }
      : problemOf(await requestWeb(equipment, address, signal));
  world.count('services', { service, result: problem === null ? 'ok' : 'host-not-found' });
  world.log(`service ${service}: ${problem === null ? 'ok' : `host not found (${problem.reason})`}`);
  if (problem === null) return;
  world.count('status_messages', { message: STATUS.hostNotFound });
  world.refused({
    what: 'service',
    rule: 'R-49',
    reason: problem.reason,
    detail: `${service}: ${problem.detail}`,
  });
}

/** A request to a web server of the cluster, whose certificate the phone checks by its lists and with TVS (R-49). */
export async function requestWeb(
  equipment: Equipment,
  { server, path }: ServiceAddress,
  signal: StopSignal,
): Promise<ServiceAnswer> {
  const { model, world } = equipment;
  const { min, max } = tlsProfile(equipment, model.tls);
  return world.requestService(
    {
      server,
      path,
      tls: { min, max, identity: null },
      judge: (der) => judgePeer(equipment, server.address, der, signal),
    },
    signal,
  );
}

async function judgePeer(
  equipment: Equipment,
  address: string,
  certificateDer: Uint8Array,
  signal: StopSignal,
): Promise<CapfServerVerdict> {
  const { flash, knobs, model, world } = equipment;
  const known = judgeWebServer(flash, model, knobs, certificateDer);
  const verdict =
    known === 'ask-tvs' ? await askAboutServer(equipment, 'https', certificateDer, signal) : known;
  if (verdict.trusted) return verdict;
  const why =
    certificateDetail(verdict.reason) ?? 'its certificate is in no list of the phone, and TVS does not help';
  tellRefusedPeer(world, `web server ${world.nodeName(address)}`, verdict, why);
  return verdict;
}

const HTTP_OK = 200;

function problemOf(answer: ServiceAnswer): { readonly reason: string; readonly detail: string } | null {
  if (answer.result !== 'answered') return { reason: answer.result, detail: answer.detail };
  if (answer.status === HTTP_OK) return null;
  return { reason: 'error', detail: `HTTP status ${answer.status}` };
}
