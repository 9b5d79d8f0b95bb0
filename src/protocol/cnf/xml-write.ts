import { TrustfleetError } from '../../errors.js';
import { NO_XML_CHARACTER } from './xml-characters.js';

/** An element to write: text, or elements one a line as CUCM lays its files out. */
export interface XmlNode {
  readonly name: string;
  readonly content: string | readonly XmlNode[];
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** What stands before the root element in every configuration file. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An element with text. */
export function leaf(
  name: string,
  value: string | number | boolean,
  attributes: XmlNode['attributes'] = [],
): XmlNode {
  return { name, content: String(value), attributes };
}

/** An element with elements. */
export function branch(
  name: string,
  children: readonly XmlNode[],
  attributes: XmlNode['attributes'] = [],
): XmlNode {
  return { name, content: children, attributes };
}

/**
 * The whole file, UTF-8, ending in a line feed. Empty elements are written with both tags, as CUCM does.
 *
 * @throws TrustfleetError TF_CNF_MALFORMED for a value with a character that XML does not have.
 */
export function writeXml(root: XmlNode): Buffer {
  const lines: string[] = [XML_DECLARATION];
  append(lines, root);
  return Buffer.from(lines.join(''), 'utf8');
}

function append(lines: string[], { name, content, attributes }: XmlNode): void {
  const written = attributes.map(([key, value]) => ` ${key}="${escapeText(value, name)}"`).join('');
  if (typeof content === 'string') {
    lines.push(`<${name}${written}>${escapeText(content, name)}</${name}>\n`);
    return;
  }
  lines.push(`<${name}${written}>\n`);
  for (const child of content) append(lines, child);
  lines.push(`</${name}>\n`);
}

const SPECIAL = /[&<>"\r\n\t]/;
const SPECIALS = /[&<>"\r\n\t]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Character data or an attribute's value as it is written.
 *
 * @throws TrustfleetError TF_CNF_MALFORMED for a character that XML does not have.
 */
export function escapeText(text: string, name: string): string {
  if (NO_XML_CHARACTER.test(text) || LONE_SURROGATE.test(text)) {
    throw new TrustfleetError(
      'TF_CNF_MALFORMED',
      `value ${JSON.stringify(text)} of <${name}> has a character that XML cannot carry`,
    );
  }
  if (!SPECIAL.test(text)) return text;
  return text.replace(SPECIALS, (character) => ESCAPES[character] ?? `&#${character.charCodeAt(0)};`);
}
