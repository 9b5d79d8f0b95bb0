import { DEFAULT_AUTHORITIES, withAuthority } from '../cluster/authorities.js';
import type { ClusterContext } from '../cluster/context.js';
import { askOnlineCa, embeddedCa, type OnlineCaDesk } from '../cluster/online-ca.js';
import type { ClusterState } from '../cluster/state.js';
import { TrustfleetError } from '../errors.js';
import { onlineCaPlace } from '../net/addresses.js';
import { requestFromOnlineCa } from '../net/online-ca-client.js';
import { type OnlineCaServer, startOnlineCa } from '../net/online-ca-server.js';
import type { Certificate } from '../pki/certificate.js';
import type { OnlineCaPlan } from './plan.js';

/** The CA that CAPF asks in online mode (OP-26), from installation to the end of the run. */
export interface OnlineCaOfRun {
  /** What CAPF asks. */
  readonly ask: NonNullable<ClusterContext['onlineCa']>;
  /**
   * Starts the CA that stands in for a real one. `Example Issuing CA` signs, the root above it has issued the HTTPS certificate:
   * the third row of the upload table of OP-26.
   *
   * @returns the state with these CAs made
   * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
   */
  start(state: ClusterState, context: ClusterContext): Promise<ClusterState>;
  close(): Promise<void>;
}

/**
 * @param publisher address of the node that CAPF runs on
 * @param state asked at each request: CAPF-trust may have changed
 */
export type OnlineCaMaker = (
  plan: OnlineCaPlan,
  publisher: string,
  state: () => ClusterState | undefined,
) => OnlineCaOfRun;

/** Over HTTPS, at a loopback address of its own. */
export const onlineCaOverHttps: OnlineCaMaker = ({ settings, embedded }, publisher, state) => {
  const place = onlineCaPlace(publisher, settings.port);
  let server: OnlineCaServer | undefined;
  return {
    ask: (request, _device, signal) =>
      requestFromOnlineCa({ ...settings, ...place, trust: capfTrust(state()) }, request, signal),
    async start(before, context) {
      const { state: after, desk } = await openDesk({ settings, embedded }, before, context);
      if (desk !== undefined) server = await startOnlineCa({ ...place, ...desk });
      return after;
    },
    async close() {
      await server?.close();
    },
  };
};

/** Without a network: virtual time. The way to the CA takes no time of its own, CAPF's service time stands for all. */
export const onlineCaAtHand: OnlineCaMaker = ({ settings, embedded }, _publisher, state) => {
  let open: { readonly desk: OnlineCaDesk | undefined; readonly now: () => Date } | undefined;
  return {
    ask: (request) =>
      askOnlineCa(
        settings,
        open?.desk,
        { capfTrust: capfTrust(state()), now: open?.now() ?? new Date(0) },
        request,
      ),
    async start(before, context) {
      const { state: after, desk } = await openDesk({ settings, embedded }, before, context);
      open = { desk, now: context.now };
      return after;
    },
    async close() {
      open = undefined;
    },
  };
};

function capfTrust(state: ClusterState | undefined): Certificate[] {
  return (state?.trust['CAPF-trust'] ?? []).map(({ certificate }) => certificate);
}

async function openDesk(
  { settings, embedded }: OnlineCaPlan,
  state: ClusterState,
  context: ClusterContext,
): Promise<{ readonly state: ClusterState; readonly desk: OnlineCaDesk | undefined }> {
  if (embedded === 'absent') return { state, desk: undefined };
  const [rootSpec, issuingSpec] = DEFAULT_AUTHORITIES;
  const authorities = await withAuthority(state.authorities, issuingSpec?.name ?? '', context);
  const web = authorities.made.get(rootSpec?.name ?? '');
  const issuing = authorities.made.get(issuingSpec?.name ?? '');
  if (web === undefined || issuing === undefined)
    throw new TrustfleetError('TF_PROFILE_INVALID', 'an online CA needs the CAs that sign for a cluster');
  const desk = await embeddedCa(settings.hostname, embedded, { web, issuing }, context);
  return { state: { ...state, authorities }, desk };
}
