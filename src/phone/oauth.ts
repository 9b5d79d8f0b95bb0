import type { Equipment } from './equipment.js';
import { requestWeb } from './services.js';
import type { StopSignal } from './stop.js';
import type { RegistrationResult } from './world.js';

/** The web server of a CallManager node: where the token service of the embedded cluster is. */
const TOKEN_PORT = 8443;
const TOKEN_PATH = '/ssosp/token';

const HTTP_OK = 200;

/** An access token, and until when it is good on the world's clock, milliseconds. */
export interface Token {
  readonly value: string;
  readonly expires: number;
}

type Failure = Exclude<RegistrationResult, { readonly result: 'accepted' }>;

/**
 * SIP OAuth: asks the node's token service for an access token over HTTPS; its certificate is checked as that of any HTTPS
 * service. How real phones come by their token is not public: the service is our stub.
 *
 * @returns the token, or why there is no registration without it (R-83: 10 for a certificate that is not believed)
 */
export async function fetchToken(
  equipment: Equipment,
  address: string,
  signal: StopSignal,
): Promise<Token | Failure> {
  const { device, world } = equipment;
  const path = `${TOKEN_PATH}?device=${encodeURIComponent(device)}`;
  const answer = await requestWeb(equipment, { server: { address, port: TOKEN_PORT }, path }, signal);
  if (answer.result === 'tls-failed') return failure('tls-failed', '10', answer.detail);
  if (answer.result !== 'answered') return failure('unreachable', '6', answer.detail);
  const token = answer.status === HTTP_OK ? readToken(answer.body) : undefined;
  if (token === undefined) return failure('rejected', '10', `HTTP status ${answer.status}`);
  return { value: token.value, expires: world.now() + token.seconds * 1_000 };
}

function failure(result: Failure['result'], cause: Failure['cause'], detail: string): Failure {
  return { result, cause, tls: 'none', detail: `no access token: ${detail}` };
}

/** RFC 6749 5.1. */
function readToken(body: Uint8Array): { readonly value: string; readonly seconds: number } | undefined {
  try {
    const answer: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof answer !== 'object' || answer === null) return undefined;
    const { access_token: value, expires_in: seconds } = answer as Readonly<Record<string, unknown>>;
    // a token goes into a header as it is (RFC 6750 2.1)
    if (typeof value !== 'string' || !/^[\w.~+/=-]{1,4000}$/.test(value)) return undefined;
    return typeof seconds === 'number' && seconds > 0 ? { value, seconds } : undefined;
  } catch {
    return undefined;
  }
}
