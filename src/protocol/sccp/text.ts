/**
 * The codec's strings hold one character an octet, so that nothing is lost on the way through, phrase references included.
 * People's text is converted at the edge, by the phone's UTF-8 feature bit (sccp.md 1, 4.1).
 */

/** Octet that announces an index into the phone's own dictionary (sccp.md 5 and 7). */
const PHRASE = '\u0080';

/** Phrases of a RegisterReject of CUCM (sccp.md 5); which case gives which phrase is inferred there. */
export const REJECT_PHRASES = {
  noLicense: 0x2e,
  dbConfig: 0x2f,
  database: 0x30,
  passLimit: 0x31,
  unknown: 0x32,
  mismatch: 0x33,
  security: 0x56,
} as const;

/**
 * What a device is told whose certificate names another one: the phrase's words, since sccp.md 12 has it so, and what sets it
 * apart from a wrong security profile (R-83: 11).
 */
export const REJECT_X509_NAME = 'Security Error: X.509 name';

const PHRASE_TEXTS: ReadonlyMap<number, string> = new Map([
  [0x13, 'Your current options'],
  [REJECT_PHRASES.noLicense, 'Error No License'],
  [REJECT_PHRASES.dbConfig, 'Error DBConfig'],
  [REJECT_PHRASES.database, 'Error Database'],
  [REJECT_PHRASES.passLimit, 'Error Pass Limit'],
  [REJECT_PHRASES.unknown, 'Error Unknown'],
  [REJECT_PHRASES.mismatch, 'Error Mismatch'],
  [REJECT_PHRASES.security, 'Security Error'],
]);

export function phrase(index: number): string {
  return PHRASE + String.fromCharCode(index);
}

/** A person's text as octets for the wire, at most `octets` long and never cut within a character. */
export function wireText(text: string, utf8: boolean, octets: number): string {
  const clean = text.replaceAll('\0', '');
  if (!utf8) {
    return Array.from(clean, (c) => (c.length === 1 && c <= '\u00ff' ? c : '?'))
      .slice(0, octets)
      .join('');
  }
  let wire = '';
  for (const character of clean) {
    const next = Buffer.from(character, 'utf8').toString('latin1');
    if (wire.length + next.length > octets) {
      break;
    }
    wire += next;
  }
  return wire;
}

/** Octets of the wire as text for a person: phrase references by name, UTF-8 where it is some, else Latin-1. */
export function shownText(wire: string): string {
  if (wire.startsWith(PHRASE) && wire.length === 2) {
    const index = wire.charCodeAt(1);
    return PHRASE_TEXTS.get(index) ?? `phrase 0x${index.toString(16).padStart(2, '0')}`;
  }
  const utf8 = Buffer.from(wire, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? wire : utf8;
}
