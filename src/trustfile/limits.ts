/**
 * Largest trust file that the parser reads, octets (TF_TLV_TOO_LARGE). Lists stay below 64 KiB (trust-files.md 8);
 * configurations and locale files below this; signed firmware is bigger and its readers say so.
 */
export const MAX_TRUST_FILE_OCTETS = 1 << 20;

/** Most records of a list (TF_TLV_TOO_LARGE); real ones have a dozen, 39 with certificates fill what a phone loads. */
export const MAX_RECORDS = 1024;
