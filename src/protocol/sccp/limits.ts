/** Limits of the SCCP codec and of its sessions. Lengths are octets, times milliseconds unless the name says otherwise. */

/** Length word, header version and message id (sccp.md 1). */
export const HEADER_LENGTH = 12;

/** The length field counts the message id, so it is never smaller; smaller is TF_SCCP_MALFORMED. */
export const MIN_LENGTH_FIELD = 4;

/**
 * Largest length field that is read; more is TF_MESSAGE_TOO_LARGE before anything is allocated. The largest message with a
 * layout is XMLAlarm with 2052; UpdateCapabilities of newer firmware is larger and has to be skipped, not refused.
 */
export const MAX_LENGTH_FIELD = 4096;

/** Header versions in use: 0 is basic, the others are negotiated (sccp.md 1). Messages of other versions are skipped. */
export const HEADER_VERSIONS: readonly number[] = [0, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22];

/** Entries of a CapabilitiesRes; more is TF_SCCP_MALFORMED (sccp.md 7). */
export const MAX_CAPABILITIES = 18;

/** Buttons of one ButtonTemplate: CUCM sends 42 pairs, chan-sccp 56; more is TF_SCCP_MALFORMED. */
export const MAX_BUTTONS = 56;

/** Keys of one SoftKeyTemplateRes and sets of one SoftKeySetRes; more is TF_SCCP_MALFORMED. */
export const MAX_SOFT_KEYS = 32;
export const MAX_SOFT_KEY_SETS = 16;

/** Text of an XMLAlarm with its NUL. */
export const MAX_XML_ALARM = 2048;

/** How long a phone waits for an answer (sccp.md 3 and 14). */
export const ANSWER_TIMEOUT_MS = 10_000;

/** How long a phone waits for UnregisterAck before it closes anyway (sccp.md 9 and 14). */
export const UNREGISTER_TIMEOUT_MS = 5_000;

/** Seconds between keep-alives where the server granted none or nonsense: primary and backup (sccp.md 8). */
export const KEEP_ALIVE_SECONDS = 30;
export const SECONDARY_KEEP_ALIVE_SECONDS = 60;

/** A granted interval above this is taken for nonsense. */
export const MAX_KEEP_ALIVE_SECONDS = 86_400;

/** Keep-alives without an answer after which the other side is lost, on both sides (R-82, sccp.md 8). */
export const KEEP_ALIVE_MISSES = 3;

/** Seconds to wait after a token request that nobody answered (sccp.md 5). */
export const TOKEN_RETRY_SECONDS = 30;

/** Buttons of a template over all its messages; what comes beyond is dropped. */
export const MAX_TEMPLATE_BUTTONS = 128;

/** Messages other than those of sccp.md 3 that a server ignores before Register; with the next one it closes. */
export const MAX_UNEXPECTED_MESSAGES = 16;
