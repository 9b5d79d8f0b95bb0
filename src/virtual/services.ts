import type { Admission, AdmissionRequest } from '../cluster/admission.js';
import { CALL_MANAGER_CIPHERS } from '../cluster/call-manager.js';
import type { ItlFileReports } from '../cluster/itl-file-status.js';
import { type ClientTrust, clientCertificateJudge } from '../cluster/phone-certificate.js';
import { DEFAULT_VERSIONS } from '../cluster/tls.js';
import type { AddressFamily } from '../device/address-family.js';
import type { TlsRange, TlsVersion } from '../device/security.js';
import { type FrontService, KNOWN_PORTS } from '../device/service-port.js';
import type { Identity } from '../pki/keys.js';
import { WRONG_STRING_WAIT_MS } from '../protocol/capf/limits.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfServerEnd } from '../protocol/capf/order.js';
import type { CapfServerDecisions } from '../protocol/capf/server-session.js';
import { StringGuard } from '../protocol/capf/string-guard.js';
import { agreeOnTls, type TlsAgreement, type TlsOffer } from '../protocol/tls/agreement.js';
import type { CertificateRefusal } from '../protocol/tls/refusal.js';
import type { TvsRequest, TvsResponse } from '../protocol/tvs/index.js';
import { Links } from './links.js';
import type { VirtualNetwork } from './network.js';

/** CAPF as an answer of the cluster. */
export interface CapfAnswers {
  readonly identity: Identity;
  readonly tls?: TlsRange;
  readonly ipv6?: () => 'allowed' | 'refused';
  readonly decide: CapfServerDecisions & {
    issue(request: CapfIssueRequest): CapfIssueAnswer | Promise<CapfIssueAnswer>;
    report(end: CapfServerEnd & { readonly family: AddressFamily; readonly client: string }): void;
  };
}

/** CallManager's side of a handshake. */
export interface SecureAnswers extends ClientTrust {
  readonly identity: Identity;
  readonly versions: TlsRange;
}

/** What stands behind the services: the cluster's state, asked at each request. */
export interface VirtualAnswers {
  read(node: string, file: string): Uint8Array | undefined;
  /** `Maximum Serving Count` (222878). */
  servingCount(): number;
  tvsIdentity(node: string): Pick<Identity, 'certificate'>;
  tvs(node: string, request: TvsRequest): TvsResponse | undefined;
  admit(node: string, request: AdmissionRequest): Admission;
  /** Who wants to know of the ITLs of SIP phones. */
  readonly itlFiles: Pick<ItlFileReports, 'reported' | 'registered' | 'unregistered'>;
  callManagerTls(node: string): SecureAnswers | undefined;
  tvsTls(node: string): TlsRange | undefined;
  capf(node: string): CapfAnswers | undefined;
  tomcat(
    node: string,
  ): { readonly identity: Pick<Identity, 'certificate'>; readonly versions: TlsRange } | undefined;
  /** The port of SIP OAuth; undefined where there is none. */
  oauthTls(node: string): OauthAnswers | undefined;
  web(node: string, target: string): { readonly status: number; readonly body: Uint8Array };
}

/** What the port of SIP OAuth shows and offers, and what it makes of a token. */
export interface OauthAnswers {
  readonly identity: Pick<Identity, 'certificate'>;
  readonly versions: TlsRange;
  tokenFault(device: string, token: string): string | undefined;
}

interface Running {
  /** false once it was stopped: what was under way with it is lost. */
  alive: boolean;
  readonly node: string;
  readonly answers: VirtualAnswers;
  readonly station: number;
}

export type RunningTftp = Running;

export interface RunningTvs extends Running {
  /** DER of what it shows; another one while it runs with K-13 `at once`. */
  certificate: Uint8Array;
  keyType: 'rsa' | 'ec';
  readonly tls: TlsRange;
}

/** Tomcat shows a certificate as TVS does. */
export type RunningTomcat = RunningTvs;

export interface RunningCapf extends Running {
  /** Other ones while it runs with K-13 `at once`. */
  capf: CapfAnswers;
  readonly strings: StringGuard;
  sessions: number;
}

/** CallManager with what it took over at its start (cluster-operations.md 1.4). */
export class RunningCallManager implements Running {
  alive = true;
  readonly node: string;
  readonly answers: VirtualAnswers;
  readonly station: number;
  readonly links = new Links();
  /** Where a token stands for the certificate; undefined without SIP OAuth. */
  oauth: OauthAnswers | undefined;
  #secure: SecureAnswers | undefined;
  readonly #judge: (der: Uint8Array | undefined, version: TlsVersion) => CertificateRefusal | undefined;
  /** A phone shows the same certificate again and again. */
  readonly #judged = new WeakMap<Uint8Array, CertificateRefusal | 'believed'>();

  constructor(node: string, answers: VirtualAnswers, station: number, date: () => number) {
    this.node = node;
    this.answers = answers;
    this.station = station;
    this.#secure = answers.callManagerTls(node);
    this.oauth = answers.oauthTls(node);
    this.#judge = clientCertificateJudge({ trust: [], ...this.#secure, date });
  }

  /** K-13 `at once`: new handshakes meet what is shown now; links that stand stay. */
  follow(): void {
    this.#secure = this.answers.callManagerTls(this.node);
    this.oauth = this.answers.oauthTls(this.node);
  }

  get identity(): Identity | undefined {
    return this.#secure?.identity;
  }

  agree(phone: TlsOffer): TlsAgreement {
    if (this.#secure === undefined) return { version: null, detail: `${this.node} has no TLS port` };
    const { versions, identity } = this.#secure;
    return agreeOnTls(phone, { ...versions, ciphers: CALL_MANAGER_CIPHERS }, identity.certificate.keyType);
  }

  /** */
  refusal(der: Uint8Array | undefined, version: TlsVersion): CertificateRefusal | undefined {
    if (der === undefined) return this.#judge(der, version);
    let verdict = this.#judged.get(der);
    if (verdict === undefined) {
      verdict = this.#judge(der, version) ?? 'believed';
      this.#judged.set(der, verdict);
    }
    return verdict === 'believed' ? undefined : verdict;
  }
}

/** A node as its services need it. */
export interface VirtualNodeSpec {
  readonly name: string;
  readonly address: string;
  readonly services: ReadonlySet<FrontService>;
  /** From a port to that of its IPv6 side; null where it has none. */
  readonly ipv6: ((port: number) => number) | null;
}

/** The services of one cluster's nodes in virtual time. Each starts and stops alone, as on a real node. */
export class VirtualServices {
  readonly #network: VirtualNetwork;
  readonly #answers: VirtualAnswers;
  readonly #nodes = new Map<string, VirtualNodeSpec>();

  constructor(network: VirtualNetwork, nodes: readonly VirtualNodeSpec[], answers: VirtualAnswers) {
    this.#network = network;
    this.#answers = answers;
    for (const node of nodes) this.#meet(node);
  }

  async startAll(): Promise<void> {
    for (const [name, { services }] of this.#nodes) {
      for (const service of services) await this.start(service, name);
    }
  }

  /** A node that has joined (OP-19), with its services started. */
  async add(node: VirtualNodeSpec): Promise<void> {
    this.#meet(node);
    for (const service of node.services) await this.start(service, node.name);
  }

  /** A node that has left (OP-19): its services stop for good. */
  async remove(name: string): Promise<void> {
    for (const service of this.#nodes.get(name)?.services ?? []) await this.stop(service, name);
    this.#nodes.delete(name);
  }

  #meet(node: VirtualNodeSpec): void {
    this.#nodes.set(node.name, node);
    this.#network.addNode(node.address, node.ipv6?.(KNOWN_PORTS.capf) ?? null);
  }

  async start(service: FrontService, name: string): Promise<void> {
    const node = this.#nodes.get(name);
    if (node === undefined || !node.services.has(service)) return;
    const place = this.#network.node(node.address);
    if (place === undefined || place.running(service) !== undefined) return;
    const answers = this.#answers;
    const station = place.openStation(
      service,
      service === 'TFTP' ? answers.servingCount() : Number.POSITIVE_INFINITY,
    );
    const running = { alive: true, node: name, answers, station };
    switch (service) {
      case 'TFTP':
        place.tftp = running;
        break;
      case 'TVS': {
        const { certificate } = answers.tvsIdentity(name);
        const tls = answers.tvsTls(name) ?? DEFAULT_VERSIONS;
        place.tvs = { ...running, certificate: certificate.der, keyType: certificate.keyType, tls };
        break;
      }
      case 'CallManager':
        place.callManager = new RunningCallManager(name, answers, station, () => this.#network.date());
        break;
      case 'Tomcat': {
        const front = answers.tomcat(name);
        if (front === undefined) break;
        const { certificate } = front.identity;
        const tls = front.versions;
        place.tomcat = { ...running, certificate: certificate.der, keyType: certificate.keyType, tls };
        break;
      }
      case 'CAPF': {
        const capf = answers.capf(name);
        if (capf !== undefined) {
          const strings = new StringGuard(WRONG_STRING_WAIT_MS / this.#network.scale);
          place.capf = { ...running, capf, strings, sessions: 0 };
        }
        break;
      }
    }
  }

  async stop(service: FrontService, name: string): Promise<void> {
    const node = this.#nodes.get(name);
    if (node !== undefined) this.#network.node(node.address)?.stop(service);
  }

  /** K-13 `at once`: a service that runs shows what it shows now; its links stay. */
  async follow(service: FrontService, name: string): Promise<void> {
    const place = this.#network.node(this.#nodes.get(name)?.address ?? '');
    if (place === undefined) return;
    const { tvs, callManager, capf, tomcat } = place;
    const answers = this.#answers;
    if (service === 'TVS' && tvs !== undefined) show(tvs, answers.tvsIdentity(name));
    if (service === 'CallManager') callManager?.follow();
    if (service === 'CAPF' && capf !== undefined) capf.capf = answers.capf(name) ?? capf.capf;
    if (service === 'Tomcat' && tomcat !== undefined) show(tomcat, answers.tomcat(name)?.identity);
  }

  /** So many connection objects of a TFTP service are never released (222878). */
  leak(objects: number, name: string): void {
    const station = this.#tftp(name)?.station;
    if (station !== undefined) this.#network.engine.leakStation(station, objects);
  }

  /** All connection objects of a TFTP service are there again. */
  mend(name: string): void {
    const station = this.#tftp(name)?.station;
    if (station !== undefined) this.#network.engine.mendStation(station);
  }

  #tftp(name: string): RunningTftp | undefined {
    return this.#network.node(this.#nodes.get(name)?.address ?? '')?.tftp;
  }

  isRunning(service: FrontService, name: string): boolean {
    const node = this.#nodes.get(name);
    return node !== undefined && this.#network.node(node.address)?.running(service) !== undefined;
  }

  ports(): Readonly<Record<string, never>> {
    return {};
  }

  async close(): Promise<void> {
    for (const [name, { services }] of this.#nodes) {
      for (const service of services) await this.stop(service, name);
    }
  }
}

function show(running: RunningTvs, identity: Pick<Identity, 'certificate'> | undefined): void {
  if (identity === undefined) return;
  running.certificate = identity.certificate.der;
  running.keyType = identity.certificate.keyType;
}
