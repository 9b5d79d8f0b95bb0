import { ClientSession, type ClientSessionLimits } from '../../../src/protocol/tftp/client-session.js';
import { DataPackets } from '../../../src/protocol/tftp/data-packets.js';
import { type AskedOptions, agreeOptions, askOptions } from '../../../src/protocol/tftp/options.js';
import { encodePacket, opcodeOf } from '../../../src/protocol/tftp/packets.js';
import { ServerSession } from '../../../src/protocol/tftp/server-session.js';

export const CLIENT_LIMITS: ClientSessionLimits = {
  retransmitMs: 500,
  attempts: 5,
  maxOctets: 1 << 26,
  transferMs: 600_000,
};
export const SERVER_LIMITS = { retransmitMs: 500, attempts: 6, silenceMs: 30_000, transferMs: 600_000 };

export const SERVER = { address: '127.10.0.1', requestPort: 6969, transferPort: 40_000 };
export const PHONE = { address: '127.64.0.1', port: 50_000 };

/** What becomes of one datagram: the times after which copies of it arrive, milliseconds; none: it is lost. */
export type Fate = (datagram: Uint8Array, from: 'client' | 'server') => readonly number[];

export interface SimulatedTransfer {
  readonly client: ClientSession;
  readonly server: ServerSession | undefined;
  /** All datagrams in the order in which they were sent. */
  readonly sent: readonly { readonly from: 'client' | 'server'; readonly datagram: Uint8Array }[];
  readonly milliseconds: number;
}

/** Runs one transfer in virtual time, both sessions as they are, until neither has anything left to do. */
export function simulateTransfer(
  file: Uint8Array,
  fate: Fate,
  asked: AskedOptions = {},
  limits: Partial<ClientSessionLimits> = {},
): SimulatedTransfer {
  let now = 0;
  const sent: { from: 'client' | 'server'; datagram: Uint8Array }[] = [];
  const way: { at: number; from: 'client' | 'server'; port: number; datagram: Uint8Array }[] = [];
  const client = new ClientSession(
    {
      file: 'a.tlv',
      options: asked,
      serverAddress: SERVER.address,
      serverPort: SERVER.requestPort,
      limits: { ...CLIENT_LIMITS, ...limits },
    },
    now,
  );
  let server: ServerSession | undefined;

  const send = (from: 'client' | 'server', datagram: Uint8Array | undefined, port: number): void => {
    if (datagram === undefined) return;
    sent.push({ from, datagram });
    for (const delay of fate(datagram, from)) way.push({ at: now + delay, from, port, datagram });
  };
  const request = (): void => {
    // as the server's shell does: a request while its transfer is under way is ignored
    if (server !== undefined) return;
    const negotiation = agreeOptions(askOptions(asked), file.length);
    if ('refusal' in negotiation) throw new Error(negotiation.refusal);
    const { answered, blockSize } = negotiation.agreed;
    server = new ServerSession({
      peerAddress: PHONE.address,
      peerPort: PHONE.port,
      packets: new DataPackets(file, blockSize),
      oack: answered.length === 0 ? undefined : encodePacket({ kind: 'oack', options: answered }),
      limits: SERVER_LIMITS,
    });
    send('server', server.start(now), PHONE.port);
  };

  send('client', client.request, client.peerPort);
  for (;;) {
    way.sort((a, b) => a.at - b.at);
    const next = way[0]?.at ?? Number.POSITIVE_INFINITY;
    const clientAt = client.end === undefined ? client.deadline : Number.POSITIVE_INFINITY;
    const serverAt =
      server !== undefined && server.end === undefined ? server.deadline : Number.POSITIVE_INFINITY;
    now = Math.min(next, clientAt, serverAt);
    if (!Number.isFinite(now)) return { client, server, sent, milliseconds: now };
    if (now === next) {
      const arrived = way.shift();
      if (arrived === undefined) continue;
      const { datagram } = arrived;
      if (arrived.from === 'server') {
        const port = SERVER.transferPort;
        send('client', client.receive(datagram, SERVER.address, port, now), port);
      } else if (opcodeOf(datagram) === 1) request();
      else send('server', server?.receive(datagram, PHONE.address, PHONE.port, now), PHONE.port);
    } else if (now === clientAt) send('client', client.expire(now), client.peerPort);
    else send('server', server?.expire(now), PHONE.port);
  }
}

/** Reproducible numbers in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
