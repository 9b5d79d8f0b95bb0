import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { dispositionText, notLetIn, onlineCaFailure } from '../cluster/online-ca.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { decodePem, encodePem } from '../pki/pem.js';
import { errorText } from './socket-errors.js';

export interface OnlineCaLimits {
  /** From the connection to the last octet of an answer, milliseconds; there are two answers to a certificate. */
  readonly answerMs: number;
  /** Longest page or certificate, octets. */
  readonly answerOctets: number;
}

const ONLINE_CA_LIMITS: OnlineCaLimits = { answerMs: 30_000, answerOctets: 65_536 };

/** The CA of `Certificate Issuer to Endpoint` = Online CA, by the parameters of OP-26. */
export interface OnlineCaTarget {
  /** Sent in the handshake and in `Host`, and the common name that its HTTPS certificate must have. */
  readonly hostname: string;
  /** Where it really listens: there is no DNS here. */
  readonly address: string;
  readonly port: number;
  readonly template: string;
  readonly username: string;
  readonly password: string;
  /** CAPF-trust: whoever issued its HTTPS certificate, or that certificate itself, must be there. */
  readonly trust: readonly Certificate[];
  readonly limits?: Partial<OnlineCaLimits>;
}

const PAGES = '/certsrv';
/** What the pages say (Microsoft's web enrolment). */
const ISSUED = /certnew\.cer\?ReqID=(\d{1,10})/i;
const PENDING = /certificate pending|taken under submission|must wait for an administrator/i;
const DENIED = /request (?:was|has been) denied|certificate request denied/i;
const DISPOSITION = /disposition message is "([^"]{1,200})"/i;

/**
 * Gets a certificate for a PKCS#10 request from the web enrolment pages of a Microsoft CA, as CAPF does in online mode: the
 * request goes to `certfnsh.asp` as a form, and what was issued is fetched from `certnew.cer`. HTTPS with Basic
 * authentication; the certificate of the server must lead to `trust` and have the host name as its common name.
 *
 * @returns the certificate, DER as the CA gave it; whether it is one, and for which key, is the caller's to see.
 * @throws TrustfleetError TF_ONLINE_CA for anything but a certificate: not reached, not believed, 401, pending, denied, too
 *   slow, too long, rubbish.
 */
export async function requestFromOnlineCa(
  target: OnlineCaTarget,
  der: Uint8Array,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const form = new URLSearchParams({
    Mode: 'newreq',
    CertRequest: encodePem('CERTIFICATE REQUEST', der),
    CertAttrib: `CertificateTemplate:${target.template}`,
    TargetStoreFlags: '0',
    SaveCert: 'yes',
  });
  const page = await ask(target, 'POST', `${PAGES}/certfnsh.asp`, form.toString(), signal);
  const id = ISSUED.exec(page)?.[1];
  if (id === undefined) throw onlineCaFailure(target, dispositionOf(page));
  const text = await ask(target, 'GET', `${PAGES}/certnew.cer?ReqID=${id}&Enc=b64`, '', signal);
  try {
    return decodePem(text, ['CERTIFICATE'], 'TF_ONLINE_CA').octets;
  } catch (cause) {
    throw onlineCaFailure(
      target,
      `what it gave for request ${id} is no certificate: ${errorText(cause)}`,
      cause,
    );
  }
}

function dispositionOf(page: string): string {
  const said = DISPOSITION.exec(page)?.[1];
  if (DENIED.test(page)) return dispositionText({ denied: said });
  if (PENDING.test(page)) return dispositionText({ pending: said });
  return 'its answer names no certificate, expected a link to certnew.cer?ReqID=…';
}

function ask(
  target: OnlineCaTarget,
  method: 'GET' | 'POST',
  path: string,
  body: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { answerMs, answerOctets } = { ...ONLINE_CA_LIMITS, ...target.limits };
  const late = AbortSignal.timeout(answerMs);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(late.aborted ? tooLate() : asFailure(target, error));
    const tooLate = (): TrustfleetError => onlineCaFailure(target, `no answer within ${answerMs} ms`);
    const asked = request(
      optionsOf(target, method, path, body, signal === undefined ? late : AbortSignal.any([late, signal])),
      (answer) => {
        take(target, answer, answerOctets).then(resolve, (error) => {
          asked.destroy();
          fail(error);
        });
      },
    );
    asked.on('error', fail);
    asked.end(body);
  });
}

function optionsOf(
  { hostname, address, port, username, password, trust }: OnlineCaTarget,
  method: 'GET' | 'POST',
  path: string,
  body: string,
  signal: AbortSignal,
): RequestOptions {
  return {
    host: address,
    port,
    servername: hostname,
    method,
    path,
    // one connection a request: CAPF asks seldom, and nothing stays open behind it
    agent: false,
    signal,
    auth: `${username}:${password}`,
    headers: {
      Host: hostname,
      ...(method === 'GET'
        ? {}
        : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) }),
    },
    minVersion: 'TLSv1.2',
    ca: trust.map((certificate) => certificate.toPem()),
    checkServerIdentity: (_, peer) => nameError(hostname, peer),
  };
}

/** OP-26: the host name is the common name of the HTTPS certificate, and what its alternative names say. */
function nameError(hostname: string, peer: PeerCertificate): Error | undefined {
  const { CN } = peer.subject;
  if (CN !== hostname)
    return new Error(`its HTTPS certificate is for ${String(CN)}, expected ${hostname} as common name`);
  return checkServerIdentity(hostname, peer);
}

async function take(target: OnlineCaTarget, answer: IncomingMessage, limit: number): Promise<string> {
  const { statusCode = 0 } = answer;
  if (statusCode === 401) throw notLetIn(target);
  if (statusCode !== 200) throw onlineCaFailure(target, `it answered ${statusCode}, expected 200`);
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > limit) throw onlineCaFailure(target, `its answer has more than ${limit} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asFailure(target: OnlineCaTarget, error: unknown): unknown {
  return error instanceof TrustfleetError ? error : onlineCaFailure(target, errorText(error), error);
}
