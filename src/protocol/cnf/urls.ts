import { kept } from './element.js';
import type { XmlElement } from './xml-read.js';
import { leaf, type XmlNode } from './xml-write.js';

/** Elements that hold URLs, in CUCM's order (phone-config.md 5.1). */
const PLAIN = [
  'authenticationURL',
  'directoryURL',
  'idleURL',
  'informationURL',
  'messagesURL',
  'proxyServerURL',
  'servicesURL',
] as const;
const SECURE = [
  'secureAuthenticationURL',
  'secureDirectoryURL',
  'secureIdleURL',
  'secureInformationURL',
  'secureMessagesURL',
  'secureServicesURL',
] as const;

const NAMES: ReadonlySet<string> = new Set([...PLAIN, ...SECURE]);

/** Those that stand in the file, empty ones included; the first of each name, in the order of the file. */
export function readUrls(parent: XmlElement): Readonly<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const { name, text } of parent.children) {
    if (NAMES.has(name)) urls[name] ??= kept(text.trim());
  }
  return urls;
}

/** Those that the record has, in CUCM's order. Other keys are no elements of these files and are left out. */
export function urlElements(urls: Readonly<Record<string, string>>): readonly XmlNode[] {
  return [...NAMES].flatMap((name) => {
    const url = urls[name];
    return url === undefined ? [] : [leaf(name, url)];
  });
}
