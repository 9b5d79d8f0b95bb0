import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { enrolled, type OnlineCaDesk } from '../cluster/online-ca.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { decodePem, encodePem } from '../pki/pem.js';
import { listen, stopListening } from './listen.js';
import { identityPem } from './secure-contexts.js';
import { ignoreSocketError } from './socket-errors.js';

export interface OnlineCaServerOptions extends OnlineCaDesk {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Certificates between that of the web server and its root. */
  readonly chain?: readonly Certificate[];
}

export interface OnlineCaServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A form with a 4096-bit request stays far below, octets. */
const MAX_FORM_OCTETS = 32_768;
/** Certificates that wait to be fetched; the oldest goes first. */
const MAX_WAITING = 10_000;
const MAX_CONNECTIONS = 1_024;
const REQUEST_MS = 10_000;
/** Request lines name a path alone. */
const BASE = 'https://ca';

/**
 * A small certification authority with the web enrolment pages of Microsoft's, as far as CAPF uses them (OP-26):
 * `certfnsh.asp` takes a PKCS#10 request, `certnew.cer` gives what was issued. HTTPS and Basic authentication.
 *
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
 */
export async function startOnlineCa(options: OnlineCaServerOptions): Promise<OnlineCaServer> {
  const { identity, chain = [] } = options;
  const { cert, key } = identityPem(identity);
  const desk = new Desk(options);
  const server = createServer(
    {
      key,
      cert: [cert, ...chain.map((certificate) => certificate.toPem())].join(''),
      minVersion: 'TLSv1.2',
      handshakeTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
    },
    (request, response) => {
      desk.answer(request, response).catch(() => {
        if (response.headersSent) response.destroy();
        else say(response, 500, 'text/html', page('Internal Server Error'));
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('tlsClientError', (_, socket) => socket.destroy());
  const port = await listen(server, 'online CA', options);
  return {
    port,
    close() {
      const closed = stopListening(server);
      server.closeAllConnections();
      return closed;
    },
  };
}

class Desk {
  readonly #options: OnlineCaServerOptions;
  readonly #issued = new Map<string, Certificate>();
  #requests = 0;

  constructor(options: OnlineCaServerOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', ignoreSocketError);
    response.on('error', ignoreSocketError);
    if (!this.#letsIn(request.headers.authorization)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="certsrv"');
      say(response, 401, 'text/html', page('Unauthorized'));
      return;
    }
    const url = request.url ?? '/';
    if (!URL.canParse(url, BASE)) {
      say(response, 400, 'text/html', page('Bad Request'));
      return;
    }
    const { pathname, searchParams } = new URL(url, BASE);
    if (request.method === 'POST' && pathname.toLowerCase() === '/certsrv/certfnsh.asp') {
      await this.#enrol(request, response);
    } else if (request.method === 'GET' && pathname.toLowerCase() === '/certsrv/certnew.cer') {
      this.#give(searchParams.get('ReqID') ?? '', response);
    } else {
      say(response, 404, 'text/html', page('Not Found'));
    }
  }

  #letsIn(header: string | undefined): boolean {
    const { username, password } = this.#options;
    const wanted = Buffer.from(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    const given = Buffer.from(header ?? '');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (body === undefined) {
      say(response, 413, 'text/html', page('Request Too Long'));
      return;
    }
    this.#requests += 1;
    const id = String(this.#requests);
    say(response, 200, 'text/html', await this.#disposed(id, new URLSearchParams(body)));
  }

  async #disposed(id: string, form: URLSearchParams): Promise<string> {
    try {
      const der = decodePem(
        form.get('CertRequest') ?? '',
        ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'],
        'TF_CERT_MALFORMED',
      ).octets;
      const answer = await enrolled(this.#options, der);
      if ('issued' in answer) {
        this.#keep(id, answer.issued);
        return page(
          'Certificate Issued',
          `The certificate you requested was issued to you. <A Href="certnew.cer?ReqID=${id}&amp;Enc=b64">Download certificate</A>`,
        );
      }
      if ('pending' in answer) {
        return page(
          'Certificate Pending',
          `Your certificate request has been received. However, you must wait for an administrator to issue the certificate you requested. Your Request Id is ${id}. The disposition message is "${answer.pending}".`,
        );
      }
      return denied(id, answer.denied);
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      return denied(id, error.message);
    }
  }

  #keep(id: string, certificate: Certificate): void {
    this.#issued.set(id, certificate);
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > MAX_WAITING && oldest !== undefined) this.#issued.delete(oldest);
  }

  #give(id: string, response: ServerResponse): void {
    const certificate = this.#issued.get(id);
    if (certificate === undefined) {
      say(response, 404, 'text/html', page('No such request'));
      return;
    }
    say(response, 200, 'application/pkix-cert', encodePem('CERTIFICATE', certificate.der));
  }
}

/** Undefined where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      octets += chunk.length;
      if (octets > MAX_FORM_OCTETS) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // it broke off: an empty form is no request, and nobody hears the answer
    return '';
  }
  return Buffer.concat(chunks).toString('latin1');
}

function denied(id: string, why: string): string {
  const text = why.replace(/[<>&"]/g, ' ');
  return page(
    'Certificate Request Denied',
    `Your certificate request was denied. Your Request Id is ${id}. The disposition message is "${text}".`,
  );
}

function page(title: string, text = ''): string {
  return `<HTML><HEAD><TITLE>Microsoft Active Directory Certificate Services</TITLE></HEAD><BODY><P>${title}</P><P>${text}</P></BODY></HTML>`;
}

function say(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}
