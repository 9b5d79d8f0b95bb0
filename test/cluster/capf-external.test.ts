import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callManagerTrust } from '../../src/cluster/call-manager.js';
import { capfIssue } from '../../src/cluster/capf.js';
import { capfEnded } from '../../src/cluster/capf-record.js';
import { knownOf } from '../../src/cluster/capf-state.js';
import type { ClusterContext } from '../../src/cluster/context.js';
import type { CapfCommand, Operation } from '../../src/cluster/operation.js';
import { TrustfleetError } from '../../src/errors.js';
import { readRequest } from '../../src/pki/certificate-request.js';
import { chainTo } from '../../src/pki/chain.js';
import { type CsrDigest, certificationRequest, signRequestInfo } from '../../src/protocol/capf/csr.js';
import type { CapfIssueAnswer } from '../../src/protocol/capf/order.js';
import { keyPair, manufacturer, type PhoneCertificates, phoneCertificates } from './certificates.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const DEVICE = 'SEP001F9E266369';
const ISSUING = 'Example Issuing CA';

const utils = (command: CapfCommand): Operation => ({ op: 'utils-capf', command });
const SIGN: Operation = { op: 'sign', purpose: 'phones', nodes: 'all', by: ISSUING };
const issuer = (value: string): Operation => ({ op: 'parameter', name: 'certificate-issuer', value });

const phone = async (): Promise<PhoneCertificates> =>
  phoneCertificates(await manufacturer('Cisco Manufacturing CA'));

/** A phone's key at CAPF, with its signature on the request where CAPF wants one; changes are kept. */
async function enrol(
  made: Cluster,
  own: PhoneCertificates,
  context: ClusterContext = made.lab.context,
): Promise<CapfIssueAnswer> {
  const ask = async (request: ReturnType<typeof readRequest> | undefined): Promise<CapfIssueAnswer> => {
    const key = { type: 'rsa', bits: 1024 } as const;
    const { answer, change } = await capfIssue(
      made.state,
      { device: DEVICE, key, publicKey: own.spki, request },
      context,
    );
    made.state = change?.(made.state) ?? made.state;
    return answer;
  };
  const first = await ask(undefined);
  if (!('sign' in first)) return first;
  const signature = signRequestInfo(first.sign, first.digest, own);
  if (signature === undefined) throw new Error('the phone does not sign');
  return ask(requestOf(first.sign, first.digest, signature));
}

function requestOf(info: Uint8Array, digest: CsrDigest, signature: Uint8Array) {
  return certificationRequest(info, digest, signature);
}

describe('offline CA (OP-26)', () => {
  it('requests pile up, are listed, dumped, signed outside and imported; the phone comes back and gets its LSC', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    const own = await phone();
    expect(await enrol(made, own)).toEqual({ retryAfterSeconds: null });
    expect(await made.run(utils({ name: 'csr count' }))).toEqual(['Number of pending CSRs: 1']);
    expect(await made.run(utils({ name: 'csr list' }))).toEqual([`${DEVICE} 2026-03-12T07:21:00.000Z`]);
    await expect(made.run(SIGN)).rejects.toThrow('utils capf csr dump');
    const [count, pem] = await made.run(utils({ name: 'csr dump' }));
    expect(count).toBe('1 CSRs dumped');
    expect(pem).toContain('-----BEGIN CERTIFICATE REQUEST-----');
    expect(await made.run(SIGN)).toEqual([`${DEVICE}: LSC signed by ${ISSUING}`]);
    // it is in the administrator's hand: the phone still waits
    expect(await enrol(made, own)).toEqual({ retryAfterSeconds: null });
    expect(await made.run(utils({ name: 'cert import' }))).toEqual([`${DEVICE}: certificate imported`]);
    expect(await made.run(utils({ name: 'csr count' }))).toEqual(['Number of pending CSRs: 0']);
    const answer = await enrol(made, own);
    if (!('certificate' in answer)) throw new Error('no certificate');
    const lsc = new X509Certificate(answer.certificate.der);
    expect(lsc.issuer).toContain(`CN=${ISSUING}`);
    expect(lsc.subject).toContain('CN=CP-8841-SEP001F9E266369');
    expect(lsc.subjectAltName).toBe(`URI:${DEVICE}`);
    made.state = capfEnded(
      made.state,
      {
        device: DEVICE,
        operation: 'install',
        result: 'success',
        detail: '',
        certificate: answer.certificate,
      },
      0,
    );
    expect(knownOf(made.state.capf.phones, DEVICE).request).toBeNull();
  });

  it('its LSCs register where root and intermediate are in CallManager-trust (CSCut87382)', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    const own = await phone();
    await enrol(made, own);
    for (const operation of [utils({ name: 'csr dump' }), SIGN, utils({ name: 'cert import' })]) {
      await made.run(operation);
    }
    const answer = await enrol(made, own);
    if (!('certificate' in answer)) throw new Error('no certificate');
    const registers = async (authorities: string[]): Promise<string> => {
      await made.run({
        op: 'trust-import',
        source: { authorities },
        to: ['CallManager-trust', 'CAPF-trust'],
      });
      await made.run(restartAll('CallManager'));
      const verdict = chainTo(
        answer.certificate,
        callManagerTrust(made.state, 'PUB'),
        made.lab.context.now(),
      );
      return verdict.trusted ? 'trusted' : verdict.reason;
    };
    expect(await registers([ISSUING])).toBe('unknown-issuer');
    expect(await registers(['Example Root CA'])).toBe('trusted');
  });

  it('a phone that starts again makes the certificate of its older request stale', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    await enrol(made, await phone());
    await made.run(utils({ name: 'csr dump' }));
    await made.run(SIGN);
    await enrol(made, await phone());
    expect(await made.run(utils({ name: 'cert import' }))).toEqual([
      `${DEVICE}: stale, the phone has made another request since`,
    ]);
    const [line = ''] = await made.run(utils({ name: 'stale-lsc list' }));
    expect(line).toMatch(/^SEP001F9E266369 .*CN=CP-8841-SEP001F9E266369.* [0-9a-f]{32}$/);
    expect(await made.run(utils({ name: 'csr count' }))).toEqual(['Number of pending CSRs: 1']);
    expect(await made.run(utils({ name: 'stale-lsc delete all' }))).toEqual(['1 stale LSCs deleted']);
    expect(await made.run(utils({ name: 'stale-lsc list' }))).toEqual([]);
  });

  it('so does one that starts again after the import', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    await enrol(made, await phone());
    for (const operation of [utils({ name: 'csr dump' }), SIGN, utils({ name: 'cert import' })]) {
      await made.run(operation);
    }
    expect(await enrol(made, await phone())).toEqual({ retryAfterSeconds: null });
    expect(await made.run(utils({ name: 'stale-lsc list' }))).toHaveLength(1);
  });

  it('a certificate that is imported a second time is not stale', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    await enrol(made, await phone());
    await made.run(utils({ name: 'csr dump' }));
    await made.run(SIGN);
    const der = made.state.capf.signed.map(({ certificate }) => certificate.der);
    const again = utils({ name: 'cert import', der });
    expect(await made.run(again)).toEqual([`${DEVICE}: certificate imported`]);
    expect(await made.run(again)).toEqual([`${DEVICE}: imported already`]);
    expect(await made.run(utils({ name: 'stale-lsc list' }))).toEqual([]);
  });

  it('one of a request that the administrator deleted is not stale: the phone has made no other', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    await enrol(made, await phone());
    for (const operation of [utils({ name: 'csr dump' }), SIGN, utils({ name: 'csr delete' })]) {
      await made.run(operation);
    }
    expect(await made.run(utils({ name: 'cert import' }))).toEqual([
      `${DEVICE}: no CSR of this phone is pending, certificate discarded`,
    ]);
    expect(await made.run(utils({ name: 'stale-lsc list' }))).toEqual([]);
  });

  it('csr delete forgets what waits', async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('offline-ca'));
    await enrol(made, await phone());
    expect(await made.run(utils({ name: 'csr delete' }))).toEqual(['1 CSRs deleted']);
    await expect(made.run(utils({ name: 'csr dump' }))).rejects.toThrow('no pending CSR');
    await expect(made.run(utils({ name: 'cert import' }))).rejects.toThrow('no certificate to import');
  });

  it('cert import takes certificates from anywhere, and refuses octets that are none', async () => {
    const made = await cluster('12.5(1)');
    const { mic } = await phone();
    const imported = (der: Uint8Array) => made.run(utils({ name: 'cert import', der: [der] }));
    expect(await imported(mic.der)).toEqual([
      `${DEVICE}: no CSR of this phone is pending, certificate discarded`,
    ]);
    await expect(imported(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'TF_OPERATION_REFUSED' });
    const stranger = await phoneCertificates(await manufacturer('Cisco Manufacturing CA'), 'SEP000000000000');
    await expect(imported(stranger.mic.der)).rejects.toThrow('is of no device of the database');
  });
});

describe('online CA (OP-26)', () => {
  const online = async () => {
    const made = await cluster('12.5(1)');
    await made.run(issuer('online-ca'));
    return made;
  };

  it('gets a request with the signature of the phone and its certificate goes to the phone', async () => {
    const made = await online();
    const own = await phone();
    const asked: string[] = [];
    const context: ClusterContext = {
      ...made.lab.context,
      onlineCa: (der, device) => {
        asked.push(
          `${device} ${readRequest(der)
            .subject.map(({ value }) => value)
            .join('/')}`,
        );
        return Promise.resolve(own.mic.der);
      },
    };
    expect(await enrol(made, own, context)).toMatchObject({ certificate: { subject: own.mic.subject } });
    expect(asked).toEqual([`${DEVICE} CP-8841-${DEVICE}/Voice Lab/Example Telephony`]);
  });

  it.each<[string, Partial<ClusterContext>, string]>([
    ['none is configured', {}, 'no online CA is configured'],
    [
      'it cannot be reached',
      { onlineCa: () => Promise.reject(new TrustfleetError('TF_ONLINE_CA', 'connect ECONNREFUSED')) },
      'online CA: connect ECONNREFUSED',
    ],
    [
      'it answers with rubbish',
      { onlineCa: () => Promise.resolve(Uint8Array.of(0x30, 0x03, 1, 1, 1)) },
      'online CA: ',
    ],
    [
      'it certifies another key',
      { onlineCa: async () => (await phone()).mic.der },
      'the online CA certified another key than that of SEP001F9E266369',
    ],
  ])('refuses the phone when %s', async (_, more, refused) => {
    const made = await online();
    const answer = await enrol(made, await phone(), { ...made.lab.context, ...more });
    expect(answer).toEqual({ refused: expect.stringContaining(refused) });
  });

  it('takes a fault of the program for no answer of the CA', async () => {
    const made = await online();
    const onlineCa = () => Promise.reject(new TypeError('x is not a function'));
    await expect(enrol(made, await phone(), { ...made.lab.context, onlineCa })).rejects.toThrow(TypeError);
  });

  it('has no EC keys (capf.md 11)', async () => {
    const made = await online();
    const { publicKey } = await keyPair();
    const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }));
    const key = { type: 'ec', curve: 'prime256v1' } as const;
    const { answer } = await capfIssue(
      made.state,
      { device: DEVICE, key, publicKey: spki, request: undefined },
      made.lab.context,
    );
    expect(answer).toEqual({ refused: expect.stringContaining('RSA keys only') });
  });
});

describe('utils capf set keep_alive (R-100)', () => {
  it.each([5, 15, 60])('%i minutes', async (minutes) => {
    const made = await cluster('12.5(1)');
    expect(made.state.capf.keepAliveMinutes).toBe(15);
    await made.run(utils({ name: 'set keep_alive', minutes }));
    expect(made.state.capf.keepAliveMinutes).toBe(minutes);
  });

  it.each([4, 61, 7.5])('%d is refused', async (minutes) => {
    const { run } = await cluster('12.5(1)');
    await expect(run(utils({ name: 'set keep_alive', minutes }))).rejects.toThrow('expected 5 to 60 minutes');
  });
});
