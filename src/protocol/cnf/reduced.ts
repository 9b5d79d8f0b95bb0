import { createHash } from 'node:crypto';
import { TrustfleetError } from '../../errors.js';
import type { Certificate } from '../../pki/certificate.js';
import { childrenNamed } from './element.js';
import { readXml, type XmlElement } from './xml-read.js';
import { escapeText, XML_DECLARATION } from './xml-write.js';

/** What the reduced file keeps of the full one, in this order (trust-files.md 12). */
const KEPT = ['ipAddressMode', 'loadInformation', 'capfAuthMode', 'capfList'] as const;

/**
 * The `SEP<MAC>.cnf.xml` that lies, signed, beside an encrypted one: it names the certificate that the other one is
 * encrypted for, so that a phone with another certificate goes to CAPF instead (trust-files.md 12).
 *
 * @param device null where no certificate of the phone is known: there is no encrypted file yet, and CAPF has to come first.
 * @throws TrustfleetError TF_CNF_MALFORMED when `configuration` is no XML with a `device` element; TF_MESSAGE_TOO_LARGE past
 *   `XML_LIMITS`.
 */
export function reducedConfiguration(configuration: Uint8Array, device: Certificate | null): Buffer {
  const root = readXml(configuration);
  if (root.name !== 'device') {
    throw new TrustfleetError(
      'TF_CNF_MALFORMED',
      `configuration: root element is <${root.name}>, expected <device>`,
    );
  }
  const lines = [
    '<device>',
    '  <fullConfig>false</fullConfig>',
    ...KEPT.flatMap((name) => childrenNamed(root, name)).flatMap((element) => render(element, 1)),
    device === null ? '  <certHash/>' : `  <certHash>${certHash(device)}</certHash>`,
    '  <encrConfig>true</encrConfig>',
    '</device>',
    '',
  ];
  return Buffer.from(XML_DECLARATION + lines.join('\n'), 'utf8');
}

/** `certHash`: MD5 of the phone's certificate, lower-case hex. */
export function certHash(device: Certificate): string {
  return createHash('md5').update(device.der).digest('hex');
}

/** Attributes are not kept, nor is text beside elements. */
function render({ name, children, text }: XmlElement, depth: number): string[] {
  const indent = '  '.repeat(depth);
  if (children.length > 0) {
    const inner = children.flatMap((child) => render(child, depth + 1));
    return [`${indent}<${name}>`, ...inner, `${indent}</${name}>`];
  }
  const value = escapeText(text.trim(), name);
  return value === '' ? [`${indent}<${name}/>`] : [`${indent}<${name}>${value}</${name}>`];
}
