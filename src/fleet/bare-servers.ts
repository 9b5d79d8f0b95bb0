import { callManagerTls } from '../cluster/call-manager.js';
import { type ClusterState, publisherOf } from '../cluster/state.js';
import { tlsVersions } from '../cluster/tls.js';
import type { TlsRange } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import { type BareServer, startBareServer } from '../net/bare-handshakes.js';
import type { HandshakeKind } from '../net/handshake-count.js';
import type { BareTargets } from './cluster-messages.js';

/** What a calibration shakes hands with; open during one only. */
export class BareServers {
  readonly #open: BareServer[] = [];

  /**
   * Opens them on the publisher, with its CallManager's certificate and what its CallManager and its CAPF offer.
   *
   * @throws TrustfleetError TF_OPERATION_REFUSED where the publisher runs no CallManager
   */
  async open(state: ClusterState): Promise<BareTargets> {
    const publisher = publisherOf(state);
    const service = callManagerTls(state, publisher.name);
    if (service === undefined) {
      throw new TrustfleetError(
        'TF_OPERATION_REFUSED',
        `${publisher.name} runs no CallManager, whose certificate a TLS calibration shows`,
      );
    }
    const { identity } = service;
    const open = async (kind: HandshakeKind, versions: TlsRange) => {
      const server = await startBareServer(kind, publisher.address, identity, versions);
      this.#open.push(server);
      return { target: { address: server.address, port: server.port }, versions };
    };
    const capf = tlsVersions(state, publisher.name, 'capf') ?? service.versions;
    return { 'server-auth': await open('server-auth', capf), mutual: await open('mutual', service.versions) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((server) => server.close()));
  }
}
