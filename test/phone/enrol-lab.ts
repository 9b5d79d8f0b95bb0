import type { AddressFamily } from '../../src/device/address-family.js';
import type { ModelProfile } from '../../src/device/model.js';
import type { BootOutcome } from '../../src/observe/events.js';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS, type Knobs } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import { lscCertificate } from '../../src/pki/device-certificates.js';
import { pooledKeys } from '../../src/pki/keys.js';
import { FakeCapf } from './fake-capf.js';
import {
  configurationXml,
  ctl,
  DEVICE,
  itl,
  LEGACY,
  mic,
  NOW,
  type Party,
  party,
  record,
  signed,
} from './fixtures.js';
import { FakeWorld } from './world.js';

export const A = '10.0.0.1';
export const B = '10.0.0.2';
export const SGN = `${DEVICE}.cnf.xml.sgn`;
export const CAPF_V4 = { priority: 0, address: A, port: 3804 } as const;
export const CAPF_V6 = { priority: 0, address: '2001:db8::1', port: 3904 } as const;

export interface EnrolParties {
  readonly pub: Party;
  readonly sub: Party;
  readonly recovery: Party;
  readonly tvs: Party;
  readonly capf: Party;
  /** A CAPF or CallManager that no list knows. */
  readonly stranger: Party;
  readonly mic: Party;
}

export async function enrolParties(): Promise<EnrolParties> {
  const [pub, sub, recovery, tvs, capf, stranger] = await Promise.all(
    ['pub', 'sub', 'recovery', 'tvs', 'CAPF-a1b2c3d4', 'stranger'].map((name) => party(name)),
  );
  if (!pub || !sub || !recovery || !tvs || !capf || !stranger) throw new Error('six parties');
  return { pub, sub, recovery, tvs, capf, stranger, mic: await mic(LEGACY, DEVICE) };
}

const keys = pooledKeys();

/** An LSC of this CAPF. */
export async function lscOf(capf: Party, notAfter = NOW + 86_400_000): Promise<Party> {
  const pair = await keys.rsa(1024);
  const certificate = lscCertificate(DEVICE, `CP-7962G-${DEVICE}`, {
    issuer: capf,
    publicKey: pair.publicKey,
    digest: 'sha256',
    serial: Uint8Array.of(0x21, 0x01),
    notBefore: new Date(NOW - 86_400_000),
    notAfter: new Date(notAfter),
  });
  return { certificate, privateKey: pair.privateKey };
}

export interface Made {
  readonly model?: ModelProfile;
  readonly knobs?: Partial<Knobs>;
  readonly addresses?: readonly AddressFamily[];
}

/** One phone of a mixed cluster with a CAPF at its first node: two CallManagers, TVS and lists that know them all. */
export class EnrolLab {
  readonly world = new FakeWorld();
  readonly flash: Flash;
  readonly capf: FakeCapf;
  readonly parties: EnrolParties;
  readonly power = new AbortController();

  constructor(parties: EnrolParties) {
    this.parties = parties;
    this.capf = new FakeCapf(parties.capf);
    this.flash = emptyFlash({ mic: () => parties.mic });
    const { pub, sub, recovery, tvs, capf } = parties;
    this.flash.ctl = ctl(recovery, [
      record('SAST', recovery),
      record('CCM+TFTP', pub, A),
      record('CCM', sub, B),
      record('CAPF', capf),
    ]);
    this.flash.itl = itl(recovery, [
      record('SAST', recovery),
      record('CCM+TFTP', pub),
      record('TVS', tvs),
      record('CAPF', capf),
    ]);
    this.world.registrars.add(A).add(B);
    this.world.callManagers.set(A, pub.certificate.der).set(B, sub.certificate.der);
    this.listen(CAPF_V4.address);
    this.serve();
  }

  /** CAPF answers at this address. */
  listen(address: string, shows: Party = this.parties.capf): void {
    this.world.capf.set(address, {
      certificate: shows.certificate.der,
      session: (question) => this.capf.session(question),
    });
  }

  /** What TFTP serves: the lists that the phone has, and this configuration. */
  serve(changes: Parameters<typeof configurationXml>[0] = {}): void {
    const xml = configurationXml({ deviceProtocol: 'SCCP', capf: [CAPF_V4], ...changes });
    this.world.serve(A, { [SGN]: signed(this.parties.pub, xml).bytes });
  }

  /** The answer of every TVS server. */
  tvsSays(answer: Parameters<FakeWorld['tvs']['set']>[1]['answer']): void {
    for (const address of [A, B]) {
      this.world.tvs.set(address, { certificate: this.parties.tvs.certificate.der, answer });
    }
  }

  phone({ model = LEGACY, knobs = {}, addresses = ['ipv4'] }: Made = {}): Phone {
    return new Phone({
      device: DEVICE,
      model,
      knobs: { ...DEFAULT_KNOBS, ...knobs },
      flash: this.flash,
      world: this.world,
      tftpServers: [A],
      addresses,
    });
  }

  /** Switches a phone on and lets time pass until its boot has its outcome. */
  async boot(made: Made | Phone = {}): Promise<BootOutcome | null> {
    const phone = made instanceof Phone ? made : this.phone(made);
    return this.world.through(phone.powerOn(this.power.signal));
  }

  /** Switches off whatever is on. */
  off(): void {
    this.power.abort();
  }
}
