import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasIpv6Loopback } from '../../src/net/addresses.js';
import { resolveScenarios } from '../../src/scenario/catalogue.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';

/** A shipped scenario of 100 phones with 4 of them, figures and all. */
function withFour(name: string): string {
  const [file = ''] = resolveScenarios(name);
  return readFileSync(file, 'utf8').replace(/\b100\b(?!%)/g, '4');
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('LSCs of an outside CA, over sockets (OP-26)', () => {
  it('offline-ca: requests pile up, are listed, dumped, signed outside and imported, and the phones come back for them', async () => {
    const result = await play(withFour('offline-ca'), '127.35.1.1');
    expect(unmet(result)).toEqual([]);
    const printed = new Map(result.steps.map(({ about, output }) => [about, output]));
    expect(printed.get('utils capf csr list')).toHaveLength(4);
    expect(printed.get('utils capf csr count')).toEqual(['Number of pending CSRs: 4']);
    expect(printed.get('utils capf csr dump')?.[0]).toBe('4 CSRs dumped');
    expect(printed.get('utils capf cert import')?.at(-1)).toMatch(/^SEP[0-9A-F]{12}: certificate imported$/);
  });

  it('online-ca: nothing before the chain is uploaded, LSCs after it', async () => {
    expect(unmet(await play(withFour('online-ca'), '127.35.1.11'))).toEqual([]);
  });

  it.each([
    ['a wrong password', 'accepts: { username: capf, password: other }'],
    ['a certificate for another key', 'answers: other-key'],
  ])('online-ca with %s: the operation fails, and stays pending', async (_, trouble) => {
    const result = await play(
      `name: trouble
cluster: { profile: CL-3, parameters: { certificate-issuer: online-ca }, onlineCa: { ${trouble} } }
fleet:
  groups:
    - { group: A, model: 8841, phones: 1, capf: { operation: install, auth: null-string, key: rsa-1024 } }
start: factory
clock: { scale: 1000 }
steps:
  - operate: { trust-import: { authorities: [Example Root CA], to: [CAPF-trust] } }
  - phones: { power-on: all }
  - expect:
      - { count: capf_sessions, is: 1, by: { result: { fail: 1 } } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 1 }
  - phones: { reset: all }
  - expect: [ { count: capf_sessions, is: 1, by: { result: { fail: 1 } } } ]
`,
      '127.35.1.21',
    );
    expect(unmet(result)).toEqual([]);
  });
});

describe('T6 over real IPv4 and IPv6 sockets (S-16)', () => {
  it.skipIf(!hasIpv6Loopback())(
    'all 15 rows: `Enable IPv6` True, with the IPv6 path broken, and False',
    async () => {
      const [file = ''] = resolveScenarios('S-16');
      // one phone a row in place of 40: 6 over IPv6 and 5 over IPv4, then 6 over IPv4
      const text = readFileSync(file, 'utf8')
        .replace(/\b40\b/g, '1')
        .replace(/\b440\b/g, '11')
        .replace(/\b240\b/g, '6')
        .replace(/\b200\b/g, '5')
        .replace('scale: 60', 'scale: 600');
      expect(unmet(await play(text, '127.35.1.31'))).toEqual([]);
    },
  );
});

describe('calibrate: handshakes', () => {
  it('holds the handshakes that phones made against bare ones of the same run', async () => {
    const result = await play(
      `name: rates
cluster: { profile: CL-3, mode: mixed }
fleet:
  groups:
    - group: A
      model: 8841
      phones: 2
      security: encrypted
      capf: { operation: install, auth: null-string, key: rsa-2048 }
start: factory
clock: { scale: 1000 }
calibrate: handshakes
steps:
  - phones: { power-on: all }
  - expect: [ { count: registrations, where: { result: accepted, certificate: lsc }, is: 2 } ]
  - wait: 1s
  - phones: { power-off: all }
`,
      '127.35.1.51',
    );
    expect(unmet(result)).toEqual([]);
    const [boot] = result.rates;
    expect(boot).toMatchObject({ step: 1, phones: 2, handshakes: { 'server-auth': 2 } });
    // registrations; standby connections may come after the step
    expect(boot?.handshakes.mutual).toBeGreaterThanOrEqual(2);
    for (const rate of [boot?.clock, boot?.cpu]) {
      expect(rate?.rate).toBeGreaterThan(0);
      expect(rate?.limit).toBeGreaterThan(0);
      expect(rate?.ratio).toBeCloseTo((rate?.rate ?? 0) / (rate?.limit ?? 1), 2);
    }
  });
});

describe('ten wrong strings (R-92)', () => {
  it('shut phone and CAPF for the same ten minutes of clock.scale', async () => {
    const wrong = Array.from({ length: 10 }, () => '  - phones: { type: "0000", of: all }').join('\n');
    const result = await play(
      `name: wrong strings
fleet:
  groups:
    - group: A
      model: 8841
      phones: 1
      capf: { operation: install, auth: string, string: "12345", key: rsa-1024 }
clock: { scale: 200 }
steps:
  - mark: begin
${wrong}
  - expect: [ { count: capf_sessions, where: { result: invalid-auth-str }, is: 1 } ]
  - phones: { type: "12345", of: all }
  - expect: [ { count: capf_sessions, is: 0 } ]
  # ten minutes are three seconds
  - wait: 11min
  - phones: { type: "12345", of: all }
  - expect: [ { count: capf_sessions, is: 1, by: { result: { success: 1 } } } ]
`,
      '127.35.1.41',
    );
    expect(unmet(result)).toEqual([]);
  });
});
