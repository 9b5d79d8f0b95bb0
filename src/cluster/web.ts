import type { Identity } from './identity.js';
import { issueToken, TOKEN_PATH } from './oauth.js';
import { shownIdentity } from './shown-identity.js';
import { type ClusterState, findNode } from './state.js';

/** What the web server of a node answers. */
export interface WebAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const NOT_FOUND: WebAnswer = { status: 404, contentType: 'text/plain', body: new Uint8Array(0) };

const FORBIDDEN: WebAnswer = { ...NOT_FOUND, status: 403 };

function json(value: object): WebAnswer {
  return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

/** Pages of the phone services (phone-config.md 5.1), a menu or a text as their own XML has it. */
const PAGES: ReadonlyMap<string, string> = new Map([
  ['/ccmcip/xmldirectory.jsp', menu('Directories', 'Corporate Directory')],
  ['/ccmcip/getservicesmenu.jsp', menu('Services', 'Extension Mobility')],
  ['/ccmcip/GetTelecasterHelpText.jsp', page('CiscoIPPhoneText', '<Title>Information</Title><Text/>')],
  ['/ccmcip/authenticate.jsp', 'AUTHORIZED'],
]);

/**
 * GET at the Tomcat of a node (8443): the pages that phones' service buttons ask for. No directory stands behind them: what a
 * phone needs to know is whether it gets there.
 *
 * @param target path and query
 * @param now seconds since 1970
 */
export function webAnswer(state: ClusterState, nodeName: string, target: string, now: number): WebAnswer {
  if (findNode(state, nodeName) === undefined) return NOT_FOUND;
  const [path = '', query = ''] = target.split('?', 2);
  if (path === TOKEN_PATH) {
    const token = issueToken(state, new URLSearchParams(query).get('device') ?? '', now);
    return token === undefined ? FORBIDDEN : json(token);
  }
  const text = PAGES.get(path);
  return text === undefined
    ? NOT_FOUND
    : { status: 200, contentType: 'text/xml', body: Buffer.from(text, 'utf8') };
}

/** What Tomcat shows in its handshakes (OP-13, K-13). Undefined where it has none. */
export function tomcatIdentity(state: ClusterState, nodeName: string): Identity | undefined {
  return shownIdentity(state, nodeName, 'Tomcat');
}

function menu(title: string, item: string): string {
  return page(
    'CiscoIPPhoneMenu',
    `<Title>${title}</Title><MenuItem><Name>${item}</Name><URL></URL></MenuItem>`,
  );
}

function page(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>\n`;
}
