import { TrustfleetError } from '../../errors.js';
import { servedName } from './file-name.js';
import {
  decodePacket,
  ERROR_CODES,
  errorPacket,
  FILE_NOT_FOUND,
  OPCODES,
  opcodeOf,
  SERVER_BUSY,
  type TftpOption,
  unknownTransfer,
} from './packets.js';

/** What a read-only server does with a datagram at its request port. */
export type RequestDecision =
  /** Look for this file, then agree on the options. */
  | { readonly do: 'read'; readonly file: string; readonly options: readonly TftpOption[] }
  /** Send this ERROR. `file` is the name as far as it could be read, for the log. */
  | { readonly do: 'refuse'; readonly answer: Uint8Array; readonly file: string; readonly detail: string }
  /** Not worth an answer. */
  | { readonly do: 'ignore' };

/** Answers that need no thought; shared, never write to them. */
export const NOT_FOUND_ANSWER: Uint8Array = errorPacket(ERROR_CODES.fileNotFound, FILE_NOT_FOUND);
export const BUSY_ANSWER: Uint8Array = errorPacket(ERROR_CODES.undefined, SERVER_BUSY);

/**
 * Judges a datagram that came to the request port. Writing is refused with ERROR 2, a name outside the served ones too;
 * what is no request, or no readable one, with ERROR 4; datagrams of a transfer that lost their way with ERROR 5.
 */
export function decideRequest(datagram: Uint8Array): RequestDecision {
  const opcode = opcodeOf(datagram);
  if (opcode === OPCODES.data || opcode === OPCODES.ack || opcode === OPCODES.oack) {
    const answer = unknownTransfer(datagram);
    return answer === undefined
      ? { do: 'ignore' }
      : { do: 'refuse', answer, file: '', detail: 'packet of no transfer' };
  }
  if (opcode === OPCODES.error) return { do: 'ignore' };
  try {
    const packet = decodePacket(datagram);
    if (packet.kind === 'wrq') {
      return refuse(ERROR_CODES.accessViolation, 'Access violation: this server is read only', packet.file);
    }
    if (packet.kind !== 'rrq') return { do: 'ignore' };
    const name = servedName(packet.file);
    if (!name.ok) {
      return refuse(ERROR_CODES.accessViolation, `Access violation: ${name.refusal}`, packet.file);
    }
    if (packet.mode.toLowerCase() !== 'octet') {
      const mode = packet.mode.slice(0, 16);
      return refuse(
        ERROR_CODES.illegalOperation,
        `Illegal TFTP operation: mode "${mode}", only octet is served`,
        name.name,
      );
    }
    return { do: 'read', file: name.name, options: packet.options };
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return refuse(ERROR_CODES.illegalOperation, `Illegal TFTP operation: ${error.message}`, '');
  }
}

/** ERROR 8 (RFC 2347). */
export function optionRefusal(refusal: string): Uint8Array {
  return errorPacket(ERROR_CODES.optionNegotiation, `Option negotiation failed: ${refusal}`);
}

function refuse(code: number, message: string, file: string): RequestDecision {
  return { do: 'refuse', answer: errorPacket(code, message), file, detail: message };
}
