import { TrustfleetError } from '../../errors.js';
import type { XmlElement } from './xml-read.js';

/** The first child with this name. */
export function child(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find((element) => element.name === name);
}

/** The element at the end of a path of names. */
export function descend(root: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  let element: XmlElement | undefined = root;
  for (const name of path) element = child(element, name);
  return element;
}

export function childrenNamed(parent: XmlElement | undefined, name: string): readonly XmlElement[] {
  return parent?.children.filter((element) => element.name === name) ?? [];
}

/** Texts that configurations have in common: addresses, loads, URLs of a cluster. */
const MAX_KNOWN = 4_096;
const known = new Map<string, string>();

/**
 * The same text, once for all configurations that have it. In V8 a longer piece of a string keeps the whole string: one URL
 * would keep the XML, some 4 KB, as long as the phone keeps its configuration.
 */
export function kept(text: string): string {
  let own = known.get(text);
  if (own === undefined) {
    own = Buffer.from(text).toString();
    if (known.size < MAX_KNOWN) known.set(own, own);
  }
  return own;
}

/** Text of a child as it stands; empty where there is none, since `<x/>` and a missing `<x>` say the same. */
export function textOf(parent: XmlElement | undefined, name: string): string {
  return kept(child(parent, name)?.text ?? '');
}

/** As `textOf`, without spaces around it: names, addresses, words. */
export function wordOf(parent: XmlElement | undefined, name: string): string {
  return kept((child(parent, name)?.text ?? '').trim());
}

function refused(element: XmlElement, found: string, expected: string): TrustfleetError {
  return new TrustfleetError(
    'TF_CNF_MALFORMED',
    `<${element.name}> is ${JSON.stringify(found.slice(0, 80))}, expected ${expected}`,
    { context: { element: element.name } },
  );
}

/** Whole number of a child within bounds; `otherwise` where it is missing or empty. */
export function integerOf(
  parent: XmlElement | undefined,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const element = child(parent, name);
  const word = element?.text.trim() ?? '';
  if (element === undefined || word === '') return otherwise;
  const value = Number(word);
  if (!/^\d{1,10}$/.test(word) || value < min || value > max) {
    throw refused(element, word, `a number from ${min} to ${max}`);
  }
  return value;
}

/** TCP or UDP port of a child. */
export function portOf(parent: XmlElement | undefined, name: string, otherwise: number): number {
  return integerOf(parent, name, otherwise, 1, 65_535);
}

export function booleanOf(parent: XmlElement | undefined, name: string, otherwise: boolean): boolean {
  return choiceOf(parent, name, BOOLEANS, otherwise);
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** One of a few words, in any case; `otherwise` where the child is missing or empty. */
export function choiceOf<T>(
  parent: XmlElement | undefined,
  name: string,
  choices: ReadonlyMap<string, T>,
  otherwise: T,
): T {
  const element = child(parent, name);
  const word = element?.text.trim() ?? '';
  if (element === undefined || word === '') return otherwise;
  const value = choices.get(word.toLowerCase());
  if (value === undefined) throw refused(element, word, [...choices.keys()].join(', '));
  return value;
}

/** Whole number of an attribute; `otherwise` where it is missing or none. */
export function attributeNumber(element: XmlElement, name: string, otherwise: number): number {
  const text = element.attributes[name] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}
