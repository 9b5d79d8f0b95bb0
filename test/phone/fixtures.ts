import type { KeyObject } from 'node:crypto';
import type { ModelProfile } from '../../src/device/model.js';
import type { RoleName } from '../../src/device/role.js';
import { loadModel } from '../../src/fleet/profiles.js';
import type { JudgeContext } from '../../src/phone/decide/context.js';
import type { HeldTrust, KnownSigner } from '../../src/phone/decide/held.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { cucmSerial } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { serverCertificate } from '../../src/pki/cucm-certificates.js';
import {
  eTokenCertificate,
  manufacturingCertificate,
  micCertificate,
} from '../../src/pki/device-certificates.js';
import { pooledKeys } from '../../src/pki/keys.js';
import {
  type PhoneConfiguration,
  parsePhoneConfiguration,
  writePhoneConfiguration,
} from '../../src/protocol/cnf/index.js';
import {
  blankItlRecord,
  buildTrustList,
  certificateRecord,
  emptyRecord,
  etokenRecord,
  parseTrustFile,
  type RecordSpec,
  type SignedFile,
  type SignerId,
  signerIdOf,
  signFile,
  type TrustList,
  verifySignature,
} from '../../src/trustfile/index.js';

/** 2026-03-12 07:20:00 UTC. */
export const NOW = Date.UTC(2026, 2, 12, 7, 20, 0);

export interface Party {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  /** How headers name it, where that is not CUCM's rendering. */
  readonly id?: SignerId;
}

const keys = pooledKeys();
let serials = 0;

function nextSerial(): Uint8Array {
  serials += 1;
  const octets = new Uint8Array(16).fill(0x11);
  new DataView(octets.buffer).setUint32(12, serials);
  return cucmSerial(octets);
}

interface PartyOptions {
  readonly bits?: number;
  readonly digest?: 'sha1' | 'sha256';
  readonly notAfter?: number;
}

/** A self-signed server of a cluster: CallManager, TVS, ITLRecovery are alike for a phone. */
export async function party(host: string, options: PartyOptions = {}): Promise<Party> {
  const pair = await keys.rsa(options.bits ?? 1024);
  const certificate = serverCertificate(host, {
    organisation: { organisation: 'Example', unit: 'Lab', locality: 'Here', state: 'There', country: 'US' },
    publicKey: pair.publicKey,
    privateKey: pair.privateKey,
    digest: options.digest ?? 'sha256',
    serial: nextSerial(),
    notBefore: new Date(NOW - 1_000),
    notAfter: new Date(options.notAfter ?? NOW + 157_680_000_000),
  });
  return { certificate, privateKey: pair.privateKey };
}

async function cisco(): Promise<Party> {
  const pair = await keys.rsa(1024);
  const certificate = manufacturingCertificate('Cisco Manufacturing CA', {
    publicKey: pair.publicKey,
    privateKey: pair.privateKey,
    serial: nextSerial(),
    notBefore: new Date(NOW - 1_000),
    notAfter: new Date(NOW + 157_680_000_000),
    digest: 'sha1',
  });
  return { certificate, privateKey: pair.privateKey };
}

/** A hardware eToken, as the CTL client names it (trust-files.md 5.2). */
export async function token(name: string): Promise<Party> {
  const pair = await keys.rsa(1024);
  const certificate = eTokenCertificate(name, await issuedBy(pair.publicKey));
  return { certificate, privateKey: pair.privateKey, id: signerIdOf(certificate, 'etoken') };
}

export async function mic(model: ModelProfile, device: string): Promise<Party> {
  const pair = await keys.rsa(1024);
  const identity = { productName: model.productName, device };
  const certificate = micCertificate(identity, 'FCH14098ABC', await issuedBy(pair.publicKey));
  return { certificate, privateKey: pair.privateKey };
}

async function issuedBy(publicKey: KeyObject) {
  return {
    issuer: await cisco(),
    publicKey,
    digest: 'sha1' as const,
    serial: nextSerial(),
    notBefore: new Date(NOW - 1_000),
    notAfter: new Date(NOW + 157_680_000_000),
  };
}

export { blankItlRecord, emptyRecord, etokenRecord };

export function record(role: RoleName, { certificate }: Party, ipAddress: string | null = null): RecordSpec {
  return certificateRecord(role, certificate, { ipAddress });
}

/** The record with octets in the place of its certificate that are none; everything around them is well formed. */
export function rottenRecord(spec: RecordSpec): RecordSpec {
  const certificate = { der: Buffer.from('this is no certificate') } as unknown as Certificate;
  return { ...spec, certificate };
}

interface ListOptions {
  readonly digest?: 'sha1' | 'sha512';
  readonly filename?: string;
  readonly timestamp?: number;
}

function list(
  filename: string,
  signer: Party,
  records: readonly RecordSpec[],
  options: ListOptions,
): TrustList {
  const file = parseTrustFile(
    buildTrustList(
      {
        filename: options.filename ?? filename,
        timestamp: options.timestamp ?? NOW / 1_000,
        records,
        digest: options.digest ?? 'sha1',
      },
      signer,
    ),
  );
  if (file.kind !== 'trust-list') throw new Error(`built a ${file.kind}`);
  return file;
}

export function ctl(signer: Party, records: readonly RecordSpec[], options: ListOptions = {}): TrustList {
  return list('CTLFile.tlv', signer, records, options);
}

export function itl(signer: Party, records: readonly RecordSpec[], options: ListOptions = {}): TrustList {
  return list('ITLFile.tlv', signer, records, options);
}

/** */
export function blankItl(signer: Party): TrustList {
  return itl(signer, [blankItlRecord('SAST'), blankItlRecord('TFTP'), blankItlRecord('TVS')]);
}

/** The same octets with one bit of the signature turned over. */
export function broken<T extends TrustList | SignedFile>(file: T): T {
  const bytes = Uint8Array.from(file.bytes);
  const at = file.header.signatureOffset + 3 + 5;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return parseTrustFile(bytes) as T;
}

export function signed(signer: Party, payload: Uint8Array, options: ListOptions = {}): SignedFile {
  const file = parseTrustFile(
    signFile(
      payload,
      {
        filename: options.filename ?? 'SEP001F9E266369.cnf.xml.sgn',
        timestamp: NOW / 1_000,
        digest: options.digest ?? 'sha1',
      },
      signer,
    ),
  );
  if (file.kind !== 'signed') throw new Error(`built a ${file.kind}`);
  return file;
}

/** The model of column L, M and N60 of phone-behaviour.md 12. */
export const LEGACY = loadModel('7962');
export const MODERN = loadModel('8841');
export const CLASSIC: ModelProfile = {
  ...LEGACY,
  model: '7960',
  productName: '7960G',
  deviceType: 7,
  family: 'classic',
  securityByDefault: false,
};

export function held(trust: Partial<HeldTrust> = {}): HeldTrust {
  return { ctl: null, itl: null, cache: { find: () => undefined }, ...trust };
}

/** A cache with this one answer of TVS. */
export function cacheOf({ certificate }: Party, roles: readonly number[]): HeldTrust['cache'] {
  const known: KnownSigner = { certificate, roles };
  const id = signerIdOf(certificate);
  return { find: (signer) => (signer.serial === id.serial ? known : undefined) };
}

export function context(trust: HeldTrust, changes: Partial<JudgeContext> = {}): JudgeContext {
  return {
    held: trust,
    model: MODERN,
    knobs: DEFAULT_KNOBS,
    verify: verifySignature,
    date: () => NOW,
    ...changes,
  };
}

export const DEVICE = 'SEP001F9E266369';

interface ConfigurationChanges extends Partial<PhoneConfiguration> {
  readonly members?: readonly string[];
}

/** A configuration whose CallManager group and TVS list are `members`, in order. */
export function configuration(changes: ConfigurationChanges = {}): PhoneConfiguration {
  const { members = ['10.0.0.1', '10.0.0.2'], ...more } = changes;
  return {
    fullConfig: true,
    deviceProtocol: 'SIP',
    deviceSecurityMode: 'non-secure',
    ipAddressMode: 0,
    callManagers: members.map((address, priority) => ({
      priority,
      name: address,
      address,
      sccpPort: 2000,
      sipPort: 5060,
      securedSipPort: 5061,
    })),
    tvs: members.map((address, priority) => ({ priority, address, port: 2445 })),
    capfAuthMode: 0,
    capf: [],
    // the load that LEGACY or MODERN runs: nothing to fetch
    loadInformation: more.deviceProtocol === 'SCCP' ? 'SCCP42.9-4-2SR3-1S' : 'sip88xx.12-8-1-0001-455',
    versionStamp: '1555108264-18843a73-f9e1-4a3b-99bb-86295a710462',
    transportLayerProtocol: 4,
    connectionMonitorDuration: 120,
    certHash: '',
    encrConfig: false,
    dateTemplate: 'M/D/Y',
    urls: {},
    sip: null,
    ...more,
  };
}

export function configurationXml(changes: ConfigurationChanges = {}): Buffer {
  return writePhoneConfiguration(configuration(changes));
}

export { parsePhoneConfiguration };
