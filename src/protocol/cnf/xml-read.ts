import { TrustfleetError } from '../../errors.js';
import { NO_XML_CHARACTER } from './xml-characters.js';

/** An element of a configuration file. Names are taken literally, prefix and all: there are no namespaces here. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside, with its spaces. */
  readonly text: string;
  /** Where its tag begins, in characters. */
  readonly at: number;
}

/** Limits on a file from outside. CUCM's own files have 15 kB, 300 elements and a depth of 9. */
export const XML_LIMITS = {
  /** A file over HTTP has at most 2,048 KB (phone-config.md 4). */
  octets: 2_097_152,
  elements: 20_000,
  depth: 32,
  attributes: 16,
} as const;

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
  readonly at: number;
}

/** ASCII characters that end a name, by code. */
const ENDS_NAME = new Uint8Array(128);
for (let code = 0; code <= 0x20; code += 1) ENDS_NAME[code] = 1;
for (const character of '<>/="\'&;!?') ENDS_NAME[character.charCodeAt(0)] = 1;

const GREATER = 0x3e;
const SLASH = 0x2f;

const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});
const NO_CHILDREN: readonly XmlElement[] = Object.freeze([]);

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads the XML of phones: elements, attributes, text, CDATA, comments, the five predefined entities and character
 * references. Without namespaces, since genuine files use an undeclared prefix `xsi:` (phone-config.md 5); without DTDs, so
 * that no entity can grow. A scanner of its own because every boot reads a file: a SIP phone's takes 0.1 ms here and 1.3 ms in
 * fast-xml-parser with its validator, as much as all the rest of a boot (speed.md 9).
 *
 * @throws TrustfleetError TF_CNF_MALFORMED with offset (octets), line and column; TF_MESSAGE_TOO_LARGE past a limit.
 */
export function readXml(octets: Uint8Array): XmlElement {
  if (octets.length > XML_LIMITS.octets) {
    throw new TrustfleetError(
      'TF_MESSAGE_TOO_LARGE',
      `configuration of ${octets.length} octets, expected at most ${XML_LIMITS.octets}`,
    );
  }
  return new Scanner(decode(octets)).run();
}

/** UTF-8, or what the declaration says where that is ISO-8859-1 or US-ASCII. */
function decode(octets: Uint8Array): string {
  const start = Buffer.from(octets.subarray(0, 120)).toString('latin1');
  const declared = /^<\?xml[^>]*\sencoding=["']([^"']*)["']/.exec(start)?.[1]?.toLowerCase() ?? 'utf-8';
  if (declared === 'iso-8859-1') return Buffer.from(octets).toString('latin1');
  if (!['utf-8', 'utf8', 'us-ascii'].includes(declared)) {
    throw new TrustfleetError(
      'TF_CNF_MALFORMED',
      `encoding ${JSON.stringify(declared)}, expected UTF-8 or ISO-8859-1`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (cause) {
    throw new TrustfleetError('TF_CNF_MALFORMED', 'configuration is not UTF-8', { cause });
  }
}

class Scanner {
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  /** Has the file any reference or carriage return at all? CUCM's have none. */
  readonly #special: boolean;
  #root: XmlElement | undefined;
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
    this.#special = text.includes('&') || text.includes('\r');
  }

  run(): XmlElement {
    const bad = NO_XML_CHARACTER.exec(this.#text);
    if (bad !== null) throw this.#malformed('a control character', bad.index);
    while (this.#at < this.#text.length) {
      const tag = this.#text.indexOf('<', this.#at);
      this.#characters(this.#at, tag === -1 ? this.#text.length : tag);
      if (tag === -1) break;
      this.#at = tag;
      this.#markup();
    }
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) {
      throw this.#malformed(`the end of the file inside <${unclosed.name}>`, this.#text.length);
    }
    if (this.#root === undefined) throw this.#malformed('no element', 0);
    return this.#root;
  }

  #characters(from: number, to: number): void {
    if (from === to) return;
    const top = this.#open.at(-1);
    const text = this.#text.slice(from, to);
    if (top !== undefined) top.text += this.#unescape(text, from);
    else if (text.trim() !== '') throw this.#malformed('text outside the root element', from);
  }

  #markup(): void {
    const at = this.#at;
    const text = this.#text;
    switch (text.charCodeAt(at + 1)) {
      case SLASH:
        this.#endTag();
        break;
      case 0x3f: // <?
        this.#skipTo('?>', at + 2, 'a processing instruction');
        break;
      case 0x21: // <!
        if (text.startsWith('<!--', at)) {
          this.#skipTo('-->', at + 4, 'a comment');
        } else if (text.startsWith('<![CDATA[', at)) {
          this.#skipTo(']]>', at + 9, 'a CDATA section');
          const top = this.#open.at(-1);
          if (top === undefined) throw this.#malformed('CDATA outside the root element', at);
          top.text += text.slice(at + 9, this.#at - 3);
        } else {
          throw this.#malformed('a document type or other declaration, which is not read', at);
        }
        break;
      default:
        this.#startTag();
    }
  }

  #startTag(): void {
    const at = this.#at;
    this.#at += 1;
    const name = this.#name('an element name');
    const attributes = this.#attributes(name);
    if (this.#open.length >= XML_LIMITS.depth || ++this.#elements > XML_LIMITS.elements) {
      throw new TrustfleetError(
        'TF_MESSAGE_TOO_LARGE',
        `configuration with more than ${XML_LIMITS.elements} elements or ${XML_LIMITS.depth} levels`,
        { context: this.#where(at) },
      );
    }
    if (this.#root !== undefined) throw this.#malformed(`<${name}> after the root element`, at);
    const element: OpenElement = { name, attributes, children: [], text: '', at };
    const next = this.#text.charCodeAt(this.#at);
    if (next === GREATER) {
      this.#at += 1;
      this.#open.push(element);
    } else if (next === SLASH && this.#text.charCodeAt(this.#at + 1) === GREATER) {
      this.#at += 2;
      this.#close(element);
    } else {
      throw this.#malformed(`the end of <${name}> missing`, this.#at);
    }
  }

  #attributes(element: string): Readonly<Record<string, string>> {
    let attributes: Record<string, string> | undefined;
    let count = 0;
    for (;;) {
      const before = this.#at;
      this.#space();
      const next = this.#text.charCodeAt(this.#at);
      if (next === GREATER || next === SLASH || Number.isNaN(next)) return attributes ?? NO_ATTRIBUTES;
      if (this.#at === before) throw this.#malformed(`no space before an attribute of <${element}>`, before);
      const name = this.#name(`an attribute of <${element}>`);
      this.#space();
      if (this.#text[this.#at] !== '=') throw this.#malformed(`attribute ${name} without a value`, this.#at);
      this.#at += 1;
      this.#space();
      const quote = this.#text[this.#at];
      const start = this.#at + 1;
      const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, start) : -1;
      if (end === -1) throw this.#malformed(`attribute ${name} without a quoted value`, this.#at);
      const value = this.#text.slice(start, end);
      if (value.includes('<')) throw this.#malformed(`"<" in attribute ${name}`, start);
      // without a prototype: an attribute may be called __proto__
      attributes ??= Object.create(null) as Record<string, string>;
      count += 1;
      if (name in attributes) throw this.#malformed(`attribute ${name} twice in <${element}>`, start);
      if (count > XML_LIMITS.attributes) {
        throw new TrustfleetError(
          'TF_MESSAGE_TOO_LARGE',
          `<${element}> with more than ${XML_LIMITS.attributes} attributes`,
          { context: this.#where(start) },
        );
      }
      attributes[name] = this.#unescape(value, start);
      this.#at = end + 1;
    }
  }

  #endTag(): void {
    const at = this.#at;
    const top = this.#open.at(-1);
    if (top !== undefined && this.#text.startsWith(top.name, at + 2)) {
      const end = at + 2 + top.name.length;
      if (this.#text.charCodeAt(end) === GREATER) {
        this.#at = end + 1;
        this.#open.pop();
        this.#close(top);
        return;
      }
    }
    this.#at += 2;
    const name = this.#name('an element name');
    this.#space();
    if (this.#text[this.#at] !== '>') throw this.#malformed(`the end of </${name}> missing`, this.#at);
    this.#at += 1;
    const element = this.#open.pop();
    if (element?.name !== name) {
      const expected = element === undefined ? 'nothing open' : `</${element.name}>`;
      throw this.#malformed(`</${name}>, expected ${expected},`, at);
    }
    this.#close(element);
  }

  #close({ name, attributes, children, text, at }: OpenElement): void {
    const element = { name, attributes, children: children.length === 0 ? NO_CHILDREN : children, text, at };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #skipTo(end: string, from: number, what: string): void {
    const found = this.#text.indexOf(end, from);
    if (found === -1) throw this.#malformed(`${what} that does not end`, this.#at);
    this.#at = found + end.length;
  }

  #name(what: string): string {
    const start = this.#at;
    let at = start;
    // past the end the code is NaN, which no index has
    for (let code = this.#text.charCodeAt(at); code >= 128 || ENDS_NAME[code] === 0; ) {
      at += 1;
      code = this.#text.charCodeAt(at);
    }
    if (at === start) throw this.#malformed(`no name where ${what} begins`, start);
    this.#at = at;
    return this.#text.slice(start, at);
  }

  #space(): void {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || (code >= 0x09 && code <= 0x0d)) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
  }

  /** References resolved and line ends made one (XML 1.0 2.11). */
  #unescape(text: string, at: number): string {
    if (!this.#special) return text;
    const lines = text.replace(/\r\n?/g, '\n');
    return lines.replace(/&([^;&]{0,12};)?/g, (found, reference: string | undefined) => {
      const character = reference === undefined ? undefined : resolve(reference.slice(0, -1));
      if (character === undefined) throw this.#malformed(`reference ${JSON.stringify(found)}`, at);
      return character;
    });
  }

  #malformed(found: string, at: number): TrustfleetError {
    const where = this.#where(at);
    return new TrustfleetError(
      'TF_CNF_MALFORMED',
      `configuration: ${found} at line ${where.line}, column ${where.column}`,
      { context: where },
    );
  }

  #where(at: number): { offset: number; line: number; column: number } {
    return position(this.#text, at);
  }
}

/** Offset in octets of UTF-8, line and column from 1. */
function position(text: string, at: number): { offset: number; line: number; column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    offset: Buffer.byteLength(before),
    line: before.split('\n').length,
    column: at - lineStart + 1,
  };
}

/** Character of a reference without `&` and `;`, undefined when there is none. */
function resolve(reference: string): string | undefined {
  if (Object.hasOwn(ENTITIES, reference)) return ENTITIES[reference];
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(reference);
  if (digits === null) return undefined;
  const point = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(point);
  return NO_XML_CHARACTER.test(character) ? undefined : character;
}
