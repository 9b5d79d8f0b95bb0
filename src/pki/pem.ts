import { TrustfleetError, type TrustfleetErrorCode } from '../errors.js';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** What stands after BEGIN, e.g. `CERTIFICATE`. */
  readonly label: string;
  readonly octets: Buffer;
  /** Headers of RFC 1421 before the base64, e.g. `Proc-Type: 4,ENCRYPTED`. */
  readonly headers: readonly string[];
}

/** Characters of a PEM text that is looked at: a chain of a few certificates with their texts stays far below. */
const MAX_PEM_CHARACTERS = 1_048_576;

/**
 * The first block with one of the labels; other blocks and text around them are skipped.
 *
 * @throws TrustfleetError with the given code when there is none, or its base64 is broken.
 */
export function decodePem(text: string, labels: readonly string[], code: TrustfleetErrorCode): PemBlock {
  if (text.length > MAX_PEM_CHARACTERS) {
    throw new TrustfleetError(
      code,
      `PEM text of ${text.length} characters, expected at most ${MAX_PEM_CHARACTERS}`,
    );
  }
  const found: string[] = [];
  let open: { label: string; line: number; lines: string[] } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const begin = /^-----BEGIN ([A-Z0-9 ]+)-----$/.exec(line)?.[1];
    if (begin !== undefined) {
      open = { label: begin, line: index + 1, lines: [] };
    } else if (open !== undefined && line === `-----END ${open.label}-----`) {
      if (labels.includes(open.label)) return block(open.label, open.lines, open.line, code);
      found.push(`"${open.label}"`);
      open = undefined;
    } else {
      open?.lines.push(line);
    }
  }
  const expected = labels.map((label) => `"-----BEGIN ${label}-----"`).join(' or ');
  if (open !== undefined) {
    throw new TrustfleetError(code, `PEM block "${open.label}" at line ${open.line} has no END line`, {
      context: { line: open.line },
    });
  }
  throw new TrustfleetError(
    code,
    `found ${found.length === 0 ? 'no PEM block' : `only ${found.join(', ')}`}, expected ${expected}`,
  );
}

function block(label: string, lines: readonly string[], line: number, code: TrustfleetErrorCode): PemBlock {
  const blank = lines.indexOf('');
  const hasHeaders = lines[0]?.includes(':') === true && blank > 0;
  const headers = hasHeaders ? lines.slice(0, blank) : [];
  const base64 = lines.slice(headers.length).join('');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    throw new TrustfleetError(code, `PEM block "${label}" at line ${line} is not base64`, {
      context: { line },
    });
  }
  return { label, octets: Buffer.from(base64, 'base64'), headers };
}

/** A PEM block with lines of 64 characters. */
export function encodePem(label: string, octets: Uint8Array): string {
  const base64 = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += 64) lines.push(base64.slice(at, at + 64));
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
