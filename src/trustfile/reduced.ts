import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';

/** What the reduced file keeps of the full one, in this order (trust-files.md 12). */
const KEPT = ['ipAddressMode', 'loadInformation', 'capfAuthMode', 'capfList'] as const;

/** Nesting below `capfList` is two; beyond this the file is none that a phone was ever sent. */
const MAX_DEPTH = 16;

/** A node of fast-xml-parser in document order: `{ name: children }`, or `{ '#text': text }`. */
type XmlNode = Readonly<Record<string, readonly XmlNode[] | string>>;

/**
 * The `SEP<MAC>.cnf.xml` that lies, signed, beside an encrypted one: it names the certificate that the other one is
 * encrypted for, so that a phone with another certificate goes to CAPF instead (trust-files.md 12).
 *
 * @param device null where no certificate of the phone is known: there is no encrypted file yet, and CAPF has to come first.
 * @throws TrustfleetError TF_CNF_MALFORMED when `configuration` is no XML with a `device` element.
 */
export function reducedConfiguration(configuration: Uint8Array, device: Certificate | null): Buffer {
  const elements = deviceElements(Buffer.from(configuration).toString('utf8'));
  const kept = KEPT.flatMap((name) => elements.filter((node) => nameOf(node) === name));
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<device>',
    '  <fullConfig>false</fullConfig>',
    ...kept.flatMap((node) => render(node, 1)),
    device === null ? '  <certHash/>' : `  <certHash>${certHash(device)}</certHash>`,
    '  <encrConfig>true</encrConfig>',
    '</device>',
    '',
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/** `certHash`: MD5 of the phone's certificate, lower-case hex. */
export function certHash(device: Certificate): string {
  return createHash('md5').update(device.der).digest('hex');
}

function deviceElements(xml: string): readonly XmlNode[] {
  let document: readonly XmlNode[];
  try {
    // entities stay as they are written and go out again unread, so nothing can expand
    document = new XMLParser({
      preserveOrder: true,
      processEntities: false,
      parseTagValue: false,
    }).parse(xml, true) as readonly XmlNode[];
  } catch (cause) {
    throw new TrustfleetError('TF_CNF_MALFORMED', `configuration is no XML: ${(cause as Error).message}`, {
      cause,
    });
  }
  const device = document.find((node) => nameOf(node) === 'device');
  if (device === undefined) {
    throw new TrustfleetError('TF_CNF_MALFORMED', 'configuration has no <device> element');
  }
  return childrenOf(device);
}

function nameOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

function childrenOf(node: XmlNode): readonly XmlNode[] {
  const children = node[nameOf(node)];
  return typeof children === 'string' || children === undefined ? [] : children;
}

function render(node: XmlNode, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const name = nameOf(node);
  const children = childrenOf(node);
  const elements = children.filter((child) => nameOf(child) !== '#text');
  if (depth > MAX_DEPTH) {
    throw new TrustfleetError('TF_CNF_MALFORMED', `<${name}> is nested ${depth} deep, at most ${MAX_DEPTH}`);
  }
  if (elements.length > 0) {
    const inner = elements.flatMap((child) => render(child, depth + 1));
    return [`${indent}<${name}>`, ...inner, `${indent}</${name}>`];
  }
  const text = children.map((child) => child['#text'] ?? '').join('');
  return text === '' ? [`${indent}<${name}/>`] : [`${indent}<${name}>${text}</${name}>`];
}
