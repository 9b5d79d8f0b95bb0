import { appendFileSync, closeSync, openSync } from 'node:fs';
import { reasonOf, TrustfleetError } from '../errors.js';

/** Takes lines of a key log as OpenSSL writes them, each with its line feed (NSS key log format). Must not throw. */
export type KeylogSink = (line: Buffer) => void;

export interface KeylogFile {
  readonly sink: KeylogSink;
  close(): void;
}

/** Only its owner may read what opens recorded connections. */
const MODE = 0o600;

/**
 * Appends the secrets of TLS connections to a file, for tshark and Wireshark (`tls.keylog_file`). Each line is one append, so
 * that threads may write to the same file.
 *
 * @throws TrustfleetError TF_FILE_UNWRITABLE
 */
export function openKeylogFile(path: string): KeylogFile {
  let file: number;
  try {
    file = openSync(path, 'a', MODE);
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `key log ${path}: ${reasonOf(cause, path)}`, {
      context: { file: path },
      cause,
    });
  }
  let isOpen = true;
  return {
    sink(line) {
      if (!isOpen) return;
      try {
        appendFileSync(file, line);
      } catch {
        // A full disk costs the key log, not the registrations.
        isOpen = false;
      }
    },
    close() {
      isOpen = false;
      closeSync(file);
    },
  };
}
