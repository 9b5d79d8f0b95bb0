import type { BootOutcome } from '../../src/observe/events.js';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS, type Knobs } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TvsAnswer } from '../../src/phone/world.js';
import type { TrustList } from '../../src/trustfile/index.js';
import {
  configuration,
  configurationXml,
  DEVICE,
  itl,
  MODERN,
  NOW,
  type Party,
  party,
  record,
  signed,
} from './fixtures.js';
import { FakeWorld } from './world.js';

/** The first server is CallManager, too. */
export const TFTP = '10.0.0.1';
export const SECOND_TFTP = '10.0.0.2';
export const CTL = `CTL${DEVICE}.tlv`;
export const ITL = `ITL${DEVICE}.tlv`;
export const SGN = `${DEVICE}.cnf.xml.sgn`;
export const PLAIN = `${DEVICE}.cnf.xml`;

export interface Parties {
  readonly pub: Party;
  /** A later CallManager that no list knows. */
  readonly renewed: Party;
  readonly recovery: Party;
  readonly tvs: Party;
}

export async function makeParties(): Promise<Parties> {
  const [pub, renewed, recovery, tvs] = await Promise.all([
    party('pub'),
    party('pub2'),
    party('recovery'),
    party('tvs'),
  ]);
  return { pub, renewed, recovery, tvs };
}

export interface Setup {
  readonly model?: typeof MODERN;
  readonly knobs?: Partial<Knobs>;
}

/** One phone, its flash, and a world with two TFTP servers and two CallManagers. */
export class BootLab {
  readonly world = new FakeWorld();
  flash: Flash = emptyFlash({ mic: () => null });
  readonly firstItl: TrustList;
  readonly #parties: Parties;

  constructor(parties: Parties) {
    this.#parties = parties;
    this.firstItl = this.itlOf(parties.recovery, parties.pub);
    this.world.registrars.add('10.0.0.1').add('10.0.0.2');
  }

  /** An ITL in which ITLRecovery and the first CallManager are SAST. */
  itlOf(signer: Party, tftp: Party, timestamp = NOW / 1_000): TrustList {
    const { pub, recovery, tvs } = this.#parties;
    const records = [record('SAST', recovery), record('SAST', pub), record('TFTP', tftp), record('TVS', tvs)];
    return itl(signer, records, { timestamp });
  }

  /** What a healthy TFTP node serves in mode 0. */
  serveHealthy(): void {
    const config = signed(this.#parties.pub, configurationXml());
    this.world.serve(TFTP, { [ITL]: this.firstItl.bytes, [SGN]: config.bytes });
  }

  /** The TVS of the first CallManager says this to everything. */
  tvsSays(answer: TvsAnswer, address = '10.0.0.1'): void {
    this.world.tvs.set(address, { certificate: this.#parties.tvs.certificate.der, answer: () => answer });
  }

  /** TVS vouches for a CallManager of its own cluster. */
  tvsKnows({ certificate }: Party): void {
    this.tvsSays({ result: 'positive', certificate: certificate.der, roles: [0, 2], ttlSeconds: 86_400 });
  }

  store(changes: Parameters<typeof configuration>[0] = {}): void {
    this.flash.configuration = { configuration: configuration(changes), sha256: '' };
  }

  /** One boot of the phone, which is switched off afterwards. */
  async bootOnce({ model = MODERN, knobs = {} }: Setup = {}): Promise<BootOutcome | null> {
    const phone = new Phone({
      device: DEVICE,
      model,
      knobs: { ...DEFAULT_KNOBS, ...knobs },
      flash: this.flash,
      world: this.world,
      tftpServers: [TFTP, SECOND_TFTP],
    });
    try {
      return await this.world.through(phone.powerOn(new AbortController().signal));
    } finally {
      phone.powerOff();
    }
  }

  messages(): string[] {
    return Object.keys(this.world.figures('status_messages'));
  }
}
