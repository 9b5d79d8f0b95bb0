import { getSystemErrorMap } from 'node:util';

/**
 * Every error that trustfleet raises on purpose. `code` is stable and is what scripts test for; `message` says what was
 * found, what was expected and where.
 *
 * The file stands below the ground floor: it imports nothing of the project and every room may import it.
 */
export type TrustfleetErrorCode =
  // trust files
  | 'TF_TLV_TRUNCATED'
  | 'TF_TLV_OVERRUN'
  | 'TF_TLV_MALFORMED'
  | 'TF_TLV_DUPLICATE'
  | 'TF_TLV_MISSING'
  | 'TF_TLV_TOO_LARGE'
  | 'TF_TLV_UNSUPPORTED'
  | 'TF_DECRYPT_FAILED'
  // certificates and keys
  | 'TF_CERT_MALFORMED'
  | 'TF_CERT_UNSUPPORTED'
  | 'TF_KEY_MALFORMED'
  | 'TF_KEY_MISMATCH'
  | 'TF_NAME_MALFORMED'
  // protocols
  | 'TF_TFTP_MALFORMED'
  | 'TF_TVS_MALFORMED'
  | 'TF_CAPF_MALFORMED'
  | 'TF_SCCP_MALFORMED'
  | 'TF_SIP_MALFORMED'
  | 'TF_CNF_MALFORMED'
  | 'TF_MESSAGE_TOO_LARGE'
  // what people write
  | 'TF_USAGE'
  | 'TF_SCENARIO_INVALID'
  | 'TF_PROFILE_INVALID'
  | 'TF_FILE_UNREADABLE'
  | 'TF_FILE_UNWRITABLE'
  | 'TF_TARGET_REFUSED'
  // the cluster says no
  | 'TF_OPERATION_REFUSED'
  // the environment
  | 'TF_PORT_TAKEN'
  | 'TF_ADDRESS_UNAVAILABLE'
  | 'TF_TOO_MANY_FILES'
  | 'TF_WORKER_DIED'
  | 'TF_TIMEOUT'
  | 'TF_ONLINE_CA'
  | 'TF_STOPPED';

/** Facts about the error for programs: where it was found (`offset` in octets, `line` and `column` from 1) and in what. */
export interface ErrorContext {
  readonly file?: string;
  readonly offset?: number;
  readonly line?: number;
  readonly column?: number;
  readonly tag?: number;
  readonly phone?: string;
  readonly [key: string]: string | number | boolean | undefined;
}

export interface TrustfleetErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** An error that trustfleet raises on purpose; the command line prints its message without a stack trace. */
export class TrustfleetError extends Error {
  override readonly name = 'TrustfleetError';
  readonly code: TrustfleetErrorCode;
  readonly context: ErrorContext;

  constructor(code: TrustfleetErrorCode, message: string, options: TrustfleetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }
}

/**
 * Why something went wrong, in words for a person: of a system call what the system says of it, without code and call.
 *
 * @param file that the message names already; another path is named here
 */
export function reasonOf(cause: unknown, file?: string): string {
  if (!(cause instanceof Error)) return String(cause);
  const { errno, path } = cause as NodeJS.ErrnoException;
  const [, words] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  if (words === undefined) return cause.message;
  return path === undefined || path === file ? words : `${words}: ${path}`;
}
