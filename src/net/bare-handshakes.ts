import { type ConnectionOptions, connect, createServer, type SecureContext } from 'node:tls';
import { CALL_MANAGER_CIPHERS } from '../cluster/call-manager.js';
import type { TlsRange } from '../device/security.js';
import type { ServicePlace } from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import type { Identity } from '../pki/keys.js';
import type { HandshakeKind } from './handshake-count.js';
import { listen, stopListening } from './listen.js';
import { identityPem } from './secure-contexts.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import { atLevel0, JUDGED_BY_PHONE, OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

/**
 * TLS handshakes and nothing else, in the same two threads and of the same shapes as those of the phones: what a fleet's rate
 * is held against (docs/scenarios.md, "Rates"). Plain node:tls on both sides: no judge, no key log, no message.
 */

/** Clients that do not hold one up any longer: a handshake of a busy machine takes milliseconds, not seconds. */
const HANDSHAKE_LIMIT_MS = 10_000;
/** Handshakes under way at once in a thread; more only make each of them longer. */
const AT_ONCE = 8;

export interface BareServer extends ServicePlace {
  close(): Promise<void>;
}

/**
 * A server that shakes hands and waits for the client to go.
 *
 * @param versions what it offers
 * @throws TrustfleetError TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startBareServer(
  kind: HandshakeKind,
  address: string,
  identity: Identity,
  versions: TlsRange,
): Promise<BareServer> {
  const server = createServer({
    ...identityPem(identity),
    ...versionRange(versions),
    ...(kind === 'mutual'
      ? { ciphers: atLevel0(CALL_MANAGER_CIPHERS), honorCipherOrder: true, requestCert: true }
      : { ciphers: OLD_PHONE_CIPHERS }),
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_LIMIT_MS,
  });
  server.on('secureConnection', (socket) => socket.on('error', ignoreSocketError).resume());
  server.on('tlsClientError', (_, socket) => socket.destroy());
  const port = await listen(server, 'TLS calibration', { address, port: 0 });
  return { address, port, close: () => stopListening(server) };
}

/** How one client shakes hands. */
export interface BareClient {
  readonly localAddress: string;
  /** Asked once for every handshake. */
  readonly secureContext: () => SecureContext;
}

/**
 * Shakes hands `count` times, some at once, the clients in turn; each connection is closed when its handshake is through.
 *
 * @throws TrustfleetError TF_TIMEOUT when one of them fails
 */
export async function shakeHands(
  target: ServicePlace,
  clients: readonly BareClient[],
  count: number,
): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count) {
      const client = clients[begun % clients.length];
      begun += 1;
      if (client !== undefined) await shakeOnce(target, client);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
}

function shakeOnce(
  { address, port }: ServicePlace,
  { localAddress, secureContext }: BareClient,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options: ConnectionOptions & { readonly localAddress: string } = {
      localAddress,
      secureContext: secureContext(),
      host: address,
      port,
      ...JUDGED_BY_PHONE,
    };
    const socket = connect(options);
    let failure: unknown = new Error('closed before the handshake was through');
    socket.setTimeout(HANDSHAKE_LIMIT_MS, () => socket.destroy(new Error('no handshake in time')));
    socket.once('secureConnect', () => {
      failure = undefined;
      socket.end();
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      if (failure === undefined) resolve();
      else reject(new TrustfleetError('TF_TIMEOUT', `TLS calibration: ${errorText(failure)}`));
    });
    socket.resume();
  });
}
