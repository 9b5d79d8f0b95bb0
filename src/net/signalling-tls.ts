import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { TlsVersion } from '../device/security.js';
import type { JudgePeer, PeerRefusal, RegistrationAttempt } from '../phone/world.js';
import type { CertificateJudge, TlsAlert } from '../protocol/tls/refusal.js';
import { laidOver } from './abort-stream.js';
import { deadlines } from './deadlines.js';
import { countHandshake } from './handshake-count.js';
import { secureContexts } from './secure-contexts.js';
import { ignoreSocketError } from './socket-errors.js';
import { CONNECT_TIMEOUT_MS, connectTcp, type TcpOutcome, type TcpTarget } from './tcp-connect.js';
import { CertificateJudgement } from './tls-certificate-judgement.js';
import { handshakeFailure, type SignallingFailure } from './tls-failures.js';
import type { KeylogSink } from './tls-keylog.js';
import { atLevel0, JUDGED_BY_PHONE, negotiatedVersion } from './tls-versions.js';

/** A server to speak to as an attempt says: over TCP, or over TLS on it. */
export interface SignallingTarget extends TcpTarget {
  readonly attempt: Pick<RegistrationAttempt, 'transport' | 'tls'>;
  readonly keylog?: KeylogSink | undefined;
}

export type SignallingOutcome =
  | { readonly socket: Socket; readonly tls: TlsVersion | 'none' }
  | { readonly socket: undefined; readonly failure: SignallingFailure };

type AttemptTls = NonNullable<RegistrationAttempt['tls']>;

/**
 * Opens the connection for a registration, a standby connection or a token request. Where it is TLS, the phone has shown its
 * certificate and believes the server's, and nothing of the signalling has been written. Nobody listens on the socket yet.
 *
 * @throws the reason of `signal` when it is aborted, and nothing else
 */
export async function openSignalling(target: SignallingTarget): Promise<SignallingOutcome> {
  const { transport, tls } = target.attempt;
  if (transport !== 'tls') {
    const tcp = await connectTcp(target);
    return tcp.socket === undefined ? unreachable(tcp) : { socket: tcp.socket, tls: 'none' };
  }
  if (tls === null) return failed('an attempt over TLS that says nothing of TLS');
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, signal } = target;
  const until = performance.now() + connectTimeoutMs;
  const tcp = await connectTcp({ ...target, connectTimeoutMs });
  if (tcp.socket === undefined) return unreachable(tcp);
  if (signal.aborted) {
    tcp.socket.destroy();
    throw signal.reason;
  }
  const limit = { until, text: `no TLS connection within ${connectTimeoutMs} ms` };
  return handshake(tcp.socket, tls, target, limit);
}

function handshake(
  raw: Socket,
  { identity, min, max, ciphers, judge }: AttemptTls,
  { signal, keylog }: SignallingTarget,
  limit: { readonly until: number; readonly text: string },
): Promise<SignallingOutcome> {
  raw.on('error', ignoreSocketError);
  let socket: TLSSocket;
  try {
    socket = connect({
      socket: raw,
      secureContext: secureContexts.get({ min, max, identity, ciphers: atLevel0(ciphers) }),
      ...JUDGED_BY_PHONE,
    });
  } catch (error) {
    raw.destroy();
    return Promise.resolve({ socket: undefined, failure: handshakeFailure(error, false) });
  }
  laidOver(raw, socket);
  const judgement = new CertificateJudgement(socket, raw, 'client', certificateJudge(judge), keylog);
  return new Promise((resolve, reject) => {
    const timeout = deadlines.schedule(limit.until - performance.now(), () => fail(failed(limit.text)));
    const onKeylog = (line: Buffer): void => judgement.line(line);
    const onSecure = (): void => {
      countHandshake('mutual');
      if (judgement.finished() !== undefined) {
        fail(refused());
        return;
      }
      release();
      resolve({ socket, tls: negotiatedVersion(socket) });
    };
    const onError = (error: Error): void => {
      const failure = handshakeFailure(error, judgement.isJudged);
      fail(judgement.refusal === undefined ? { socket: undefined, failure } : refused());
    };
    const onClose = (): void =>
      fail(judgement.refusal === undefined ? failed('closed before TLS was up') : refused());
    const onAbort = (): void => {
      release();
      discard();
      reject(signal.reason);
    };
    function fail(outcome: SignallingOutcome): void {
      release();
      discard();
      resolve(outcome);
    }
    /** 10, AuthenticationError. */
    function refused(): SignallingOutcome {
      const detail = judgement.refusal?.detail ?? '';
      return { socket: undefined, failure: { result: 'tls-failed', cause: '10', tls: 'none', detail } };
    }
    /** The TLS socket goes with the TCP socket, once OpenSSL is done with what it is at. */
    function discard(): void {
      socket.on('error', ignoreSocketError);
      raw.destroy();
    }
    function release(): void {
      deadlines.cancel(timeout);
      signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose);
      if (keylog === undefined) socket.off('keylog', onKeylog);
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('keylog', onKeylog);
    socket.once('secureConnect', onSecure).on('error', onError).once('close', onClose);
  });
}

/** What a phone's alert is for what it holds against the server's certificate; OpenSSL's for the like. */
const REFUSAL_ALERTS: Readonly<Record<PeerRefusal, TlsAlert>> = {
  'not-in-ctl': 'unknown_ca',
  'not-in-itl': 'unknown_ca',
  'no-tvs-record': 'unknown_ca',
  malformed: 'bad_certificate',
  'digest-unsupported': 'unsupported_certificate',
  'key-too-large': 'unsupported_certificate',
  'key-too-small': 'unsupported_certificate',
};

function certificateJudge(judge: JudgePeer): CertificateJudge {
  return (der) => {
    if (der === undefined) return { alert: 'handshake_failure', detail: 'the server shows no certificate' };
    const verdict = judge(der);
    if (verdict.trusted) return undefined;
    return { alert: REFUSAL_ALERTS[verdict.reason], detail: `${verdict.reason} (${verdict.rule})` };
  };
}

function unreachable({ detail }: Extract<TcpOutcome, { readonly socket: undefined }>): SignallingOutcome {
  return { socket: undefined, failure: { result: 'unreachable', cause: '6', tls: 'none', detail } };
}

/** No TLS connection came about, and no certificate or cipher is to blame (R-83: 6). */
function failed(detail: string): SignallingOutcome {
  return { socket: undefined, failure: { result: 'tls-failed', cause: '6', tls: 'none', detail } };
}
