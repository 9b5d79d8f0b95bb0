import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { TrustfleetError } from '../errors.js';
import type { CertificateJudge, CertificateRefusal } from '../protocol/tls/refusal.js';
import { errorText } from './socket-errors.js';
import { plainAlert, sealedAlert } from './tls-alerts.js';
import type { KeylogSink } from './tls-keylog.js';
import { negotiatedVersion } from './tls-versions.js';

/**
 * The line of the key log at which the peer's certificate and the proof that it has the key are through, and nothing that
 * follows them has left this end. Up to TLS 1.2 OpenSSL logs when it composes its Finished; both ends still write in clear.
 */
const JUDGED_AT: Readonly<Record<'client' | 'server', readonly string[]>> = {
  client: ['CLIENT_RANDOM', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'],
  server: ['CLIENT_RANDOM', 'CLIENT_TRAFFIC_SECRET_0'],
};

/** Under which secret of TLS 1.3 each end would write next at that moment. */
const WRITES_UNDER = {
  client: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  server: 'SERVER_TRAFFIC_SECRET_0',
} as const;

/**
 * Judges the peer's certificate inside the handshake and refuses it as OpenSSL would: with a fatal alert in place of the rest
 * of the handshake.
 *
 * Node cannot do it. Its certificate callback always lets OpenSSL go on, and afterwards `rejectUnauthorized` cuts the
 * connection without a word: the peer would see a RST and never learn of `unknown_ca`. But Node hands out key log lines
 * while OpenSSL stands still in the middle of the handshake, with its own flight still in a buffer. So the judge is asked at
 * such a line, and its alert is written to the TCP socket beneath and that socket closed before OpenSSL goes on.
 */
export class CertificateJudgement {
  readonly #tls: TLSSocket;
  readonly #raw: Socket;
  readonly #side: 'client' | 'server';
  readonly #judge: CertificateJudge;
  readonly #keylog: KeylogSink | undefined;
  #secret = '';
  #refusal: CertificateRefusal | undefined;
  #isJudged = false;

  /** @param raw the TCP socket beneath `tls` */
  constructor(
    tls: TLSSocket,
    raw: Socket,
    side: 'client' | 'server',
    judge: CertificateJudge,
    keylog?: KeylogSink,
  ) {
    this.#tls = tls;
    this.#raw = raw;
    this.#side = side;
    this.#judge = judge;
    this.#keylog = keylog;
  }

  /** The peer's certificate was looked at: cipher and version were agreed on before. */
  get isJudged(): boolean {
    return this.#isJudged;
  }

  get refusal(): CertificateRefusal | undefined {
    return this.#refusal;
  }

  /** For the event `keylog` of the socket. */
  line(line: Buffer): void {
    this.#keylog?.(line);
    const label = line.toString('latin1', 0, Math.max(0, line.indexOf(0x20)));
    if (label === WRITES_UNDER[this.#side]) this.#secret = line.toString('latin1').trim();
    if (this.#isJudged || !JUDGED_AT[this.#side].includes(label)) return;
    if (this.#judged() !== undefined) this.#cut();
  }

  /**
   * For the end of the handshake: the refusal, if there was one. Judges now what passed by without a line, as a resumed
   * session might; then it is too late for an alert.
   */
  finished(): CertificateRefusal | undefined {
    return this.#isJudged ? this.#refusal : this.#judged();
  }

  #judged(): CertificateRefusal | undefined {
    this.#isJudged = true;
    // OpenSSL stands still below: nothing may be thrown through it
    try {
      const raw = peerCertificate(this.#tls);
      this.#refusal = this.#judge(raw, negotiatedVersion(this.#tls));
    } catch (error) {
      this.#refusal = { alert: 'bad_certificate', detail: errorText(error) };
      // a fault of the program says nothing of the peer: it goes to whoever hears of such faults
      if (!(error instanceof TrustfleetError))
        setImmediate(() => {
          throw error;
        });
    }
    return this.#refusal;
  }

  #cut(): void {
    const refusal = this.#refusal;
    if (refusal === undefined) return;
    const version = negotiatedVersion(this.#tls);
    this.#raw.write(
      version === '1.3'
        ? sealedAlert(lastField(this.#secret), this.#tls.getCipher().name, refusal.alert)
        : plainAlert(version, refusal.alert),
    );
    // A few octets leave at once. The socket is closed here and now, since OpenSSL writes its Finished when this returns.
    this.#raw.destroy();
  }
}

/** DER. @throws TrustfleetError TF_CERT_MALFORMED for one that OpenSSL cannot read again */
function peerCertificate(tls: TLSSocket): Buffer | undefined {
  try {
    return tls.getPeerX509Certificate()?.raw;
  } catch (error) {
    throw new TrustfleetError('TF_CERT_MALFORMED', errorText(error), { cause: error });
  }
}

/** `LABEL client-random secret`, the last two in hex. */
function lastField(line: string): Buffer {
  return Buffer.from(line.slice(line.lastIndexOf(' ') + 1), 'hex');
}
