import type { ModelProfile } from '../../device/model.js';
import type { RegistrationMode, SignallingProtocol, TlsRange } from '../../device/security.js';
import type { CallManagerEntry, PhoneConfiguration } from '../../protocol/cnf/model.js';
import type { TrustList, TrustRecord } from '../../trustfile/model.js';
import { isCallManagerRole } from './peer.js';

/** SCCP over TLS: no element of the configuration names this port (phone-config.md 5.1). */
export const SECURE_SCCP_PORT = 2443;

/** SIP OAuth, where the configuration does not name `sipOAuthPort`. */
const OAUTH_SIP_PORT = 5090;

/** What the phone demands of a connection to one CallManager (DT-4). */
export type Transport =
  | {
      readonly kind: 'nonsecure';
      readonly rule: 'R-69' | 'R-76';
      readonly mode: 'nonsecure';
      readonly transport: 'tcp' | 'udp';
      readonly port: number;
    }
  | {
      readonly kind: 'secure';
      readonly rule: 'R-76';
      readonly mode: 'authenticated' | 'encrypted';
      /** What names the phone: its certificate, or a token in place of it (SIP OAuth). */
      readonly by: 'certificate' | 'token';
      readonly transport: 'tls';
      readonly port: number;
      readonly tls: TlsRange;
      /** OpenSSL names. */
      readonly ciphers: string;
    }
  /** No registration: the device is secure and the phone holds no CTL, after the tries of R-08, or no LSC (DT-5). */
  | {
      readonly kind: 'none';
      readonly rule: `R-${string}`;
      readonly reason: string;
      readonly detail: string;
    };

type Configuration = Pick<
  PhoneConfiguration,
  'deviceSecurityMode' | 'deviceProtocol' | 'transportLayerProtocol' | 'sipOauth'
>;

/**
 * DT-4 as far as the phone decides it. The rows that the other side decides follow from `secure`: a server that presents
 * another certificate fails the handshake by `judgeCallManager`, a phone without LSC and MIC fails it for want of one.
 */
export function chooseTransport(
  configuration: Configuration,
  ctl: TrustList | null,
  server: Pick<
    CallManagerEntry,
    'name' | 'address' | 'sccpPort' | 'sipPort' | 'securedSipPort' | 'oauthSipPort'
  >,
  model: Pick<ModelProfile, 'family' | 'tls' | 'sipOauth'>,
): Transport {
  const { deviceSecurityMode: mode, deviceProtocol: protocol } = configuration;
  if (mode === 'non-secure') return nonsecure(configuration, server, 'R-76');
  if (configuration.sipOauth === true && protocol === 'SIP' && model.sipOauth) {
    // neither CTL nor certificate of its own: server-authenticated TLS
    const port = server.oauthSipPort ?? OAUTH_SIP_PORT;
    return { ...secure(mode, model), by: 'token', port };
  }
  if (ctl === null) {
    return {
      kind: 'none',
      rule: 'R-76',
      reason: 'no-ctl',
      detail: `device mode ${mode} needs a CTL with the certificate of ${server.name}, and no CTL is installed`,
    };
  }
  if (!bringsCertificate(ctl, server)) return nonsecure(configuration, server, 'R-69');
  const port = protocol === 'SCCP' ? SECURE_SCCP_PORT : server.securedSipPort;
  return { ...secure(mode, model), by: 'certificate', port };
}

function secure(
  mode: Exclude<RegistrationMode, 'nonsecure'>,
  model: Pick<ModelProfile, 'family' | 'tls'>,
): Omit<Extract<Transport, { readonly kind: 'secure' }>, 'by' | 'port'> {
  return {
    kind: 'secure',
    rule: 'R-76',
    mode,
    transport: 'tls',
    tls: tlsRange(model.tls, mode),
    ciphers: ciphersFor(mode, model.family),
  };
}

/**
 * The record of this very server decides. A server that the CTL does not name is met with TLS as long as the CTL has any
 * CallManager certificate: a multi-server certificate stands there once, under the publisher's name (cluster-operations.md
 * 1.1), and whether the one presented is known is for the handshake to show.
 */
function bringsCertificate(ctl: TrustList, server: Pick<CallManagerEntry, 'name' | 'address'>): boolean {
  const records = ctl.records.filter((record) => isCallManagerRole(record.role));
  const own = records.filter((record) => isOf(record, server));
  return (own.length > 0 ? own : records).some(
    (record) => record.certificate !== null || record.certificateHash !== null,
  );
}

function isOf(record: TrustRecord, server: Pick<CallManagerEntry, 'name' | 'address'>): boolean {
  return (
    record.ipAddress === server.address ||
    (record.dnsName !== null && (record.dnsName === server.address || record.dnsName === server.name))
  );
}

function nonsecure(
  configuration: Configuration,
  server: Pick<CallManagerEntry, 'sccpPort' | 'sipPort'>,
  rule: 'R-69' | 'R-76',
): Transport {
  const sccp = configuration.deviceProtocol === 'SCCP';
  return {
    kind: 'nonsecure',
    rule,
    mode: 'nonsecure',
    // 4 (TCP+UDP) means TCP; 3 (TLS) stands in the configuration of a secure device that R-69 made non-secure
    transport: !sccp && configuration.transportLayerProtocol === 2 ? 'udp' : 'tcp',
    port: sccp ? server.sccpPort : server.sipPort,
  };
}

/**
 * What the model can do (R-108: a 79xx TLS 1.0 alone; R-115: TLS 1.3 where it has it), but NULL ciphers end with TLS 1.2, so an
 * authenticated phone offers no more.
 */
function tlsRange(tls: ModelProfile['tls'], mode: Exclude<RegistrationMode, 'nonsecure'>): TlsRange {
  return { min: tls.min, max: mode === 'authenticated' && tls.max === '1.3' ? '1.2' : tls.max };
}

const NULL_CIPHERS = 'NULL-SHA';
const LEGACY_CIPHERS = 'AES256-SHA:AES128-SHA';
const MODERN_CIPHERS = `ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:${LEGACY_CIPHERS}`;

/** Ciphers that a phone of this mode and family offers to CallManager, OpenSSL's names. */
export function ciphersFor(mode: 'authenticated' | 'encrypted', family: ModelProfile['family']): string {
  if (mode === 'authenticated') return NULL_CIPHERS;
  return family === 'modern' ? MODERN_CIPHERS : LEGACY_CIPHERS;
}

/** Which protocol the phone registers with: the configuration's where the model has it (phone-config.md 5.1). */
export function signallingProtocol(
  configured: SignallingProtocol,
  model: Pick<ModelProfile, 'protocols'>,
): SignallingProtocol {
  return model.protocols.includes(configured) ? configured : (model.protocols[0] ?? configured);
}
