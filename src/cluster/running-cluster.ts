import type { Certificate } from '../pki/certificate.js';
import type { KeyPair } from '../pki/keys.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfOrder, CapfServerEnd } from '../protocol/capf/order.js';
import {
  TVS_STATUS_INVALID,
  TVS_STATUS_VALID,
  type TvsRequest,
  type TvsResponse,
} from '../protocol/tvs/index.js';
import { type Admission, type AdmissionRequest, admit } from './admission.js';
import { withAutoRegistered } from './auto-registration.js';
import { capfIssue, capfOrder, capfTrusts } from './capf.js';
import { capfEnded } from './capf-record.js';
import { type ClusterContext, seconds } from './context.js';
import { ItlFileReports, type ItlFileStatus } from './itl-file-status.js';
import { tokenFault } from './oauth.js';
import { operate } from './operate.js';
import type { Operation } from './operation.js';
import type { Operated, RestartedServices } from './operations/result.js';
import { resetsPhones } from './phone-resets.js';
import type { ClusterState } from './state.js';
import { tvsQuery, tvsVerify } from './tvs.js';
import { type WebAnswer, webAnswer } from './web.js';

/** Does the outage of services that an operation restarts: `adopt` puts the new state in force while they are down. */
export type Outage = (restarted: readonly RestartedServices[], adopt: () => void) => Promise<void>;

/**
 * A cluster that runs: its state from one operation to the next, and what its services answer from it. Whoever puts a network
 * in front of it, a real one or a simulated one, asks here.
 */
export class RunningCluster {
  #state: ClusterState;
  readonly #context: ClusterContext;
  /** Changes that CAPF made while an operation was under way: they hold for its result, too. */
  #meanwhile: ((state: ClusterState) => ClusterState)[] | null = null;

  /** Settled when the last operation is over, whether it was refused or not. */
  #last: Promise<unknown> = Promise.resolve();

  /** What registrars are told of the ITLs of SIP phones. */
  readonly itlFiles = new ItlFileReports((device) => this.#state.devices.has(device));

  constructor(state: ClusterState, context: ClusterContext) {
    this.#state = state;
    this.#context = context;
  }

  get state(): ClusterState {
    return this.#state;
  }

  get context(): ClusterContext {
    return this.#context;
  }

  /**
   * Runs an operation, after those that were asked for before it; the state stays as it was when it is refused.
   *
   * @throws TrustfleetError TF_OPERATION_REFUSED
   */
  operate(operation: Operation, outage: Outage): Promise<Operated> {
    const turn = this.#last.then(() => this.#operate(operation, outage));
    this.#last = turn.catch(ignore);
    return turn;
  }

  /**
   * What an operation would do now; nothing changes, and keys of a size that is there are not made for it.
   *
   * @returns nodes whose services would restart
   * @throws TrustfleetError TF_OPERATION_REFUSED
   */
  async check(operation: Operation): Promise<readonly string[]> {
    const { restarted = [] } = await operate(this.#state, operation, trialOf(this.#state, this.#context));
    return [...new Set(restarted.map(({ node }) => node))];
  }

  async #operate(operation: Operation, outage: Outage): Promise<Operated> {
    this.#meanwhile = [];
    try {
      const before = this.#state;
      const result = await operate(before, operation, this.#context);
      await outage(result.restarted ?? [], () => {
        const changes = this.#meanwhile ?? [];
        this.#state = changes.reduce((changed, change) => change(changed), result.state);
        this.#meanwhile = null;
      });
      return { output: result.output, resetsPhones: resetsPhones(before, operation) };
    } finally {
      this.#meanwhile = null;
    }
  }

  /** A change of the state between two operations, or while one is under way. */
  change(change: (state: ClusterState) => ClusterState): void {
    this.#state = change(this.#state);
    this.#meanwhile?.push(change);
  }

  /** CallManager's answer to a device; one that registers by itself is in the database from now on. */
  admit(node: string, request: AdmissionRequest): Admission {
    const admission = admit(this.#state, node, request);
    if (admission.accepted && admission.added !== undefined) {
      const { added } = admission;
      this.change((state) => withAutoRegistered(state, added, seconds(this.#context.now())));
    }
    return admission;
  }

  /** TVS answers both questions from the same stores (tvs.md 7.1). */
  tvs(node: string, request: TvsRequest): TvsResponse {
    const { sessionId } = request;
    if (request.command === 'QUERY_REQUEST') {
      const verdict = tvsQuery(this.#state, node, request.signer);
      if (verdict.result === 'negative')
        return { command: 'QUERY_RESPONSE', sessionId, status: TVS_STATUS_INVALID };
      const { roles, ttlSeconds, certificate } = verdict;
      const command = 'QUERY_RESPONSE' as const;
      return {
        command,
        sessionId,
        status: TVS_STATUS_VALID,
        certificate: certificate.der,
        roles,
        ttlSeconds,
      };
    }
    const verdict = tvsVerify(this.#state, node, request.certificate);
    if (verdict.result === 'negative')
      return { command: 'VERIFY_RESPONSE', sessionId, status: TVS_STATUS_INVALID };
    const { roles, ttlSeconds } = verdict;
    return { command: 'VERIFY_RESPONSE', sessionId, status: TVS_STATUS_VALID, roles, ttlSeconds };
  }

  /** GET at the Tomcat of a node (R-49, SIP OAuth). */
  web(node: string, target: string): WebAnswer {
    return webAnswer(this.#state, node, target, seconds(this.#context.now()));
  }

  /** What is wrong with a device's token; undefined: nothing. */
  tokenFault(device: string, token: string): string | undefined {
    return tokenFault(this.#state, device, token, seconds(this.#context.now()));
  }

  /** ITL File Status by device. */
  itlFileStatuses(): ReadonlyMap<string, ItlFileStatus> {
    return this.itlFiles.statuses(this.#state);
  }

  /** What CAPF has to do for a device; undefined for one that is not in the database. */
  capfOrder(device: string): CapfOrder | undefined {
    return capfOrder(this.#state, device);
  }

  /** */
  capfTrusts(certificate: Certificate): boolean {
    return capfTrusts(this.#state, certificate);
  }

  /**
   * The answer to a phone's key; what of the state changes with it has changed when it is given.
   *
   * @param signal aborts when the phone is gone: an online CA is not waited for any more
   */
  async capfIssue(request: CapfIssueRequest, signal?: AbortSignal): Promise<CapfIssueAnswer> {
    const issued = await capfIssue(this.#state, request, this.#context, signal);
    if (issued.change !== undefined) this.change(issued.change);
    return issued.answer;
  }

  /** The session of a phone that said its name is over. */
  capfEnded(end: CapfServerEnd): void {
    this.change((state) => capfEnded(state, end, seconds(this.#context.now())));
  }
}

/** For a trial whose result nobody keeps: the cluster's own keys do for new ones, and the run's random numbers are left alone. */
function trialOf(state: ClusterState, context: ClusterContext): ClusterContext {
  const own = state.nodes.flatMap(({ identities }) => Object.values(identities));
  const rsa = async (bits: number): Promise<KeyPair> => {
    const known = own.find(({ certificate }) => certificate.keyBits === bits);
    if (known === undefined) return context.keys.rsa(bits);
    return { publicKey: known.certificate.publicKey, privateKey: known.privateKey };
  };
  const half = (): number => 0.5;
  return { ...context, keys: { rsa }, random: half, randomOf: () => half };
}

/** Whoever asked for the operation hears of its refusal. */
function ignore(): void {}
