import { TrustfleetError } from '../errors.js';
import { TVS_STATUS_VALID, type TvsMessage, type TvsRequest } from '../protocol/tvs/index.js';
import type { TvsAnswer, TvsQuestion } from './world.js';

/** who is this signer, or may this certificate be trusted. */
export function tvsRequest({ sessionId, deviceName, signer, certificate }: TvsQuestion): TvsRequest {
  return certificate === null
    ? { command: 'QUERY_REQUEST', sessionId, deviceName, signer }
    : { command: 'VERIFY_REQUEST', sessionId, deviceName, certificate };
}

/**
 * What a message of the server says to a question (tvs.md 9.2).
 *
 * @throws TrustfleetError TF_TVS_MALFORMED for what is no answer to it
 */
export function tvsAnswer(
  { sessionId, certificate: asked }: Pick<TvsQuestion, 'sessionId' | 'certificate'>,
  message: TvsMessage,
): TvsAnswer {
  const expected = asked === null ? 'QUERY_RESPONSE' : 'VERIFY_RESPONSE';
  if (
    (message.command !== 'QUERY_RESPONSE' && message.command !== 'VERIFY_RESPONSE') ||
    message.command !== expected ||
    message.sessionId !== sessionId
  ) {
    throw new TrustfleetError(
      'TF_TVS_MALFORMED',
      `${message.command} of session ${message.sessionId}, expected ${expected} of session ${sessionId}`,
    );
  }
  if (message.status !== TVS_STATUS_VALID) return { result: 'negative' };
  const certificate = message.command === 'QUERY_RESPONSE' ? message.certificate : asked;
  if (certificate === undefined || certificate === null) {
    throw new TrustfleetError('TF_TVS_MALFORMED', 'QUERY_RESPONSE with status 0 and no CERTIFICATE');
  }
  return {
    result: 'positive',
    certificate,
    roles: message.roles ?? [],
    ttlSeconds: message.ttlSeconds ?? 0,
  };
}
