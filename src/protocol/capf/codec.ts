import { TrustfleetError } from '../../errors.js';
import { capfMalformed, ELEMENTS, type ElementField, type ElementValues, FIELD_BY_TAG } from './elements.js';
import { MAX_CAPF_BODY_OCTETS } from './limits.js';
import {
  CAPF_HEADER_OCTETS,
  CAPF_PROTOCOL_ID,
  type CapfMessage,
  commandOf,
  type ExtraElement,
  MESSAGES,
} from './message.js';

/** Tag and length of an element. */
const ELEMENT_HEADER_OCTETS = 3;

type Values = { -readonly [F in ElementField]?: ElementValues[F] };

/**
 * The octets of a message, its elements in the order of capf.md 7. To be written with one call (capf.md 3).
 *
 * @throws TrustfleetError TF_CAPF_MALFORMED for a value that cannot be written, TF_MESSAGE_TOO_LARGE when the body exceeds
 *   its 16-bit length.
 */
export function encodeCapf(message: CapfMessage): Buffer {
  const { sessionId } = message;
  if (!Number.isInteger(sessionId) || sessionId < 0 || sessionId > 0xffff_ffff) {
    throw capfMalformed(`session id ${sessionId}, expected 32 bits`);
  }
  const values = message as Values;
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (tag: number, value: Uint8Array): void => {
    // a value longer than its length field can say is caught with the body
    parts.push(Uint8Array.of(tag, (value.length >> 8) & 0xff, value.length & 0xff), value);
    length += ELEMENT_HEADER_OCTETS + value.length;
  };
  const { code, elements } = MESSAGES[message.command];
  for (const field of elements) addField(values, field, add);
  for (const { tag, value } of message.extra ?? []) add(tag & 0xff, value);
  if (length > MAX_CAPF_BODY_OCTETS) {
    throw new TrustfleetError(
      'TF_MESSAGE_TOO_LARGE',
      `${message.command} with a body of ${length} octets, expected at most ${MAX_CAPF_BODY_OCTETS}`,
    );
  }
  const header = Buffer.alloc(CAPF_HEADER_OCTETS);
  header.writeUInt8(CAPF_PROTOCOL_ID, 0);
  header.writeUInt8(code, 1);
  header.writeUInt32BE(sessionId, 2);
  header.writeUInt16BE(length, 6);
  return Buffer.concat([header, ...parts]);
}

function addField<F extends ElementField>(
  values: Values,
  field: F,
  add: (tag: number, value: Uint8Array) => void,
): void {
  const value = values[field];
  if (value !== undefined) add(ELEMENTS[field].tag, ELEMENTS[field].encode(value as ElementValues[F]));
}

/**
 * Reads one whole message, as `CapfStream` delivers it. The octets of its values are views into `octets`.
 *
 * Elements may come in any order, of two with one tag the last wins, those that the command does not list are skipped
 * (capf.md 7), and one that runs past the body is cut at its end, as the reference server does (capf.md 13.1): what is
 * missing then shows in the value.
 *
 * @throws TrustfleetError TF_CAPF_MALFORMED with the offset of what is wrong.
 */
export function decodeCapf(octets: Uint8Array): CapfMessage {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (bytes.length < CAPF_HEADER_OCTETS) {
    throw capfMalformed(`message of ${bytes.length} octets, expected a header of ${CAPF_HEADER_OCTETS}`);
  }
  checkCapfStart(bytes);
  const code = bytes.readUInt8(1);
  const command = commandOf(code);
  if (command === undefined) throw capfMalformed(`unknown command ${code}`, 1);
  const length = bytes.readUInt16BE(6);
  if (bytes.length !== CAPF_HEADER_OCTETS + length) {
    throw capfMalformed(`body of ${bytes.length - CAPF_HEADER_OCTETS} octets, the header says ${length}`, 6);
  }
  const fields: readonly ElementField[] = MESSAGES[command].elements;
  const values: Values = {};
  const extra: ExtraElement[] = [];
  for (let at = CAPF_HEADER_OCTETS; at < bytes.length; ) {
    const start = at + ELEMENT_HEADER_OCTETS;
    if (start > bytes.length) {
      throw capfMalformed(`${bytes.length - at} stray octets after the last element`, at);
    }
    const tag = bytes.readUInt8(at);
    const end = Math.min(start + bytes.readUInt16BE(at + 1), bytes.length);
    const value = bytes.subarray(start, end);
    const field = FIELD_BY_TAG.get(tag);
    if (field !== undefined && fields.includes(field)) decodeInto(values, field, value, at);
    else extra.push({ tag, value });
    at = end;
  }
  const message = {
    command,
    sessionId: bytes.readUInt32BE(2),
    ...values,
    ...(extra.length === 0 ? {} : { extra }),
  };
  // `values` has the fields of this command's row in MESSAGES and no others
  return message as CapfMessage;
}

function decodeInto<F extends ElementField>(values: Values, field: F, value: Buffer, at: number): void {
  values[field] = ELEMENTS[field].decode(value, at) as Values[F];
}

/** Protocol id, if it is there: rubbish is known before it is complete. */
export function checkCapfStart(bytes: Uint8Array): void {
  const [id] = bytes;
  if (id !== undefined && id !== CAPF_PROTOCOL_ID) {
    throw capfMalformed(
      `protocol id 0x${id.toString(16).padStart(2, '0')}, expected 0x${CAPF_PROTOCOL_ID.toString(16)}`,
      0,
    );
  }
}
