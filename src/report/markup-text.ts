import { NO_XML_CHARACTER } from '../protocol/cnf/xml-characters.js';

/** They mean nothing in HTML either. */
const NO_XML_CHARACTERS = new RegExp(NO_XML_CHARACTER, 'g');

/** Text between two tags of XML or HTML. */
export function escapeText(value: string): string {
  return value
    .replace(NO_XML_CHARACTERS, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** The value of an attribute, to stand between `"` and `"`. */
export function escapeAttribute(value: string): string {
  return escapeText(value).replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}
