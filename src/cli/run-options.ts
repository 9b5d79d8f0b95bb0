import { CAPF_STRING, type CapfAuthMode } from '../cluster/capf-settings.js';
import { TrustfleetError } from '../errors.js';
import { MAX_PHONES } from '../fleet/limits.js';
import { type Cidr, parseCidr } from '../net/addresses.js';

function integer(text: string, what: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new TrustfleetError(
    'TF_USAGE',
    `${what}: found "${text}", expected a whole number from ${least} to ${most}`,
  );
}

/** `--phones` */
export function phoneCount(text: string): number {
  return integer(text, '--phones', 1, MAX_PHONES);
}

/** `--seed` */
export function seedNumber(text: string): number {
  return integer(text, '--seed', 0, 0xffff_ffff);
}

/** `--workers` */
export function workerCount(text: string): number {
  return integer(text, '--workers', 1, 64);
}

/** `--metrics [HOST:]PORT`; the host is 127.0.0.1 where none is given. */
export function metricsEndpoint(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  const host = at < 0 ? '127.0.0.1' : text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  if (host === '') {
    // listening everywhere has to be asked for by name
    throw new TrustfleetError(
      'TF_USAGE',
      `--metrics: found "${text}", expected PORT or HOST:PORT, e.g. 127.0.0.1:9464`,
    );
  }
  return { host, port: integer(text.slice(at + 1), '--metrics', 0, 65_535) };
}

/** `--capf` of `serve`: how phones authenticate for the installation that waits for them. */
export function pendingCapf(text: string): { readonly auth: CapfAuthMode; readonly string: string | null } {
  const [auth = '', string] = text.split('=');
  if (auth === 'string' && string !== undefined && CAPF_STRING.test(string)) return { auth, string };
  if (string === undefined && (auth === 'null-string' || auth === 'existing-lsc'))
    return { auth, string: null };
  throw new TrustfleetError(
    'TF_USAGE',
    `--capf: found "${text}", expected null-string, string=DIGITS (4 to 10) or existing-lsc`,
  );
}

/** `--allow-target`, which may be given several times. */
export function targetRange(text: string, previous: readonly Cidr[]): readonly Cidr[] {
  return [...previous, parseCidr(text)];
}
