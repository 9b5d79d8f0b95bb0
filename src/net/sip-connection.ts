import type { Duplex } from 'node:stream';
import type { SipMessage } from '../protocol/sip/message.js';
import { SipStream } from '../protocol/sip/stream.js';
import { MessageConnection, type MessageLimits, type MessageListener } from './message-connection.js';

export const SIP_CONNECTION_LIMITS: MessageLimits = {
  // the largest message is 2.7 kB
  partialMs: 10_000,
  messagesASecond: 500,
  unsentOctets: 262_144,
};

/** SIP messages over any stream, for both ends. */
export function sipConnection(
  socket: Duplex,
  listener: MessageListener<SipMessage>,
  limits = SIP_CONNECTION_LIMITS,
): MessageConnection<SipMessage> {
  return new MessageConnection(socket, new SipStream(), listener, limits);
}
