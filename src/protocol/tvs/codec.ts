import { TrustfleetError } from '../../errors.js';
import { BODIES, ELEMENTS, type ElementField, type ElementValues, FIELD_BY_TAG } from './elements.js';
import {
  MAX_TVS_BODY_OCTETS,
  TVS_COMMANDS,
  TVS_HEADER_OCTETS,
  TVS_PROTOCOL_ID,
  TVS_VERSION,
  type TvsCommand,
  type TvsMessage,
  tvsMalformed,
} from './message.js';

/**
 * What a receiver takes (tvs.md 11). `lenient`: both commands, any device name, unknown tags skipped, as a server for real
 * phones does. `reference`: what the open-source server takes (tvs.md 9.1): VERIFY only, its pattern of device names, no
 * element beside the two.
 */
export type TvsStrictness = 'lenient' | 'reference';

/** Tag and length of an element. */
const ELEMENT_HEADER_OCTETS = 3;

const COMMAND_BY_CODE: ReadonlyMap<number, TvsCommand> = new Map(
  (Object.entries(TVS_COMMANDS) as [TvsCommand, number][]).map(([name, code]) => [code, name]),
);

/** Device names that the reference server takes; a line feed happens to pass (tvs.md 6). */
const REFERENCE_DEVICE_NAME = /^CP-[0-9]{4}-SEP[0-9A-F]{12}\n?$/;

/**
 * The octets of a message, its elements in the order of tvs.md 10. To be written with one call (tvs.md 3).
 *
 * @throws TrustfleetError TF_TVS_MALFORMED for a session id or name that cannot be written, TF_MESSAGE_TOO_LARGE when body or
 *   element exceed their 16-bit lengths.
 */
export function encodeTvs(message: TvsMessage): Buffer {
  if (!Number.isInteger(message.sessionId) || message.sessionId < 0 || message.sessionId > 0xffff_ffff) {
    throw tvsMalformed(`session id ${message.sessionId}, expected 32 bits`);
  }
  const values = valuesOf(message);
  const body = BODIES[message.command].fields.flatMap((field) => encodeElement(field, values));
  const length = body.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_TVS_BODY_OCTETS) {
    throw new TrustfleetError(
      'TF_MESSAGE_TOO_LARGE',
      `${message.command} with a body of ${length} octets, expected at most ${MAX_TVS_BODY_OCTETS}`,
    );
  }
  const header = Buffer.alloc(TVS_HEADER_OCTETS);
  header.writeUInt8(TVS_PROTOCOL_ID, 0);
  header.writeUInt8(TVS_VERSION, 1);
  header.writeUInt8(TVS_COMMANDS[message.command], 2);
  header.writeUInt8((message.reserved ?? 0) & 0xff, 3);
  header.writeUInt32BE(message.sessionId, 4);
  header.writeUInt16BE(length, 8);
  return Buffer.concat([header, ...body]);
}

function encodeElement<F extends ElementField>(field: F, values: ElementValues): readonly Uint8Array[] {
  const value = values[field];
  if (value === undefined) return [];
  const octets = ELEMENTS[field].encode(value);
  // a longer value than the length field can say is caught with the body
  return [Uint8Array.of(ELEMENTS[field].tag, (octets.length >> 8) & 0xff, octets.length & 0xff), octets];
}

function valuesOf(message: TvsMessage): ElementValues {
  if (message.command !== 'QUERY_REQUEST') return message;
  return { deviceName: message.deviceName, ...message.signer };
}

/**
 * Reads one whole message, as `TvsFrameReader` delivers it.
 *
 * Elements may come in any order, of two with one tag the last wins, and one that runs past the body is cut at its end: so
 * does the reference server (tvs.md 9.1), and what is missing then shows in the value.
 *
 * @throws TrustfleetError TF_TVS_MALFORMED with the offset of what is wrong.
 */
export function decodeTvs(octets: Uint8Array, strictness: TvsStrictness = 'lenient'): TvsMessage {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (bytes.length < TVS_HEADER_OCTETS) {
    throw tvsMalformed(`message of ${bytes.length} octets, expected a header of ${TVS_HEADER_OCTETS}`);
  }
  checkTvsStart(bytes);
  const code = bytes.readUInt8(2);
  const command = COMMAND_BY_CODE.get(code);
  if (command === undefined || (strictness === 'reference' && command === 'QUERY_REQUEST')) {
    throw tvsMalformed(`unexpected command ${code}`, 2);
  }
  const length = bytes.readUInt16BE(8);
  if (bytes.length !== TVS_HEADER_OCTETS + length) {
    throw tvsMalformed(`body of ${bytes.length - TVS_HEADER_OCTETS} octets, the header says ${length}`, 8);
  }
  const values = decodeElements(bytes, command, strictness);
  const reserved = bytes.readUInt8(3);
  const common = {
    sessionId: bytes.readUInt32BE(4),
    ...(reserved === 0 ? {} : { reserved }),
  };
  return assemble(command, common, values);
}

/** Protocol id and version, as many of the two octets as there are: rubbish is known before it is complete. */
export function checkTvsStart(bytes: Uint8Array): void {
  const [id, version] = bytes;
  if (id !== undefined && id !== TVS_PROTOCOL_ID) {
    throw tvsMalformed(`protocol id 0x${id.toString(16)}, expected 0x${TVS_PROTOCOL_ID.toString(16)}`, 0);
  }
  if (version !== undefined && version !== TVS_VERSION) {
    throw tvsMalformed(`version ${version}, expected ${TVS_VERSION}`, 1);
  }
}

function decodeElements(bytes: Buffer, command: TvsCommand, strictness: TvsStrictness): ElementValues {
  const values: ElementValues = {};
  for (let at = TVS_HEADER_OCTETS; at < bytes.length; ) {
    if (at + ELEMENT_HEADER_OCTETS > bytes.length) {
      throw tvsMalformed(`${bytes.length - at} stray octets after the last element`, at);
    }
    const tag = bytes.readUInt8(at);
    const start = at + ELEMENT_HEADER_OCTETS;
    const end = Math.min(start + bytes.readUInt16BE(at + 1), bytes.length);
    const field = FIELD_BY_TAG.get(tag);
    const expected = field !== undefined && isField(command, field);
    if (expected) decodeInto(values, field, bytes.subarray(start, end), at);
    else if (strictness === 'reference') throw tvsMalformed(`unknown element tag ${tag}`, at);
    at = end;
  }
  const { fields, optional } = BODIES[command];
  for (const field of fields) {
    if (values[field] === undefined && !(optional as readonly ElementField[]).includes(field)) {
      throw tvsMalformed(`${command} without ${ELEMENTS[field].name}`);
    }
  }
  const { deviceName } = values;
  if (strictness === 'reference' && deviceName !== undefined && !REFERENCE_DEVICE_NAME.test(deviceName)) {
    throw tvsMalformed(`device name ${JSON.stringify(deviceName)}, expected e.g. CP-7965-SEP001F9E266369`);
  }
  return values;
}

function isField(command: TvsCommand, field: ElementField): boolean {
  return (BODIES[command].fields as readonly ElementField[]).includes(field);
}

function decodeInto<F extends ElementField>(
  values: ElementValues,
  field: F,
  value: Buffer,
  at: number,
): void {
  values[field] = ELEMENTS[field].decode(value, at);
}

/** The fields that `decodeElements` has found to be there. */
function assemble(
  command: TvsCommand,
  common: { readonly sessionId: number; readonly reserved?: number },
  values: ElementValues,
): TvsMessage {
  const { deviceName = '', certificate = new Uint8Array(0), subject = '', issuer = '', serial = '' } = values;
  const { status = -1, roles, ttlSeconds } = values;
  switch (command) {
    case 'VERIFY_REQUEST':
      return { command, ...common, deviceName, certificate };
    case 'QUERY_REQUEST':
      return { command, ...common, deviceName, signer: { subject, issuer, serial } };
    case 'VERIFY_RESPONSE':
    case 'QUERY_RESPONSE':
      return {
        command,
        ...common,
        status,
        ...(values.certificate === undefined ? {} : { certificate: values.certificate }),
        ...(roles === undefined ? {} : { roles }),
        ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      };
  }
}
