import { DEFAULT_AUTHORITIES, withAuthority } from '../cluster/authorities.js';
import type { ClusterContext } from '../cluster/context.js';
import { httpsCertificate, onlineCaAnswer } from '../cluster/online-ca.js';
import type { ClusterState } from '../cluster/state.js';
import { TrustfleetError } from '../errors.js';
import { onlineCaPlace } from '../net/addresses.js';
import { requestFromOnlineCa } from '../net/online-ca-client.js';
import { type OnlineCaServer, startOnlineCa } from '../net/online-ca-server.js';
import type { OnlineCaPlan } from './plan.js';

/**
 * What CAPF asks in online mode (OP-26).
 *
 * @param publisher address of the node that CAPF runs on
 * @param state asked at each request: CAPF-trust may have changed
 */
export function onlineCaHook(
  { settings }: OnlineCaPlan,
  publisher: string,
  state: () => ClusterState | undefined,
): NonNullable<ClusterContext['onlineCa']> {
  const place = onlineCaPlace(publisher, settings.port);
  return (request) => {
    const trust = state()?.trust['CAPF-trust'] ?? [];
    return requestFromOnlineCa(
      { ...settings, ...place, trust: trust.map(({ certificate }) => certificate) },
      request,
    );
  };
}

/**
 * Starts the CA that stands in for a real one, at a loopback address of its own. `Example Issuing CA` signs, the root above it
 * has issued the HTTPS certificate: the third row of the upload table of OP-26.
 *
 * @returns the state with these CAs made, and what to close
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
 */
export async function startEmbeddedCa(
  { settings, embedded }: OnlineCaPlan,
  publisher: string,
  state: ClusterState,
  context: ClusterContext,
): Promise<{ readonly state: ClusterState; readonly server: OnlineCaServer | undefined }> {
  if (embedded === 'absent') return { state, server: undefined };
  const [rootSpec, issuingSpec] = DEFAULT_AUTHORITIES;
  const authorities = await withAuthority(state.authorities, issuingSpec?.name ?? '', context);
  const root = authorities.made.get(rootSpec?.name ?? '');
  const issuing = authorities.made.get(issuingSpec?.name ?? '');
  if (root === undefined || issuing === undefined)
    throw new TrustfleetError('TF_PROFILE_INVALID', 'an online CA needs the CAs that sign for a cluster');
  const server = await startOnlineCa({
    ...onlineCaPlace(publisher, settings.port),
    identity: await httpsCertificate(settings.hostname, root, context),
    username: embedded.username,
    password: embedded.password,
    enrol: (request) => onlineCaAnswer(issuing, embedded, request, context),
  });
  return { state: { ...state, authorities }, server };
}
