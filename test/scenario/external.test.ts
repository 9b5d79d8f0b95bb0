import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { externalRoutes } from '../../src/fleet/external-routes.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { parseCidr } from '../../src/net/addresses.js';
import { capfCertificate } from '../../src/pki/cucm-certificates.js';
import { freshKeys } from '../../src/pki/keys.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';

const folder = mkdtempSync(join(tmpdir(), 'external-'));
const file = join(folder, 'x.yaml');
let der: Uint8Array;

beforeAll(async () => {
  const pair = await freshKeys.rsa(1024);
  const certificate = capfCertificate('0badcafe', {
    ...pair,
    organisation: { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' },
    digest: 'sha256',
    serial: Uint8Array.of(1),
    notBefore: new Date(0),
    notAfter: new Date(2 ** 41),
  });
  der = certificate.der;
  writeFileSync(join(folder, 'some.pem'), certificate.toPem());
  writeFileSync(join(folder, 'empty.pem'), 'no certificate\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A node whose services are `services`, and phones for it; steps stand in line 6. */
const scenario = (services: string, more = 'start: factory', steps = 'wait: 1s', cluster = ''): string =>
  [
    'name: x',
    `cluster: { ${cluster} nodes: [ { name: PUB, services: ${services} } ] }`,
    'fleet: { groups: [ { group: A, model: 8841, phones: 1, lsc: none, security: non-secure, tftp: [PUB], callManagerGroup: [PUB] } ] }',
    more,
    'steps:',
    `  - ${steps}`,
  ].join('\n');

const plan = (...parts: Parameters<typeof scenario>): ScenarioPlan => readScenario(scenario(...parts), file);

function problems(text: string): string[] {
  try {
    readScenario(text, file);
  } catch (error) {
    if (error instanceof TrustfleetError) return error.message.replaceAll(`${file}:`, '').split('\n');
    throw error;
  }
  throw new Error('the scenario was accepted');
}

describe('a service that is a real one elsewhere', () => {
  it.each([
    [
      'a file server has TFTP where it says and HTTP at the real port of the same address',
      '{ CallManager: true, TFTP: { external: 127.0.0.5:6900 } }',
      { tftp: '127.0.0.5:6900', http: '127.0.0.5:6970' },
    ],
    [
      'ports that are not said are the real ones',
      '{ CallManager: true, TFTP: { external: 127.0.0.5 }, TVS: { external: 127.0.0.6, certificate: some.pem } }',
      { tftp: '127.0.0.5:69', http: '127.0.0.5:6970', tvs: '127.0.0.6:2445' },
    ],
    [
      'a CAPF has an address of each family',
      '{ TFTP: true, CallManager: true, CAPF: { external: { capf: 127.0.0.5, capfIpv6: "[::1]:3900" }, certificate: some.pem } }',
      { capf: '127.0.0.5:3804', capfIpv6: '::1:3900' },
    ],
    [
      'a CallManager by its address has all four',
      '{ CallManager: { external: 127.0.0.5 }, TFTP: true }',
      { sccp: '127.0.0.5:2000', sccps: '127.0.0.5:2443', sip: '127.0.0.5:5060', sips: '127.0.0.5:5061' },
    ],
    [
      'or some of them: the others stay ours',
      '{ CallManager: { external: { sip: 127.0.0.5:5070, sips: 127.0.0.6 } }, TFTP: true }',
      { sip: '127.0.0.5:5070', sips: '127.0.0.6:5061' },
    ],
    [
      'CAPF alone is reached over IPv6, too',
      '{ CallManager: true, TFTP: true, CAPF: { external: "[::1]:3904", certificate: some.pem } }',
      { capf: '::1:3904' },
    ],
  ])('%s', (_, services, expected) => {
    const [node] = plan(services).clusters[0].nodes;
    const places = Object.entries(node?.external?.places ?? {});
    expect(
      Object.fromEntries(places.map(([port, { address, port: number }]) => [port, `${address}:${number}`])),
    ).toEqual(expected);
  });

  it('brings its certificate from a file beside the scenario; true and false are ours and nobody’s', () => {
    const services =
      '{ CallManager: true, TFTP: true, TVS: false, CAPF: { external: 127.0.0.5, certificate: some.pem } }';
    const [node] = plan(services).clusters[0].nodes;
    expect(node?.services).toEqual(['CallManager', 'TFTP', 'CAPF']);
    expect(node?.external?.certificates).toEqual({ CAPF: Uint8Array.from(der) });
  });

  it('may stand in a cluster file of one’s own, whose certificates lie beside it', () => {
    writeFileSync(
      join(folder, 'lab.yaml'),
      'name: LAB\nabout: mine\nnodes:\n  - { name: PUB, services: { CallManager: true, TFTP: true, CAPF: { external: 127.0.0.5, certificate: some.pem } } }\n',
    );
    const text = scenario('[TFTP]').replace(/cluster: .*/, 'cluster: ./lab.yaml');
    const [{ name, nodes }] = readScenario(text, file).clusters;
    expect([name, nodes[0]?.external?.places]).toEqual([
      'LAB',
      { capf: { address: '127.0.0.5', port: 3804 } },
    ]);
  });

  it.each([
    ['[TFTP, CallManager, { CAPF: x }]', /^2:\d+: .*found a map/],
    [
      '{ TFTP: true, CallManager: true, SIP: true }',
      /^2:\d+: found unknown service "SIP", expected one of TFTP, /,
    ],
    [
      '{ TFTP: true, CallManager: true, toString: true }',
      /^2:\d+: found unknown service "toString", expected one of TFTP, /,
    ],
    [
      '{ TFTP: yes please, CallManager: true }',
      /^2:53: TFTP: found "yes please", expected true, false, or \{ external/,
    ],
    [
      '{ TFTP: true, CallManager: true, CAPF: { external: { capfIpv6: "[::1]" } } }',
      /^2:\d+: found capfIpv6 alone, expected capf beside it/,
    ],
    [
      '{ TFTP: true, CallManager: true, CAPF: { external: { capf: 127.0.0.5, capfIpv6: 127.0.0.6 } } }',
      /^2:\d+: capfIpv6: found 127.0.0.6, expected an IPv6 address/,
    ],
    [
      '{ TFTP: { extern: 127.0.0.5 }, CallManager: true }',
      // and not that there is no external address, which is what it is
      /^2:55: found unknown key "extern", expected external or certificate$/,
    ],
    [
      '{ TFTP: { external: pub.lab.example }, CallManager: true }',
      /found "pub\.lab\.example", expected an address/,
    ],
    [
      '{ TFTP: { external: 127.0.0.5:70000 }, CallManager: true }',
      /found "127\.0\.0\.5:70000", expected an address/,
    ],
    ['{ TFTP: { external: "::1" }, CallManager: true }', /found ::1, expected an IPv4 address/],
    [
      '{ TFTP: true, CallManager: { external: 127.0.0.5:5060 } }',
      /found "127\.0\.0\.5:5060", expected an address alone/,
    ],
    [
      '{ TFTP: true, CallManager: { external: { sip: 127.0.0.5, ssip: 127.0.0.5 } } }',
      /unknown port "ssip" of CallManager, expected sccp, sccps, sip, sips/,
    ],
    [
      '{ TFTP: true, CallManager: true, CAPF: { external: 127.0.0.5, certificate: none.pem } }',
      /^2:\d+: certificate: cannot read .*none\.pem: no such file or directory/,
    ],
    [
      '{ TFTP: true, CallManager: true, CAPF: { external: 127.0.0.5, certificate: empty.pem } }',
      /certificate: .*empty\.pem: found no PEM block/,
    ],
    [
      '{ TFTP: true, CallManager: true, CAPF: { external: 127.0.0.5 } }',
      /found no certificate of the external CAPF, expected certificate: FILE\.pem, which the lists of PUB/,
    ],
  ])('%s is refused where it stands', (services, message) => {
    expect(problems(scenario(services)).join('\n')).toMatch(message);
  });

  it.each([
    ['start: healthy', 'wait: 1s', /^2:.* TFTP: found an external TFTP server with start: healthy/],
    [
      'clock: { mode: virtual }',
      'wait: 1s',
      /^2:.*external service \(127\.0\.0\.5:69\) with the virtual clock/,
    ],
    [
      'start: factory',
      'operate: { restart: TFTP }',
      /^6:.*found TFTP of PUB is an external service \(127\.0\.0\.5:69\)/,
    ],
    ['start: factory', 'operate: { set-cluster: mixed-mode }', /^6:.*TFTP of PUB is an external service/],
    ['start: factory', 'fault: { stop: [TFTP], nodes: [PUB] }', /^6:.*out of reach: TFTP of PUB/],
  ])('with %s, %s cannot be', (more, step, message) => {
    const found = problems(scenario('{ TFTP: { external: 127.0.0.5 }, CallManager: true }', more, step));
    expect(found.join('\n')).toMatch(message);
  });

  it('a CAPF operation of the embedded database cannot be for an external CAPF, which would never tell it of its end', () => {
    const services =
      '{ TFTP: true, CallManager: true, CAPF: { external: 127.0.0.5, certificate: some.pem } }';
    const found = problems(
      scenario(services, 'start: healthy', 'operate: { capf: { of: all, operation: install } }'),
    );
    expect(found.join('\n')).toMatch(
      /^6:\d+.*CAPF of PUB is an external service \(127\.0\.0\.5:3804\).*set the operation at that CAPF, and capf: \{ operation: … \} of a group/,
    );
  });

  it('phones with an LSC of a CAPF that is elsewhere cannot be made up', () => {
    const text = scenario(
      '{ TFTP: true, CallManager: true, CAPF: { external: 127.0.0.5, certificate: some.pem } }',
    );
    expect(problems(text.replace('lsc: none', 'lsc: own'))[0]).toMatch(
      /^3:.*its key is not here; expected lsc: none/,
    );
  });

  it('in mixed mode its certificate has to be in the CTL', () => {
    const services = '{ TFTP: true, CAPF: true, CallManager: { external: { sips: 127.0.0.5 } } }';
    const found = problems(scenario(services, 'start: factory', 'wait: 1s', 'mode: mixed,'));
    expect(found[0]).toMatch(/found no certificate of the external CallManager/);
  });

  it('has no certificate of its own that another cluster could import', () => {
    const services = '{ TFTP: true, CallManager: true, TVS: { external: 127.0.0.5, certificate: some.pem } }';
    const text = (purpose: string): string =>
      [
        'name: x',
        `clusters: { source: CL-3, destination: { nodes: [ { name: PUB, services: ${services} } ] } }`,
        'steps:',
        `  - operate: { trust-import: { certificates: ${purpose}, from: destination, to: CallManager-trust }, cluster: source }`,
      ].join('\n');
    expect(problems(text('TVS'))).toEqual([
      expect.stringMatching(/^4:.* found TVS, which destination does not have in 12\.5/),
    ]);
    expect(readScenario(text('CallManager'), file).steps).toHaveLength(1);
  });

  it('an address belongs to one node', () => {
    const text = scenario('{ TFTP: { external: 127.0.0.5 }, CallManager: true }').replace(
      ' ] }\nfleet',
      ', { name: SUB, services: { TFTP: { external: 127.0.0.5:70 } } } ] }\nfleet',
    );
    expect(problems(text)[0]).toMatch(/found 127\.0\.0\.5:70, an address of PUB already/);
    const own = plan('{ TFTP: { external: 127.10.0.1 }, CallManager: true }');
    expect(() => externalRoutes(laboratorySpec(own, loadModels()).clusters)).not.toThrow();
  });
});

describe('a target outside the loopback range', () => {
  const at = (external: string) =>
    plan(`{ TFTP: true, CallManager: true, CAPF: { external: "${external}", certificate: some.pem } }`);
  const build = (external: string, ...ranges: string[]) =>
    laboratorySpec(at(external), loadModels(), { allowTargets: ranges.map(parseCidr) });

  it.each([
    [
      '10.1.2.3:3804',
      /external capf of PUB at 10\.1\.2\.3 is outside the loopback range; say --allow-target 10\.1\.2\.3\/32/,
    ],
    ['[2001:db8::5]:3804', /2001:db8::5 is outside the loopback range; say --allow-target 2001:db8::5\/128/],
  ])('%s is refused unless the command line names it', (external, message) => {
    expect(() => build(external)).toThrow(message);
    expect(() => build(external, '10.2.0.0/16', '2001:db8:1::/48')).toThrow(/outside the loopback range/);
    expect(() => build(external, '10.1.0.0/16', '2001:db8::/32')).not.toThrow();
  });
});

describe('where phones find external services', () => {
  it('by the port of their firmware, by that of their configuration, and HTTP at the address of option 150', () => {
    const services =
      '{ TFTP: { external: { tftp: 127.0.0.5:6900, http: 127.0.0.6:80 } }, CallManager: { external: { sccps: 127.0.0.7:2444, sip: 127.0.0.7:5070 } } }';
    const routes = externalRoutes(laboratorySpec(plan(services), loadModels()).clusters);
    expect(Object.fromEntries(routes.map(([key, { address, port }]) => [key, `${address}:${port}`]))).toEqual(
      {
        '127.0.0.5 69': '127.0.0.5:6900',
        '127.0.0.5 6970': '127.0.0.6:80',
        '127.0.0.7 2443': '127.0.0.7:2444',
        '127.0.0.7 5070': '127.0.0.7:5070',
      },
    );
  });
});
