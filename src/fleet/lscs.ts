import { capfIdentity } from '../cluster/capf.js';
import { type ClusterContext, randomOf } from '../cluster/context.js';
import { drawKeyedSerial, drawSerial } from '../cluster/serials.js';
import { type ClusterState, publisherOf } from '../cluster/state.js';
import { TrustfleetError } from '../errors.js';
import { spkiOf } from '../pki/authority.js';
import type { Certificate } from '../pki/certificate.js';
import { capfCertificate } from '../pki/cucm-certificates.js';
import { type Authority, phoneCommonName } from '../pki/device-certificates.js';
import { issueLsc } from '../protocol/capf/lsc.js';
import type { Device } from './devices.js';
import { isOwnLsc } from './equipment.js';
import { lscPool, pairOf } from './phone-primes.js';

/** An LSC that a phone has from before the run. */
export interface MadeLsc {
  readonly device: string;
  /** `own`, `expired`, which is one's own too, or the name of the strange cluster whose CAPF issued it. */
  readonly origin: string;
  readonly lsc: Certificate;
}

export interface LscOptions {
  /** Phones share keys where there are not enough for all. */
  readonly shared?: boolean;
  /** Strange clusters that phones of other shards bring an LSC of: every shard makes all of them, in this order. */
  readonly strangers?: readonly string[];
}

/** An expired LSC has been so for this long. */
const EXPIRED_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A strange cluster's CAPF lives as long as any other self-signed certificate. */
const STRANGE_CAPF_YEARS = 5;

/**
 * LSCs of the phones that begin with one: from this cluster's CAPF, or from that of a cluster outside the run, which nobody
 * here knows (S-18).
 *
 * @param primes of the phones' LSC keys
 * @returns the LSCs, and the CAPF certificates of the strange clusters by name
 * @throws TrustfleetError TF_PROFILE_INVALID when phones have LSCs of this cluster and no CAPF runs
 */
export async function makeLscs(
  state: ClusterState,
  context: ClusterContext,
  devices: readonly Device[],
  primes: Uint8Array,
  { shared = false, strangers: known = [] }: LscOptions = {},
): Promise<{ readonly made: readonly MadeLsc[]; readonly strangers: ReadonlyMap<string, Certificate> }> {
  const pool = lscPool(primes);
  const issuers = new Map<string, Authority>();
  for (const name of known) issuers.set(name, await strangeCapf(state, context));
  const made: MadeLsc[] = [];
  for (const { name, ordinal, kind } of devices) {
    const { lsc: origin, model } = kind;
    if (origin === 'none') continue;
    let authority = issuers.get(origin);
    if (authority === undefined) {
      authority = isOwnLsc(origin) ? ownCapf(state) : await strangeCapf(state, context);
      issuers.set(origin, authority);
    }
    const productName = state.devices.get(name)?.model.productName ?? model;
    const age = origin === 'expired' ? (state.parameters.lscDays + EXPIRED_DAYS) * DAY_MS : 0;
    const lsc = issueLsc({
      device: name,
      commonName: phoneCommonName({ productName, device: name }),
      publicKey: spkiOf(pairOf(pool, ordinal, shared).publicKey),
      authority,
      digest: state.rules.lscDigest,
      days: state.parameters.lscDays,
      serial: drawSerial(randomOf(context, name)),
      unixMs: context.now().getTime() - age,
    });
    made.push({ device: name, origin, lsc });
  }
  const strange = [...issuers].filter(([name]) => !isOwnLsc(name));
  const strangers = new Map(strange.map(([name, { certificate }]) => [name, certificate]));
  return { made, strangers };
}

function ownCapf(state: ClusterState): Authority {
  const authority = capfIdentity(state, publisherOf(state).name);
  if (authority === undefined) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      'phones have LSCs of this cluster, but no CAPF runs on its publisher',
    );
  }
  return authority;
}

async function strangeCapf({ organisation }: ClusterState, context: ClusterContext): Promise<Authority> {
  const pair = await context.keys.rsa(2048);
  const notBefore = context.now();
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + STRANGE_CAPF_YEARS);
  const certificate = capfCertificate(drawSuffix(context.random), {
    ...pair,
    organisation,
    digest: 'sha256',
    serial: drawKeyedSerial(context.random)(pair.publicKey),
    notBefore,
    notAfter,
  });
  return { certificate, privateKey: pair.privateKey };
}

/** `CAPF-<8 hex>`. */
function drawSuffix(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}
