import { createHash } from 'node:crypto';
import {
  artefact,
  type CapfAnswer,
  type ClusterContext,
  createCluster,
  DEFAULT_KNOBS,
  emptyFlash,
  type FetchResult,
  freshKeys,
  loadModel,
  lscKeys,
  operate,
  Phone,
  type PhoneWorld,
  parsePhoneConfiguration,
  parseTrustFile,
  type Refusal,
  type Registration,
  type RegistrationEnd,
  type RegistrationResult,
  type ServiceAnswer,
  type TvsAnswer,
  type TvsQuestion,
  tvsIdentity,
  tvsQuery,
  verifySignature,
} from 'trustfleet';

const DEVICE = 'SEP001F9E266369';
const ADDRESS = '10.0.0.1';
const model = loadModel('8841');

// a cluster of one node, without sockets
const context: ClusterContext = { keys: freshKeys, now: () => new Date(), random: Math.random };
let cluster = await createCluster(
  {
    name: 'LAB',
    release: '11.5(1)',
    mode: 'non-secure',
    nodes: [{ name: 'PUB', address: ADDRESS, services: ['CallManager', 'TFTP', 'TVS', 'CAPF'] }],
    devices: [
      {
        name: DEVICE,
        model,
        protocol: 'SIP',
        security: 'non-secure',
        lines: '1001',
        callManagerGroup: { name: 'CMG', nodes: ['PUB'] },
        devicePool: 'Default',
      },
    ],
  },
  context,
);

/** A registration that stands until the phone ends it. */
function registration(): Registration {
  let end: (end: RegistrationEnd) => void = () => {};
  const ended = new Promise<RegistrationEnd>((resolve) => {
    end = resolve;
  });
  const standing: Registration = {
    tls: 'none',
    ended,
    onEnd: (listener) => void ended.then((why) => listener.registrationEnded(why, standing)),
    unregister: async () => end({ by: 'unregistered' }),
    drop: () => end({ by: 'unregistered' }),
  };
  return standing;
}

/** The one node for everything that a phone asks; time passes only while the phone sleeps. */
class OneNode implements PhoneWorld {
  readonly vouched: TvsAnswer['result'][] = [];
  readonly refusals: Refusal[] = [];
  #clock = 0;

  async fetch(request: { readonly file: string }): Promise<FetchResult> {
    const bytes = artefact(cluster, 'PUB', request.file);
    return bytes === undefined ? { status: 'not-found' } : { status: 'ok', bytes };
  }

  async askTvs({ signer, judge }: TvsQuestion): Promise<TvsAnswer> {
    const shown = tvsIdentity(cluster, 'PUB');
    if (shown === undefined || !judge(shown.certificate.der).trusted) {
      this.vouched.push('handshake-failed');
      return { result: 'handshake-failed', detail: 'the phone does not know the certificate of TVS' };
    }
    const answer = tvsQuery(cluster, 'PUB', signer);
    this.vouched.push(answer.result);
    return answer.result === 'negative' ? answer : { ...answer, certificate: answer.certificate.der };
  }

  async enrol(): Promise<CapfAnswer> {
    return { outcome: 'refused', detail: 'no CAPF here' };
  }

  async requestService(): Promise<ServiceAnswer> {
    return { result: 'unreachable', detail: 'no web server here' };
  }

  async register(): Promise<RegistrationResult> {
    return { result: 'accepted', registration: registration() };
  }

  async standby(): Promise<undefined> {}

  async requestToken(): Promise<{ readonly granted: true }> {
    return { granted: true };
  }

  async sleep(ms: number): Promise<void> {
    this.#clock += ms;
  }

  generateKey = lscKeys(freshKeys);
  now = (): number => this.#clock;
  date = (): number => Date.now();
  random = Math.random;
  verifySignature = verifySignature;
  readTrustFile = parseTrustFile;
  readConfiguration = (bytes: Uint8Array) => ({
    configuration: parsePhoneConfiguration(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  nodeName = (): string => 'PUB';
  count = (): void => {};
  time = (): void => {};
  refused = (refusal: Refusal): void => void this.refusals.push(refusal);
  log = (): void => {};
}

const world = new OneNode();
const flash = emptyFlash({ mic: () => null });
const phone = new Phone({
  device: DEVICE,
  model,
  knobs: DEFAULT_KNOBS,
  flash,
  world,
  tftpServers: [ADDRESS],
});
const first = await phone.powerOn();
console.log(`${first?.state}, ITL of ${flash.itl?.records.length} records`);

// CallManager alone: TVS vouches for the new signer. CallManager and TVS together: nobody does
for (const purposes of [['CallManager'], ['CallManager', 'TVS']] as const) {
  const before = flash.itl;
  for (const purpose of purposes) {
    ({ state: cluster } = await operate(cluster, { op: 'regenerate', purpose, nodes: ['PUB'] }, context));
  }
  const services = ['CallManager', 'TVS', 'TFTP'] as const;
  ({ state: cluster } = await operate(cluster, { op: 'restart', services, nodes: 'all' }, context));
  world.vouched.length = 0;
  const outcome = await phone.reset('reset');
  const list = flash.itl === before ? 'kept' : 'updated';
  console.log(
    `${purposes.join(', ')}: ITL ${list}, TVS ${world.vouched.join(', ')}, locked ${outcome?.locked}`,
  );
  for (const { what, rule } of world.refusals.splice(0)) console.log(`  ${what} refused by ${rule}`);
}
phone.powerOff();
