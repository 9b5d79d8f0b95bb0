/** Longest name of a served file, octets of UTF-8; genuine ones have less than 60 (phone-config.md 2). */
const MAX_FILE_NAME_OCTETS = 255;

export type ServedName =
  | { readonly ok: true; readonly name: string }
  /** Why the name can stand for no served file, for the answer to the client and the log. */
  | { readonly ok: false; readonly refusal: string };

/**
 * The name of a served file from what a client asked for, over TFTP and HTTP alike: one leading slash is dropped; absolute
 * names, `..` and `.`, backslashes, control characters and over-long names are refused (phone-config.md 10, point 4).
 */
export function servedName(asked: string): ServedName {
  const name = asked.startsWith('/') ? asked.slice(1) : asked;
  if (name === '') return { ok: false, refusal: 'empty file name' };
  if (Buffer.byteLength(name, 'utf8') > MAX_FILE_NAME_OCTETS) {
    return { ok: false, refusal: `file name longer than ${MAX_FILE_NAME_OCTETS} octets` };
  }
  if (/\p{Cc}/u.test(name)) return { ok: false, refusal: 'control character in file name' };
  if (name.includes('\\')) return { ok: false, refusal: 'backslash in file name' };
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return { ok: false, refusal: 'absolute file name' };
  for (const part of name.split('/')) {
    if (part === '..' || part === '.' || part === '') {
      return { ok: false, refusal: `"${part}" as a part of the file name` };
    }
  }
  return { ok: true, name };
}
