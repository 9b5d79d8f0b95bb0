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

/** Where something listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `[HOST:]PORT` of an option; the host is 127.0.0.1 where none is given. */
function endpoint(text: string, what: string, example: string): Endpoint {
  const at = text.lastIndexOf(':');
  const host = at < 0 ? '127.0.0.1' : text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  if (host === '') {
    // listening everywhere has to be asked for by name
    throw new TrustfleetError(
      'TF_USAGE',
      `${what}: found "${text}", expected PORT or HOST:PORT, e.g. ${example}`,
    );
  }
  return { host, port: integer(text.slice(at + 1), what, 0, 65_535) };
}

/** `--metrics` */
export function metricsEndpoint(text: string): Endpoint {
  return endpoint(text, '--metrics', '127.0.0.1:9464');
}

/** `--dashboard-at` */
export function dashboardEndpoint(text: string): Endpoint {
  return endpoint(text, '--dashboard-at', '127.0.0.1:9465');
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
