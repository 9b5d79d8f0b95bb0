import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import type { ServerEntry } from '../protocol/cnf/model.js';
import type { SignerId, TrustList } from '../trustfile/model.js';
import { comparableSerial } from '../trustfile/signer.js';
import type { TvsOutcome } from './decide/answer.js';
import { hasTvsRecord, type KnownSigner, type SignerCache } from './decide/held.js';
import { judgeTvsServer, PEER_DETAIL } from './decide/peer.js';
import { describeSigner, type FileKind } from './decide/verdict.js';
import type { VouchedServer } from './decide/vouched.js';
import type { Knobs } from './knobs.js';
import { tellRefusedPeer } from './refused-peer.js';
import type { StopSignal } from './stop.js';
import type { PeerVerdict, PhoneWorld, TlsProfile, TvsAnswer, TvsQuestion } from './world.js';

/** Real phones count their TVS sessions from here (tvs.md 4). */
const FIRST_SESSION_ID = 1001;

/** Most servers that a configuration can name. */
const MAX_TVS_SERVERS = 5;

interface CacheEntry extends KnownSigner {
  /** On the world's clock, milliseconds. */
  readonly expires: number;
}

type Useless = Extract<TvsAnswer, { readonly detail: string }>;

type Answered = Extract<TvsOutcome, { readonly result: 'positive' | 'negative' }>;

/** Whose client it is. */
interface Phone {
  readonly device: string;
  readonly model: ModelProfile;
  readonly knobs: Knobs;
  readonly world: PhoneWorld;
}

export interface TvsSearch {
  readonly for: FileKind | VouchedServer;
  readonly signer: SignerId;
  /** The whole certificate, DER, where the question is whether to trust it (VERIFY, R-41); null asks who the signer is. */
  readonly certificate: Uint8Array | null;
  /** Of the configuration in force, which after a move is still the old one. */
  readonly servers: readonly ServerEntry[];
  /** The installed ITL: what TVS servers are believed by. */
  readonly itl: TrustList | null;
  readonly tls: TlsProfile;
}

/**
 * A phone's TVS client: which servers are asked in which order, what their answers are worth, and the cache.
 * Signers are asked for with QUERY, the certificates of HTTPS peers with VERIFY, with the time-outs of R-48 (K-03).
 */
export class TvsClient implements SignerCache {
  readonly #phone: Phone;
  /** Made for the first answer: most phones never ask. */
  #cache: Map<string, CacheEntry> | null = null;
  #sessionId = FIRST_SESSION_ID;
  #searches = 0;

  constructor(phone: Phone) {
    this.#phone = phone;
  }

  /** a positive answer that has not expired. */
  find(signer: SignerId): KnownSigner | undefined {
    if (this.#cache === null) return undefined;
    const key = cacheKey(signer);
    const entry = this.#cache.get(key);
    if (entry === undefined) return undefined;
    if (entry.expires > this.#phone.world.now()) return entry;
    this.#cache.delete(key);
    return undefined;
  }

  /** a new list was installed. */
  flush(): void {
    this.#cache = null;
  }

  /** nothing of a cache survives a reboot, and sessions are counted anew. */
  reboot(): void {
    this.#cache = null;
    this.#sessionId = FIRST_SESSION_ID;
  }

  /**
   * Step 4 of R-22. With a blank or missing ITL every server is contacted all the same, and each contact is one failed
   * handshake; the first answer ends the search, unless K-02 lets it go on after a negative one.
   */
  async search(search: TvsSearch, signal: StopSignal): Promise<TvsOutcome> {
    let answered: TvsOutcome | null = null;
    const useless: string[] = [];
    for (const server of this.#inOrder(search.servers)) {
      const outcome = await this.#ask(server, search, signal);
      if (typeof outcome === 'string') {
        useless.push(outcome);
        continue;
      }
      if (outcome.result === 'positive' || this.#phone.knobs.tvsNegativeIsFinal) return outcome;
      answered = outcome;
    }
    if (answered !== null) return answered;
    if (!hasTvsRecord(search.itl)) return { result: 'no-record' };
    if (useless.length === 0) return { result: 'no-server' };
    return { result: 'unusable', detail: useless.join('; ') };
  }

  /** R-37, K-14: group order, or each search one server further. */
  #inOrder(servers: readonly ServerEntry[]): readonly ServerEntry[] {
    const ordered = byPriority(servers);
    if (this.#phone.knobs.tvsOrder === 'group' || ordered.length === 0) return ordered;
    const first = this.#searches % ordered.length;
    this.#searches += 1;
    return [...ordered.slice(first), ...ordered.slice(0, first)];
  }

  /** What the server said, or why it was of no use, so that the next one is asked. */
  async #ask(server: ServerEntry, search: TvsSearch, signal: StopSignal): Promise<TvsOutcome | string> {
    const world = this.#phone.world;
    const node = world.nodeName(server.address);
    let refusal: Extract<PeerVerdict, { trusted: false }> | null = null;
    const question: TvsQuestion = {
      server: { address: server.address, port: server.port },
      sessionId: this.#sessionId,
      // four digits and no letter, which the reference server insists on (tvs.md 6)
      deviceName: `CP-${this.#phone.model.model}-${this.#phone.device}`,
      signer: search.signer,
      certificate: search.certificate,
      tls: search.tls,
      judge: (certificate) => {
        const verdict = judgeTvsServer(search.itl, this.#phone.model, this.#phone.knobs, certificate);
        if (!verdict.trusted) refusal = verdict;
        return verdict;
      },
      connectTimeoutMs: this.#phone.knobs.tvsTimeouts.connectMs,
      answerTimeoutMs: this.#phone.knobs.tvsTimeouts.answerMs,
    };
    this.#sessionId += 1;
    const started = world.now();
    const answer = await world.askTvs(question, signal);
    world.time('tvs_seconds', (world.now() - started) / 1_000);
    const outcome = this.#take(search, answer);
    world.count('tvs_requests', { node, for: search.for, result: outcome.result });
    const said = 'detail' in outcome ? `${outcome.result}, ${outcome.detail}` : outcome.result;
    world.log(`TVS ${node}: ${describeSigner(search.signer)}: ${said}`);
    if (refusal !== null) this.#peerRefused(node, refusal);
    return 'detail' in outcome ? `${node}: ${said}` : outcome;
  }

  /** A positive answer is remembered; one whose certificate cannot be read is none in time. */
  #take(search: TvsSearch, answer: TvsAnswer): Answered | Useless {
    if (answer.result !== 'positive') return answer;
    try {
      const known = { certificate: Certificate.fromDer(answer.certificate), roles: answer.roles };
      const expires = this.#phone.world.now() + answer.ttlSeconds * 1_000;
      this.#cache ??= new Map();
      this.#cache.set(cacheKey(search.signer), { ...known, expires });
      return { result: 'positive', ...known };
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      return { result: 'timeout', detail: `its certificate cannot be read: ${error.message}` };
    }
  }

  #peerRefused(node: string, verdict: Extract<PeerVerdict, { trusted: false }>): void {
    tellRefusedPeer(this.#phone.world, `TVS server ${node}`, verdict, PEER_DETAIL[verdict.reason]);
  }
}

const known = new WeakMap<readonly ServerEntry[], readonly ServerEntry[]>();

/** R-37; the same for all phones that have the same entries. */
function byPriority(servers: readonly ServerEntry[]): readonly ServerEntry[] {
  let ordered = known.get(servers);
  if (ordered === undefined) {
    ordered = [...servers].sort((a, b) => a.priority - b.priority).slice(0, MAX_TVS_SERVERS);
    known.set(servers, ordered);
  }
  return ordered;
}

function cacheKey(signer: SignerId): string {
  return `${comparableSerial(signer.serial)} ${signer.issuer}`;
}
