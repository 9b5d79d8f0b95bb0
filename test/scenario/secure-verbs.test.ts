import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';

/** A scenario of a mixed cluster with one step. */
function textOf(step: string, head = ''): string {
  return `name: x\ncluster: { mode: mixed }\n${head}steps:\n  - ${step}\n`;
}

function operationsOf(operate: string, head = ''): unknown {
  const [step] = readScenario(textOf(`operate: ${operate}`, head), 'x.yaml').steps;
  return step?.kind === 'operate' ? step.operations : undefined;
}

function problems(text: string): string {
  try {
    readScenario(text, 'x.yaml');
  } catch (error) {
    if (error instanceof TrustfleetError && error.code === 'TF_SCENARIO_INVALID') return error.message;
    throw error;
  }
  throw new Error('the scenario was accepted');
}

/** Phones that bring an LSC of a cluster outside the run. */
const WITH_STRANGER = 'fleet: { set: [ { for: { model: 7942 }, lsc: source } ] }\n';

const L42 = { kind: 'field', field: 'group', anyOf: ['L42'] };

describe('verbs of the secure half become operations of the cluster (contracts.md 4)', () => {
  it.each<[operate: string, operation: object]>([
    [
      '{ ctl-client: set-non-secure, tokens: [T1, T2] }',
      { op: 'ctl-client', action: 'set-non-secure', tokens: ['T1', 'T2'] },
    ],
    [
      '{ ctl-client: update, tokens: T3, remove: T1 }',
      { op: 'ctl-client', action: 'update', tokens: ['T3'], remove: ['T1'] },
    ],
    [
      '{ device: { of: all, firmware: sip88xx.14-2-1-0101-70 } }',
      { op: 'device', of: { kind: 'all' }, set: { load: 'sip88xx.14-2-1-0101-70' } },
    ],
    ['{ install-load: sip88xx.14 }', { op: 'install-load', load: 'sip88xx.14', image: 'signed' }],
    [
      '{ install-load: sip88xx.14, image: tampered }',
      { op: 'install-load', load: 'sip88xx.14', image: 'tampered' },
    ],
    ['{ reset-localkey: ctl }', { op: 'reset-localkey', list: 'ctl' }],
    ['{ delete-ctl: true, nodes: [PUB, SUB1] }', { op: 'delete-ctl', nodes: ['PUB', 'SUB1'] }],
    ['{ set-tls-min: "1.2" }', { op: 'set-tls-min', version: '1.2', nodes: 'all' }],
    ['{ set-tls-min: 1.0, nodes: PUB }', { op: 'set-tls-min', version: '1.0', nodes: ['PUB'] }],
    ['{ common-criteria: true }', { op: 'common-criteria', enable: true, nodes: 'all' }],
    ['{ fips: false, nodes: [SUB2] }', { op: 'fips', enable: false, nodes: ['SUB2'] }],
    ['{ parameter: { enable-ipv6: true } }', { op: 'parameter', name: 'enable-ipv6', value: true }],
    [
      '{ parameter: { certificate-validity: 365 } }',
      { op: 'parameter', name: 'certificate-validity', value: 365 },
    ],
    [
      '{ trust-import: { certificates: [CallManager, TVS], to: Phone-SAST-trust } }',
      { op: 'trust-import', source: { certificates: ['CallManager', 'TVS'] }, to: ['Phone-SAST-trust'] },
    ],
    [
      '{ trust-import: { tokens: [T1], to: [Phone-SAST-trust] } }',
      { op: 'trust-import', source: { tokens: ['T1'] }, to: ['Phone-SAST-trust'] },
    ],
    [
      '{ trust-import: { authorities: Example Root CA, to: [CAPF-trust, CallManager-trust] } }',
      {
        op: 'trust-import',
        source: { authorities: ['Example Root CA'] },
        to: ['CAPF-trust', 'CallManager-trust'],
      },
    ],
    [
      '{ trust-import: { mic-roots: all, to: CallManager-trust } }',
      { op: 'trust-import', source: { micRoots: 'all' }, to: ['CallManager-trust'] },
    ],
    [
      '{ trust-delete: { certificates: [mic-roots, CAPF], from: [CallManager-trust] } }',
      { op: 'trust-delete', certificates: ['mic-roots', 'CAPF'], from: ['CallManager-trust'] },
    ],
    [
      '{ csr: CallManager, distribution: multi-server, names: [cucm.example] }',
      {
        op: 'csr',
        purpose: 'CallManager',
        nodes: 'all',
        distribution: 'multi-server',
        names: ['cucm.example'],
      },
    ],
    [
      '{ sign: CallManager, by: Example Issuing CA, change: { drop-names: a.example, days: -1, from-days: 5, key: other } }',
      {
        op: 'sign',
        purpose: 'CallManager',
        nodes: 'all',
        by: 'Example Issuing CA',
        change: { dropNames: ['a.example'], days: -1, fromDays: 5, key: 'other' },
      },
    ],
    [
      '{ sign: phones, by: Example Issuing CA }',
      { op: 'sign', purpose: 'phones', nodes: 'all', by: 'Example Issuing CA' },
    ],
    ['{ upload: tomcat, nodes: [PUB] }', { op: 'upload', purpose: 'tomcat', nodes: ['PUB'] }],
    [
      '{ capf: { of: { group: L42 }, operation: install, auth: string, string: "0815", key: rsa-1024 } }',
      {
        op: 'capf',
        of: L42,
        operation: 'install',
        auth: 'string',
        string: '0815',
        key: { order: 'rsa-only', rsaBits: 1024 },
      },
    ],
    [
      '{ capf: { of: { has: lsc }, operation: delete, auth: existing-mic } }',
      {
        op: 'capf',
        of: { kind: 'field', field: 'has', anyOf: ['lsc'] },
        operation: 'delete',
        auth: 'existing-mic',
        string: null,
      },
    ],
    [
      '{ capf: { of: all, key: ec-256-or-rsa-2048 } }',
      { op: 'capf', of: { kind: 'all' }, key: { order: 'ec-preferred', ecBits: 256, rsaBits: 2048 } },
    ],
    [
      '{ device: { of: { group: L42 }, security: non-secure, tftp-encryption: default, ip: two-stack } }',
      { op: 'device', of: L42, set: { security: 'non-secure', tftpEncryption: null, ipMode: 'two-stack' } },
    ],
    [
      '{ device: { of: all, callManagerGroup: [SUB2, PUB] } }',
      {
        op: 'device',
        of: { kind: 'all' },
        set: { callManagerGroup: { name: 'SUB2+PUB', nodes: ['SUB2', 'PUB'] } },
      },
    ],
    [
      '{ utils-capf: set keep_alive 60 }',
      { op: 'utils-capf', command: { name: 'set keep_alive', minutes: 60 } },
    ],
    ['{ utils-capf: stale-lsc delete all }', { op: 'utils-capf', command: { name: 'stale-lsc delete all' } }],
  ])('%s', (operate, operation) => {
    expect(operationsOf(operate)).toEqual([operation]);
  });

  it('an import from a cluster that phones bring an LSC of', () => {
    expect(
      operationsOf(
        '{ trust-import: { certificates: [CAPF], from: source, to: [CallManager-trust] } }',
        WITH_STRANGER,
      ),
    ).toEqual([
      {
        op: 'trust-import',
        source: { certificates: ['CAPF'], cluster: 'source' },
        to: ['CallManager-trust'],
      },
    ]);
  });

  it('each with a refusal that is wanted, in its map or beside it', () => {
    const steps = `operate: { fips: true, refused: no }
  - operate: { capf: { of: all, operation: none } }
    refused: unknown`;
    expect(readScenario(textOf(steps), 'x.yaml').steps).toMatchObject([
      { refused: 'no' },
      { refused: 'unknown' },
    ]);
  });

  it('each tells in a line what it does', () => {
    const abouts = (plan: ScenarioPlan): string[] => plan.steps.map(({ about }) => about);
    const steps = `operate: { set-tls-min: "1.2" }
  - operate: { trust-delete: { certificates: CAPF, from: CallManager-trust } }
  - operate: { capf: { of: { model: 7942 }, operation: install, auth: null-string } }
  - operate: { csr: TVS, nodes: [SUB2] }
  - fault: { refuse: CAPF, eachPhone: 75s }
  - fault: { refuse: ipv6, service: CAPF, nodes: PUB }
  - phones: { type: "12345", of: { model: 7942 } }`;
    expect(abouts(readScenario(textOf(steps), 'x.yaml'))).toEqual([
      'set tls min-version 1.2 on all nodes',
      'delete CAPF from CallManager-trust',
      'CAPF information of selected phones: install by null-string',
      'generate CSR for TVS on SUB2',
      'CAPF refuses each phone for 75 s on all nodes',
      'CAPF refuses ipv6 on PUB',
      'type 12345 on selected phones',
    ]);
  });
});

describe('faults of the secure half', () => {
  it.each<[fault: string, read: object]>([
    ['{ stop: [CAPF] }', { stop: ['CAPF'], nodes: 'all' }],
    ['{ refuse: CAPF, eachPhone: 75s }', { refuse: 'CAPF', eachPhoneMs: 75_000, nodes: 'all' }],
    ['{ refuse: TVS, nodes: [SUB1] }', { refuse: 'TVS', eachPhoneMs: null, nodes: ['SUB1'] }],
    ['{ refuse: ipv6, service: CAPF }', { refuse: 'ipv6', service: 'CAPF', nodes: 'all' }],
    ['{ power: { at: capf, of: { group: L42 } } }', { power: { at: 'capf', of: L42 } }],
  ])('%s', (text, read) => {
    const [step] = readScenario(textOf(`fault: ${text}`), 'x.yaml').steps;
    expect(step?.kind === 'fault' && step.fault).toEqual(read);
  });
});

describe('what is wrong is said, with what was expected', () => {
  it.each<[name: string, step: string, message: RegExp]>([
    ['a client without tokens', 'operate: { ctl-client: update }', /tokens: found nothing/],
    [
      'mixed mode by the CTL client where it is so',
      'operate: { ctl-client: set-mixed, tokens: [T1] }',
      /found set-mixed, but CL-3 is in mixed mode already/,
    ],
    [
      'a token twice',
      'operate: { ctl-client: update, tokens: [T1, T1] }',
      /found token T1 twice, expected it once/,
    ],
    [
      'an action of the client',
      'operate: { ctl-client: sett-mixed, tokens: [T1] }',
      /did you mean "set-mixed"/,
    ],
    ['a list that has no local key', 'operate: { reset-localkey: tvs }', /found "tvs", expected itl or ctl/],
    ['a CTL deleted by half', 'operate: { delete-ctl: false }', /found false, expected true/],
    [
      'a CTL deleted where there is none',
      'operate: { delete-ctl: true, nodes: [SUB2] }',
      /found TFTP on SUB2, where it does not run; it runs on PUB, SUB1/,
    ],
    ['a TLS version', 'operate: { set-tls-min: "1.4" }', /found "1.4", expected a TLS version/],
    [
      '1.3 before 15SU2 (R-114)',
      'operate: { set-tls-min: "1.3" }',
      /found 1.3 in 12.5\(1\), which takes it only from 15SU2 on/,
    ],
    ['a mode that is a word', 'operate: { fips: enable }', /found "enable", expected true or false/],
    [
      'a node that is not there',
      'operate: { common-criteria: true, nodes: [SUB7] }',
      /found node "SUB7", which the cluster does not have/,
    ],
    [
      'a store',
      'operate: { trust-import: { tokens: T1, to: PhoneSAST-trust } }',
      /did you mean "Phone-SAST-trust"/,
    ],
    [
      'an import of nothing',
      'operate: { trust-import: { to: CAPF-trust } }',
      /expected one of certificates, tokens/,
    ],
    [
      'an import from nowhere',
      'operate: { trust-import: { certificates: [CAPF], from: moon, to: CallManager-trust } }',
      /unknown cluster "moon".*no phone of the fleet has an LSC of another cluster/,
    ],
    [
      'an unknown CA',
      'operate: { sign: TVS, by: Exampel Issuing CA }',
      /unknown CA "Exampel Issuing CA".*did you mean "Example Issuing CA"/,
    ],
    ['a signature by nobody', 'operate: { sign: TVS }', /by: found nothing, expected a name/],
    [
      'a slip in a change',
      'operate: { sign: TVS, by: Example Issuing CA, change: { dropnames: a } }',
      /drop-names/,
    ],
    [
      'CAPF for nobody',
      'operate: { capf: { operation: install } }',
      /of: found nothing, expected "all" or a map/,
    ],
    ['CAPF without a word', 'operate: { capf: { of: all } }', /found nothing to set, expected operation/],
    [
      'a string that is missing',
      'operate: { capf: { of: all, operation: install, auth: string } }',
      /auth "string" without the string itself/,
    ],
    [
      'a string for nothing',
      'operate: { capf: { of: all, auth: null-string, string: "12345" } }',
      /found a string beside auth null-string/,
    ],
    [
      'a string that YAML takes for a number',
      'operate: { capf: { of: all, auth: string, string: 12345 } }',
      /found 12345, expected 4 to 10 digits in quotes/,
    ],
    [
      'a key',
      'operate: { capf: { of: all, key: rsa-3000 } }',
      /found "rsa-3000", expected rsa-512 to rsa-4096/,
    ],
    [
      'what the database does not know',
      'operate: { capf: { of: { state: registered }, operation: none } }',
      /found state, which the database does not know/,
    ],
    [
      'a list that the database does not know of',
      'operate: { device: { of: { has: [lsc, ctl] }, security: encrypted } }',
      /found has: ctl, which the database does not know/,
    ],
    [
      'devices that are not there',
      'operate: { device: { of: { group: L43 }, security: encrypted } }',
      /no phone of FLEET-A can match.*did you mean "L42"/,
    ],
    ['a change of nothing', 'operate: { device: { of: all } }', /found nothing to change, expected security/],
    ['a command', 'operate: { utils-capf: csr lst }', /did you mean "csr list"/],
    [
      'a keep-alive past R-100',
      'operate: { utils-capf: set keep_alive 61 }',
      /expected .*set keep_alive 5 to 60/,
    ],
    [
      'days past R-99',
      'operate: { parameter: { certificate-validity: 1826 } }',
      /found 1826, expected a whole number from 1 to 1825/,
    ],
    [
      'an issuer',
      'operate: { parameter: { certificate-issuer: verisign } }',
      /expected capf or online-ca or offline-ca/,
    ],
    ['a family without service', 'fault: { refuse: ipv6 }', /service: found nothing/],
    ['a family that is none', 'fault: { refuse: ipv5, service: CAPF }', /found "ipv5", expected/],
    ['an outage without unit', 'fault: { refuse: CAPF, eachPhone: 75 }', /found 75, expected a time/],
    [
      'a service that does not run there',
      'fault: { refuse: CAPF, nodes: [SUB1] }',
      /found CAPF on SUB1, where it does not run; it runs on PUB/,
    ],
    ['a point of the boot', 'fault: { power: { at: lunch, of: all } }', /found "lunch", expected one of ctl/],
    [
      'a power cut for nobody',
      'fault: { power: { at: ctl, of: { group: X } } }',
      /no phone of FLEET-A can match: group "X"/,
    ],
    [
      'a string that is a number',
      'phones: { type: 12345 }',
      /found 12345, expected 1 to 15 characters in quotes/,
    ],
    [
      'an outcome that CAPF has not',
      'expect: [ { count: capf_sessions, where: { result: sucess }, is: 0 } ]',
      /found "sucess", expected one of success.*did you mean "success"/,
    ],
  ])('%s', (_, step, message) => {
    expect(problems(textOf(step))).toMatch(message);
  });

  it.each<[name: string, head: string, message: RegExp]>([
    [
      'one token',
      'release: 9.1(2)\ncluster: { mode: mixed, tokens: T1 }',
      /tokens: found 1 token, expected 2 or more/,
    ],
    [
      'tokens in 14 (1.2)',
      'release: "14"\ncluster: { mode: mixed, tokens: [T1, T2] }',
      /found tokens in 14, whose CTL client ended with 14/,
    ],
    [
      'lists of another cluster',
      'fleet: { set: [ { for: all, holds: source } ] }',
      /holds: found "source", expected own or none/,
    ],
    [
      'one address family for both',
      'fleet: { set: [ { for: { model: 7942 }, ip: { mode: ipv4, addresses: [ipv4, ipv6] } } ] }',
      /found ipv4 and ipv6 in mode ipv4, expected ipv4 alone, or mode two-stack/,
    ],
    [
      'IPv6 on a model without it',
      'fleet: { add: [ { group: N60, model: 7960, phones: 1, ip: { mode: ipv6 } } ] }',
      /ip: found IPv6, which a 7960 does not have/,
    ],
    [
      'a setting with IPv6 on such a model',
      'fleet: { add: [ { group: N60, model: 7960, phones: 1 } ], set: [ { for: all, ip: { mode: two-stack } } ] }',
      /ip: found IPv6, which a 7960 does not have/,
    ],
    [
      'a setting with a protocol that a model lacks',
      'fleet: { set: [ { for: { model: [7942, 8841] }, protocol: SCCP } ] }',
      /protocol: found SCCP, but a 8841 speaks SIP/,
    ],
    [
      'TLS versions upside down',
      'fleet: { set: [ { for: all, tls: { min: "1.2", max: "1.0" } } ] }',
      /min: found 1.2, expected at most 1.0/,
    ],
    [
      'a string of a group that is missing',
      'fleet: { groups: [ { group: A, model: 7942, phones: 1, capf: { operation: install, auth: string } } ] }',
      /auth "string" without the string itself/,
    ],
  ])('%s', (_, head, message) => {
    expect(problems(`name: x\n${head}\nsteps: [ { wait: 1s } ]`)).toMatch(message);
  });

  it('only the CAPF of a cluster outside the run is there to be imported', () => {
    const step = 'operate: { trust-import: { certificates: [TVS], from: source, to: TVS-trust } }';
    expect(problems(textOf(step, WITH_STRANGER))).toMatch(
      /found TVS of source, of which there is only the CAPF/,
    );
    expect(
      problems(textOf(step.replace('[TVS], from: source', '[CAPF], from: sorce'), WITH_STRANGER)),
    ).toMatch(/unknown cluster "sorce", expected one that a phone's "lsc" names: source/);
  });

  it('mixed mode before 10.0 takes two tokens, and is right with them', () => {
    const plan = readScenario(
      'name: x\nrelease: 9.1(2)\ncluster: { mode: mixed, tokens: [T1, T2] }\nsteps: [ { wait: 1s } ]',
      'x.yaml',
    );
    expect(plan.clusters[0]).toMatchObject({ mode: 'mixed', tokens: ['T1', 'T2'] });
  });
});
