import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TrustfleetError } from '../../src/errors.js';
import { readScenario } from '../../src/scenario/read.js';

/** The example of contracts.md 4. */
const EXAMPLE = `name: forbidden-pair
about: CallManager and TVS regenerated together while the ITL is signed by CallManager
origin: S-03
release: "11.5(1)"
seed: 1
cluster: CL-3                     # profiles/clusters/CL-3.yaml, or the same inline
fleet: { profile: FLEET-A, phones: 1000, security: ALL-NS }
start: healthy                    # healthy: lists and configuration of their TFTP node; factory: nothing installed
knobs: {}                         # K-nn: value
clock: { mode: network, scale: 60 }
load: { concurrency: 200 }        # or { rate: 50/s } or { ramp: … }: how resets reach the phones
steps:
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl, result: updated }, is: 0 }
      - { count: tvs_requests, where: { for: itl, result: handshake-failed }, is: 2000, by: { node: { SUB1: 510, SUB2: 1000, PUB: 490 } } }
      - { count: phones_locked, is: 1000, by: { model: { 7942: 150, 7962: 150, 7975: 100, 8841: 200, 8851: 200, 8861: 100, 8865: 100 } } }
      - { count: alarms, where: { code: 8 }, is: 1000 }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 1000 }
      - { time: boot, p99: "< 60s" }
`;

describe('a scenario as the contract writes it', () => {
  const plan = readScenario(EXAMPLE, 'forbidden-pair.yaml');

  it('is read with everything it says', () => {
    expect(plan).toMatchObject({
      name: 'forbidden-pair',
      origin: 'S-03',
      seed: 1,
      clusters: [{ name: 'CL-3', release: '11.5(1)', mode: 'non-secure', parameters: {} }],
      fleet: { phones: 1000, set: [] },
      start: { state: 'healthy', off: null },
      knobs: {},
      clock: { mode: 'network', scale: 60 },
      load: { concurrency: 200 },
    });
    expect(plan.clusters[0].nodes.map(({ name }) => name)).toEqual(['PUB', 'SUB1', 'SUB2']);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['operate', 'operate', 'operate', 'phones', 'expect']);
  });

  it('numbers steps from 1 and knows the line of each expectation', () => {
    expect(plan.steps.map(({ step, line }) => [step, line])).toEqual([
      [1, 13],
      [2, 14],
      [3, 15],
      [4, 16],
      [5, 17],
    ]);
    const last = plan.steps[4];
    expect(last?.kind === 'expect' && last.expectations.map(({ line }) => line)).toEqual([
      18, 19, 20, 21, 22, 23,
    ]);
  });

  it('has the defaults of the contract where it is silent', () => {
    const silent = readScenario('name: x\nsteps: [ { wait: 1s } ]', 'x.yaml');
    expect(silent).toMatchObject({
      seed: 1,
      clusters: [{ name: 'CL-3', release: '12.5(1)', mode: 'non-secure' }],
      fleet: { spec: { name: 'FLEET-A' }, phones: 1000 },
      start: { state: 'healthy', off: null },
      clock: { mode: 'network', scale: 1 },
      load: { concurrency: 200 },
      health: {
        eventLoopDelaySeconds: 0.1,
        lateActionsRatio: 0.01,
        datagramsLostRatio: 0.001,
        openFilesRatio: 0.9,
        memoryRatio: 0.9,
      },
    });
  });
});

function planWith(line: string, steps = '[ { wait: 1s } ]') {
  return readScenario(`name: x\n${line}\nsteps: ${steps}`, 'x.yaml');
}

describe('what a scenario may say', () => {
  it.each([
    [
      'a lost CTL made anew (OP-07)',
      '[ { operate: { delete-ctl: true, nodes: all } }, { operate: { set-cluster: mixed-mode } } ]',
    ],
    [
      'the publisher rebuilt without a CTL (OP-21)',
      '[ { operate: { rebuild-publisher: true } }, { operate: { set-cluster: mixed-mode } } ]',
    ],
    [
      'to non-secure mode and back',
      '[ { operate: { set-cluster: non-secure-mode } }, { operate: { update-ctl: cli } }, { operate: { set-cluster: mixed-mode } } ]',
    ],
    [
      'the refusal of a mode that the cluster has',
      '[ { operate: { set-cluster: mixed-mode }, refused: already }, { operate: { set-cluster: non-secure-mode } } ]',
    ],
  ])('%s', (_, steps) => {
    expect(planWith('cluster: { mode: mixed }', steps).steps.length).toBeGreaterThan(1);
  });

  it.each([
    [
      'a group that is in no database left out of an operation on it',
      'fleet: { set: [ { for: { group: M65 }, inDatabase: false } ] }',
      '[ { operate: { device: { of: { not: { group: M65 } }, security: encrypted } } } ]',
    ],
    [
      'phones by the TFTP node that they were sent to',
      'fleet: { set: [ { for: all, tftp: PUB } ] }',
      '[ { phones: { retarget: { tftp: SUB1 }, of: all } }, { phones: { reset: { tftp: SUB1 } } } ]',
    ],
    [
      'mixed mode with one token where the CTL of two is still there (OP-02)',
      'release: 11.5(1)\ncluster: { mode: mixed, tokens: [T1, T2] }',
      '[ { operate: { ctl-client: set-non-secure, tokens: [T1] } }, { operate: { ctl-client: set-mixed, tokens: [T1] } } ]',
    ],
    [
      'an LSC of a cluster whose name is near to a word',
      'fleet: { set: [ { for: { model: 7942 }, lsc: one }, { for: { model: 8841 }, lsc: node } ] }',
      '[ { wait: 1s } ]',
    ],
    [
      'phones by a TFTP node that has left',
      'clusters: { source: CL-3, destination: CL-3 }',
      '[ { operate: { add-node: { name: SUB3, services: [CallManager, TFTP, TVS] }, cluster: source } }, { operate: { remove-node: SUB3, cluster: source } }, { phones: { reset: { tftp: [source/SUB3, source/PUB] } } } ]',
    ],
  ])('%s', (_, line, steps) => {
    expect(planWith(line, steps).steps.length).toBeGreaterThan(0);
  });

  it.each(['"12345"', '{ string: "12345" }'])('what a user types: %s', (text) => {
    const [typed] = planWith('seed: 1', `[ { phones: { type: ${text}, of: all } } ]`).steps;
    expect(typed).toMatchObject({ action: { action: 'type', string: '12345' } });
  });

  it.each([
    ['load: { rate: 50/s }', { rate: 50 }],
    [
      'load: { ramp: { from: 10/s, to: 200/s, over: 30s } }',
      { ramp: { from: 10, to: 200, overSeconds: 30 } },
    ],
  ])('%s', (line, load) => {
    expect(planWith(line).load).toEqual(load);
  });

  it.each([
    ['release: 12.5', '12.5'],
    ['release: 15', '15'],
    ['release: 14SU3', '14SU3'],
    ['release: 12.5(1)SU2', '12.5(1)SU2'],
  ])('%s without quotes', (line, release) => {
    expect(planWith(line).clusters[0].release).toBe(release);
  });

  it('a start with some phones left off', () => {
    expect(planWith('start: { state: healthy, off: { index: i mod 10 = 0 } }').start).toEqual({
      state: 'healthy',
      off: { kind: 'index', condition: { modulus: 10, values: [[0, 0]] } },
    });
  });

  it('a cluster inline', () => {
    const [cluster] = planWith(
      'cluster: { mode: mixed, parameters: { tftp-signature: SHA-512 }, nodes: [ { name: PUB, services: [CallManager, TFTP, TVS, CAPF] }, { name: SUB1, services: [CallManager, TFTP] }, { name: SUB2, services: CallManager } ] }',
    ).clusters;
    expect(cluster).toMatchObject({
      name: 'inline',
      mode: 'mixed',
      parameters: { 'tftp-signature': 'SHA-512' },
    });
    expect(cluster.nodes[2]).toEqual({ name: 'SUB2', services: ['CallManager'] });
  });

  it('groups beside a profile at another size come with all of their phones', () => {
    const { fleet } = planWith(
      'fleet: { profile: FLEET-A, phones: 20, add: [ { group: X, model: 8945, phones: 5 } ] }',
    );
    expect(fleet.phones).toBe(25);
    const sizes = Object.fromEntries(fleet.spec.groups.map(({ group, phones }) => [group, phones]));
    expect(sizes).toEqual({ L42: 3, L62: 3, L75: 2, M41: 4, M51: 4, M61: 2, M65: 2, X: 5 });
  });

  it('groups in place of the profile’s, beside it, and settings over them', () => {
    const { fleet } = planWith(
      'fleet: { groups: [ { group: A, model: 7942, phones: 10, security: SEC-MIX } ], add: [ { group: B, model: 8841, phones: 5, tftp: [SUB1, PUB], callManagerGroup: [SUB2, PUB], security: encrypted } ], set: [ { for: { group: A }, callManagerGroup: PUB } ] }',
    );
    expect(fleet.phones).toBe(15);
    expect(fleet.spec.groups.map(({ group, model, protocol }) => [group, model, protocol])).toEqual([
      ['A', '7942', 'SCCP'],
      ['B', '8841', 'SIP'],
    ]);
    expect(fleet.spec.groups[0]?.security).toHaveLength(3);
    expect(fleet.spec.groups[1]).toMatchObject({
      security: [{ index: 'all', value: 'encrypted' }],
      tftp: [{ index: 'all', value: ['SUB1', 'PUB'] }],
      // the profile has a name for these members
      callManagerGroup: [{ index: 'all', value: { name: 'CMG-2', nodes: ['SUB2', 'PUB'] } }],
    });
    expect(fleet.set).toEqual([
      {
        for: { kind: 'field', field: 'group', anyOf: ['A'] },
        callManagerGroup: { name: 'PUB', nodes: ['PUB'] },
      },
    ]);
  });

  it('every action on phones', () => {
    const { steps } = planWith(
      '',
      `
  - phones: { power-on: all, limit: 10s }
  - phones: { erase: both, of: { model: 7942 } }
    limit: 1m
  - phones: { factory-reset: { not: { locked: true } } }
    about: start again
  - phones: { reset: all, unfinished: allowed }
  - phones: { erase: ctl }
    unfinished: allowed`,
    );
    expect(steps).toMatchObject([
      { kind: 'phones', action: { action: 'power-on' }, of: { kind: 'all' }, limitMs: 10_000 },
      { kind: 'phones', action: { action: 'erase', what: 'both' }, of: { kind: 'field' }, limitMs: 60_000 },
      { kind: 'phones', of: { kind: 'not' }, limitMs: 300_000, about: 'start again', unfinished: 'refused' },
      { kind: 'phones', action: { action: 'reset' }, unfinished: 'allowed' },
      { kind: 'phones', action: { action: 'erase', what: 'ctl' }, unfinished: 'allowed' },
    ]);
  });

  it('every operation and fault of this version', () => {
    const { steps } = planWith(
      '',
      `
  - operate: { set-cluster: mixed-mode }
  - operate: { update-ctl: cli, refused: no CTL }
  - operate: { parameter: { rollback: true } }
  - fault: { stop: TFTP, nodes: PUB }
  - fault: { start: [TFTP, TVS] }
  - fault: { datagrams: { drop: 5%, duplicate: 1%, delay: 20ms } }
  - fault: { clear: all }
  - wait: { until: { count: phones, where: { state: [registered, unregistered] }, is: "100%" }, limit: 60s }
  - mark: after`.replace('  - wait', '  - phones: { reset: all }\n  - wait'),
    );
    expect(steps).toMatchObject([
      { operations: [{ op: 'set-cluster', mode: 'mixed-mode' }], refused: null },
      { operations: [{ op: 'update-ctl' }], refused: 'no CTL' },
      { operations: [{ op: 'parameter', name: 'rollback', value: true }] },
      { fault: { stop: ['TFTP'], nodes: ['PUB'] } },
      { fault: { start: ['TFTP', 'TVS'], nodes: 'all' } },
      {
        fault: { datagrams: { drop: 0.05, duplicate: 0.01, delayMs: 20 } },
        about: 'datagrams 5 % dropped, 1 % duplicated, delayed by 20 ms',
      },
      { fault: { clear: 'all' } },
      { kind: 'phones' },
      { kind: 'wait-until', limitMs: 60_000, until: { bound: { is: { share: 1 } } } },
      { kind: 'mark', name: 'after' },
    ]);
  });
});

function problemsOf(text: string): string[] {
  try {
    readScenario(text, 'x.yaml');
  } catch (error) {
    if (error instanceof TrustfleetError) {
      expect(error.code).toBe('TF_SCENARIO_INVALID');
      return error.message.split('\n');
    }
    throw error;
  }
  throw new Error('the scenario was accepted');
}

/** Text of a scenario whose third line is `line`. */
/** CL-3, but nothing runs CAPF. */
const NO_CAPF =
  '[ { name: PUB, services: [CallManager, TFTP, TVS] }, { name: SUB1, services: [CallManager, TFTP, TVS] }, { name: SUB2, services: [CallManager, TVS] } ]';

const head = (line: string): string => `name: x\nseed: 1\n${line}\nsteps: [ { wait: 1s } ]\n`;
/** Text whose third line is a step. */
const step = (text: string): string => `name: x\nsteps:\n  - ${text}\n`;
/** Text whose fourth line is an expectation; a reset came before. */
const wanted = (text: string): string =>
  `name: x\nsteps:\n  - phones: { reset: all }\n  - expect: [ ${text} ]\n`;

/** Stands in a text where the fault is to be found. */
const MARK = '§';

/** `line:column` of the mark, from 1. */
function markedPlace(marked: string): string {
  const before = marked.slice(0, marked.indexOf(MARK)).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe('faults in a scenario, each with file, line and column', () => {
  it.each<[name: string, marked: string, message: RegExp]>([
    ['no document', '§', /expected a map/],
    ['a list', '§- a', /found a list, expected a map/],
    ['broken YAML', 'name: [§', /./],
    ['a key twice', 'name: x\n§name: y\nsteps: [ { wait: 1s } ]', /unique/i],
    ['no name', '§steps: [ { wait: 1s } ]', /name: found nothing, expected a name/],
    ['no steps', '§name: x', /steps: found nothing, expected a list/],
    ['an empty list of steps', 'name: x\nsteps: §[]', /found an empty list, expected at least 1/],
    ['a slip in a key', head('§sed: 2'), /unknown key "sed".*did you mean "seed"\?/],
    ['a key of another tool', head('§include: other.yaml'), /unknown key "include", expected one of name/],
    ['a negative seed', 'name: x\nseed: §-1\nsteps: [ { wait: 1s } ]', /found -1, expected at least 0/],
    ['a release of tomorrow', head('release: §"16"'), /found "16", expected a release up to 15 such as/],
    [
      'a release that is none',
      head('release: §twelve'),
      /found "twelve", expected a release up to 15 such as/,
    ],
    ['a release without Security By Default', head('release: §7.1'), /expected 8.0 or later/],
    ['an unknown cluster', head('cluster: §CL-4'), /unknown cluster "CL-4", expected CL-1 or CL-3/],
    ['a cluster that is a number', head('cluster: §3'), /found 3, expected the name of a cluster profile/],
    [
      'tokens without mixed mode',
      head('cluster: { tokens: §[T1, T2] }'),
      /found tokens in a non-secure cluster/,
    ],
    ['a cluster mode', head('cluster: { mode: §secure }'), /found "secure", expected non-secure or mixed/],
    [
      'mixed mode before 10.0',
      'name: x\nrelease: 9.1(2)\ncluster: { mode: §mixed }\nsteps: [ { wait: 1s } ]',
      /before it mixed mode needs tokens/,
    ],
    [
      'mixed mode without CAPF on the publisher (OP-01)',
      head(`cluster: { nodes: ${NO_CAPF}, mode: §mixed }`),
      /found mixed, but CAPF is not active on the publisher PUB/,
    ],
    [
      'mixed mode of a step without CAPF on the publisher',
      `name: x\ncluster: { nodes: ${NO_CAPF} }\nsteps:\n  - operate: { set-cluster: §mixed-mode }`,
      /found mixed-mode, but CAPF is not active on the publisher PUB/,
    ],
    [
      'a node twice',
      head('cluster: { nodes: [ { name: A, services: TFTP }, { name: §A, services: TVS } ] }'),
      /second node "A"/,
    ],
    [
      'a service',
      head('cluster: { nodes: [ { name: A, services: [§TFTB] } ] }'),
      /found "TFTB", expected .*did you mean "TFTP"/,
    ],
    [
      'an unknown parameter',
      head('cluster: { parameters: { §rolback: true } }'),
      /unknown parameter "rolback".*did you mean "rollback"/,
    ],
    [
      'an operation on devices that are not in the database',
      'name: x\nfleet: { set: [ { for: { group: L42 }, inDatabase: false } ] }\nsteps: [ { operate: { device: { of: §{ group: L42 }, security: encrypted } } } ]',
      /found a selection that no phone of FLEET-A can match/,
    ],
    [
      'auto-registration in mixed mode before 11.5',
      'name: x\nrelease: 10.5(2)\ncluster: { mode: mixed, parameters: { auto-registration: §true } }\nsteps: [ { wait: 1s } ]',
      /found true in mixed mode of 10\.5\(2\), which has it only from 11\.5 on \(R-10\)/,
    ],
    [
      'auto-registration that an operation sets in mixed mode before 11.5',
      'name: x\nrelease: 10.5(2)\nsteps:\n  - operate: { set-cluster: mixed-mode }\n  - operate: { parameter: { auto-registration: §true } }',
      /found true in mixed mode of 10\.5\(2\), which has it only from 11\.5 on \(R-10\)/,
    ],
    ['an unknown fleet', head('fleet: §FLEET-B'), /unknown fleet "FLEET-B".*did you mean "FLEET-A"/],
    ['no phones', head('fleet: { phones: §0 }'), /found 0, expected more than 0/],
    ['a security profile', head('fleet: { security: §SEC-MAX }'), /no security profile "SEC-MAX".*SEC-MIX/],
    [
      'an unknown model',
      head('fleet: { groups: [ { group: A, model: §7911, phones: 1 } ] }'),
      /unknown model "7911", expected one of 7940, 7942/,
    ],
    [
      'a protocol that the model lacks',
      head('fleet: { groups: [ { group: A, model: 8841, phones: 1, protocol: §SCCP } ] }'),
      /a 8841 speaks SIP/,
    ],
    [
      'the MIC of a group',
      head('fleet: { groups: [ { group: A, model: 7942, phones: 1, mic: §own } ] }'),
      /found "own", expected one of Cisco Manufacturing CA, /,
    ],
    [
      'a TFTP node without TFTP',
      head('fleet: §{ set: [ { for: all, tftp: [SUB2] } ] }'),
      /whose TFTP node is "SUB2".*runs no TFTP/,
    ],
    [
      'a setting for what is not known yet',
      head('fleet: { set: [ { for: §{ state: off }, tftp: [PUB] } ] }'),
      /found state, which is not known before the phones start/,
    ],
    ['a start', head('start: §warm'), /found "warm", expected healthy or factory/],
    ['an unknown knob', head('knobs: { §K-99: 1 }'), /unknown knob "K-99"/],
    ['the value of a knob', head('knobs: { §K-05: maybe }'), /found "maybe", expected true or false/],
    ['a scale below 1', head('clock: { scale: §0.5 }'), /found 0.5, expected at least 1/],
    ['a scale past 100000', head('clock: { scale: §200000 }'), /found 200000, expected at most 100000/],
    ['a load', head('load: { §concurency: 5 }'), /unknown key "concurency".*did you mean "concurrency"/],
    [
      'two loads',
      head('load: { concurrency: 5, §rate: 5/s }'),
      /found "concurrency" and "rate", expected one of them/,
    ],
    ['a rate', head('load: { rate: §fast }'), /found "fast", expected a rate such as 50\/s/],
    ['a share', head('health: { open-files: §120% }'), /found "120%", expected a share such as 90%/],
    [
      'a seed past 32 bits',
      'name: x\nseed: §4294967296\nsteps: [ { wait: 1s } ]',
      /expected at most 4294967295/,
    ],
    [
      'a group twice',
      head(
        'fleet: { groups: [ { group: A, model: 8841, phones: 1 }, { group: §A, model: 7942, phones: 1 } ] }',
      ),
      /found a second group "A"/,
    ],
    [
      'a group of the profile once more',
      head('fleet: { add: [ { group: §L42, model: 7942, phones: 1 } ] }'),
      /found a second group "L42"/,
    ],
    [
      'a slip in whose LSC it is',
      head('fleet: { set: [ { for: all, lsc: §onw } ] }'),
      /found "onw", expected own, none, expired, or the name of a cluster \(did you mean "own"\?\)/,
    ],
    [
      'more TFTP servers than option 150 has',
      head('fleet: { set: [ { for: all, tftp: §[PUB, SUB1, SUB2] } ] }'),
      /found 3 TFTP servers, expected 2 at most/,
    ],
    [
      'more members than a CallManager group has',
      step('operate: { device: { of: all, callManagerGroup: §[PUB, SUB1, SUB2, SUB3] } }'),
      /found 4 members of a CallManager group, expected 3 at most/,
    ],
    [
      'a member of a CallManager group twice',
      head('fleet: { set: [ { for: all, callManagerGroup: [PUB, §PUB] } ] }'),
      /found PUB twice/,
    ],
    [
      'a cluster without any TFTP',
      'name: x\ncluster: { nodes: [ { name: A, services: CallManager } ] }\nfleet: §{ groups: [ { group: G, model: 8841, phones: 1, tftp: A, callManagerGroup: A } ] }\nsteps: [ { wait: 1s } ]',
      /found phones whose TFTP node is "A", where inline runs no TFTP at all$/,
    ],
    [
      'one wrong model among right ones',
      step('phones: { reset: §{ model: [8841, 8842] } }'),
      /found model "8842", which no phone of FLEET-A has; .*did you mean "8841"/,
    ],
    [
      'one wrong name among right ones',
      step('phones: { reset: §{ name: [SEP020001000001, SEP020001000999] } }'),
      /found name "SEP020001000999", .*one of 1000 from SEP020001000001 to SEP0200/,
    ],
    [
      'a group that is left out and not there',
      step('phones: { reset: §{ not: { group: L43 } } }'),
      /found group "L43", which no phone of FLEET-A has; .*did you mean "L42"/,
    ],
    [
      'mixed mode in a mixed cluster',
      'name: x\ncluster: { mode: mixed }\nsteps:\n  - operate: { set-cluster: §mixed-mode }',
      /found mixed mode, but CL-3 is in it already/,
    ],
    [
      'mixed mode twice',
      'name: x\nsteps:\n  - operate: { set-cluster: mixed-mode }\n  - operate: { set-cluster: §mixed-mode }',
      /found mixed mode, but CL-3 is in it already/,
    ],
    [
      'mixed mode twice on the console',
      'name: x\nsteps:\n  - operate: { console: §[utils ctl set-cluster mixed-mode, utils ctl set-cluster mixed-mode] }',
      /found mixed mode, but CL-3 is in it already/,
    ],
    [
      'an update by the CTL client where there never was a CTL',
      'name: x\nrelease: 11.5(1)\nsteps:\n  - operate: { ctl-client: §update, tokens: [T1, T2] }',
      /found update where CL-3 has no CTL: it never was in mixed mode/,
    ],
    [
      'mixed mode with one token (OP-02)',
      'name: x\nrelease: 11.5(1)\nsteps:\n  - operate: { ctl-client: set-mixed, tokens: §[T1] }',
      /found 1 token, expected 2 or more/,
    ],
    [
      'non-secure mode by the CTL client where it is so',
      'name: x\nrelease: 11.5(1)\nsteps:\n  - operate: { ctl-client: §set-non-secure, tokens: [T1] }',
      /found set-non-secure, but CL-3 is in non-secure mode already/,
    ],
    [
      'mixed mode that a restore has brought back',
      'name: x\nsteps:\n  - operate: { backup: plain }\n  - operate: { set-cluster: mixed-mode }\n  - operate: { restore: plain }\n  - operate: { set-cluster: §non-secure-mode }',
      /found non-secure mode, but CL-3 is in it already/,
    ],
    [
      'a CTL updated that nobody ever made',
      step('operate: { update-ctl: §cli }'),
      /where CL-3 has no CTL: it never was in mixed mode/,
    ],
    [
      'a backup of another cluster',
      'name: x\nclusters: { source: CL-3, destination: CL-3 }\nsteps:\n  - operate: { backup: friday, cluster: source }\n  - operate: { restore: §friday, cluster: destination }',
      /no step before it takes a backup/,
    ],
    [
      'resets by the cluster before 10.5 (R-68)',
      'name: x\nrelease: 10.0\nsteps:\n  - operate: { parameter: { phone-interaction: §automatic } }',
      /found automatic in 10.*expected 10.5 or later \(R-68\)/,
    ],
    [
      'who resets phones',
      step('operate: { parameter: { phone-interaction: §auto } }'),
      /found "auto", expected manual or automatic/,
    ],
    [
      'a minimum of one subscriber from 15SU2 on',
      'name: x\nrelease: 15SU2\nsteps:\n  - operate: { set-tls-min: "1.2", nodes: §[SUB1] }',
      /found SUB1, where PUB, the publisher, sets the minimum for all nodes \(R-111\)/,
    ],
    ['two verbs', step('{ mark: a, §wait: 1s }'), /found "mark" and "wait", expected one of them in a step/],
    ['an unknown verb', step('§operat: { regenerate: TVS }'), /unknown key "operat".*did you mean "operate"/],
    ['a step that is a word', step('§reset'), /found "reset", expected a step: a map with/],
    [
      'an unknown operation',
      step('operate: { §regenrate: TVS }'),
      /unknown key "regenrate".*did you mean "regenerate"/,
    ],
    [
      'a certificate',
      step('operate: { regenerate: §CallManger }'),
      /found "CallManger".*did you mean "CallManager"/,
    ],
    [
      'a node that is not there',
      step('operate: { regenerate: TVS, nodes: [PUB, §SUB4] }'),
      /found node "SUB4", which the cluster does not have/,
    ],
    [
      'a service on a node without it',
      step('operate: { restart: [CallManager, TFTP], nodes: §[SUB2] }'),
      /found TFTP on SUB2, where it does not run; it runs on PUB, SUB1/,
    ],
    [
      'a certificate on a node that has none of it',
      step('operate: { regenerate: CAPF, nodes: §[SUB1] }'),
      /found CAPF on SUB1, which PUB, the publisher, alone has/,
    ],
    [
      'an operation that the release lacks',
      'name: x\nrelease: 9.1(2)\nsteps:\n  - operate: { set-cluster: §mixed-mode }',
      /in 9.1\(2\), which has the utils ctl commands only from 10.0 on/,
    ],
    [
      'ITLRecovery before 10.0',
      'name: x\nrelease: 9.1(2)\nsteps:\n  - operate: { regenerate: §ITLRecovery }',
      /found ITLRecovery in 9.1\(2\), which has none/,
    ],
    ['more connection objects than TFTP has', step('fault: { leak: TFTP, objects: §6 }'), /expected .*5/],
    ['a leak of another service', step('fault: { leak: §TVS }'), /found "TVS", expected TFTP/],
    [
      'a serving count that lets nobody in',
      step('operate: { parameter: { serving-count: §0 } }'),
      /found 0, expected .*1 to 100000/,
    ],
    [
      'the value of a parameter',
      step('operate: { parameter: { tftp-signature: §SHA-256 } }'),
      /found "SHA-256", expected SHA-1 or SHA-512/,
    ],
    [
      'a refusal given twice',
      step('operate: { update-ctl: cli, refused: a }\n    §refused: b'),
      /found "refused" twice/,
    ],
    ['an unknown action', step('phones: { §rest: all }'), /unknown key "rest".*did you mean "reset"/],
    [
      'SIP OAuth on a phone that has none',
      'name: x\nrelease: "14"\nfleet:\n  set:\n    - { for: { model: 7942 }, security: §sip-oauth }\nsteps: [{ mark: a }]',
      /found sip-oauth, which a 7942 with SCCP does not have/,
    ],
    [
      'SIP OAuth in a group that has none',
      'name: x\nrelease: "14"\nfleet:\n  add:\n    - { group: X, model: "7962", phones: 1, security: §sip-oauth }\nsteps: [{ mark: a }]',
      /found sip-oauth, which a 7962 with SCCP does not have/,
    ],
    [
      'SIP OAuth before 14',
      'name: x\nrelease: "12.5(1)"\nfleet: §{ set: [{ for: { model: 8841 }, security: sip-oauth }] }\nsteps: [{ mark: a }]',
      /found phones with sip-oauth in 12.5\(1\), expected 14 or later/,
    ],
    [
      'FIPS mode where the phones have none',
      'name: x\nfleet:\n  set:\n    - { for: { model: 7942 }, fips: §true }\nsteps: [{ mark: a }]',
      /found FIPS mode, which a 7942 does not have/,
    ],
    [
      'FIPS mode in a group that has none',
      'name: x\nfleet:\n  add:\n    - { group: X, model: "7962", phones: 1, fips: §true }\nsteps: [{ mark: a }]',
      /found FIPS mode, which a 7962 does not have/,
    ],
    [
      'a SIP trunk on a node that is not there',
      step(
        'operate: { sip-trunk: { name: T, security: encrypted, nodes: [§SUB9], destinations: [192.0.2.1] } }',
      ),
      /SUB9/,
    ],
    [
      'a SIP trunk that leads nowhere',
      step('operate: { sip-trunk: { name: T, security: encrypted, nodes: [SUB1], destinations: §[] } }'),
      /destinations/,
    ],
    [
      'an unknown service',
      step('phones: { open: { service: §corporate } }'),
      /found "corporate", expected one of directory, services, information, messages, authentication/,
    ],
    [
      'a service opened on nobody',
      step('phones: { open: { service: directory }, of: §{ group: L43 } }'),
      /no phone of FLEET-A can match/,
    ],
    [
      'what to erase',
      step('phones: { erase: §everything }'),
      /found "everything", expected one of ctl, itl, both/,
    ],
    ['a limit', step('phones: { reset: all, limit: §30 }'), /found 30, expected a time such as 30s/],
    [
      'a selection without phones',
      step('phones: { reset: §{ group: L43 } }'),
      /no phone of FLEET-A can match: group "L43" is none of it.*did you mean "L42"/,
    ],
    [
      'a selection that contradicts itself',
      step('phones: { reset: §{ model: 7942, group: M41 } }'),
      /no phone of FLEET-A can match/,
    ],
    [
      'an index past the group',
      step('phones: { reset: §{ index: i in 300-400 } }'),
      /no phone of FLEET-A can match/,
    ],
    [
      'an index condition',
      step('phones: { reset: { index: §i mod 10 = 12 } }'),
      /a remainder of "mod 10" is 0 to 9/,
    ],
    [
      'an unknown condition',
      step('phones: { reset: { §modl: 7942 } }'),
      /unknown condition "modl".*did you mean "model"/,
    ],
    [
      'a word in a condition',
      step('phones: { reset: { mode: [§secure] } }'),
      /found "secure", expected one of non-secure/,
    ],
    [
      'a condition on nothing',
      step('phones: { reset: §{} }'),
      /found an empty map, expected "all" or at least one condition/,
    ],
    [
      'a lock that is a word',
      step('phones: { reset: { locked: §yes } }'),
      /found "yes", expected true or false/,
    ],
    [
      'an unknown fault',
      step('fault: { §datagram: { drop: 5% } }'),
      /found unknown key "datagram", .*datagrams/,
    ],
    [
      'a fault of datagrams that does nothing',
      step('fault: { datagrams: §{} }'),
      /found an empty map, expected at least one of drop, duplicate and delay/,
    ],
    [
      'more datagrams lost than there are',
      step('fault: { datagrams: { drop: §120% } }'),
      /found "120%", expected a share such as 90% or 0.9/,
    ],
    [
      'a delay past all patience',
      step('fault: { datagrams: { delay: §1m } }'),
      /found 60 s, expected a delay of at most 10 s/,
    ],
    ['a wait without unit', step('wait: §30'), /found 30, expected a time such as 30s/],
    ['a wait past 24 days', step('wait: §600h'), /found "600h", expected a time .* 24 days at most/],
    [
      'a wait without limit',
      step('wait: §{ until: { count: phones_locked, is: 0 } }'),
      /limit: found nothing, expected a time/,
    ],
    ['two marks of one name', 'name: x\nsteps:\n  - mark: a\n  - mark: §a', /second mark "a"/],
    [
      'an unknown counter',
      wanted('{ count: §alarm, is: 1 }'),
      /unknown counter "alarm".*did you mean "alarms"/,
    ],
    [
      'an unknown label',
      wanted('{ count: alarms, where: { §cod: 8 }, is: 1 }'),
      /unknown label "cod".*did you mean "code"/,
    ],
    [
      'an unknown value',
      wanted('{ count: alarms, where: { code: §10 }, is: 1 }'),
      /code: found "10", expected one of 1, 2/,
    ],
    [
      'an unknown value in a list',
      wanted('{ count: alarms, where: { code: §[8, 10] }, is: 1 }'),
      /found "10"/,
    ],
    [
      'a node in a label',
      wanted('{ count: tvs_requests, by: { node: { §SUB4: 1 } } }'),
      /found "SUB4", expected one of PUB, SUB1, SUB2/,
    ],
    [
      'a model that the fleet lacks',
      wanted('{ count: alarms, where: { model: §8811 }, is: 0 }'),
      /found "8811", expected one of 7942/,
    ],
    [
      'a rule that is none',
      wanted('{ count: trust_lists, where: { rule: §R38 }, is: 0 }'),
      /found "R38", expected a rule from R-01 to R-121 such as R-38/,
    ],
    [
      'a rule that the reference does not have',
      wanted('{ count: trust_lists, where: { rule: §R-122 }, is: 0 }'),
      /found "R-122", expected a rule from R-01 to R-121/,
    ],
    [
      'a message that no phone of the fleet shows (R-61)',
      wanted('{ count: status_messages, where: { message: §"Trust List Updated" }, is: 0 }'),
      /found "Trust List Updated", .*did you mean "Trust List updated"/,
    ],
    [
      'a service that phones do not have',
      wanted('{ count: services, where: { service: §directry }, is: 0 }'),
      /found "directry", expected .*did you mean "directory"/,
    ],
    ['no figure', wanted('§{ count: alarms }'), /found no figure, expected is, atLeast, atMost or by/],
    ['a negative figure', wanted('{ count: alarms, is: §-1 }'), /found -1, expected a whole number from 0/],
    [
      'a figure as text',
      wanted('{ count: alarms, is: §many }'),
      /found "many", expected a whole number from 0 or a share/,
    ],
    [
      'two bounds that exclude each other',
      wanted('{ count: alarms, atLeast: 5, atMost: §3 }'),
      /no figure fits both/,
    ],
    ['a bound beside "is"', wanted('{ count: alarms, is: 5, §atMost: 7 }'), /beside "is"/],
    [
      'figures that do not add up',
      wanted('{ count: alarms, is: 10, by: { code: §{ 1: 4, 8: 5 } } }'),
      /make 9, expected 10/,
    ],
    [
      'more phones than there are',
      wanted('{ count: phones_locked, is: §2000 }'),
      /found 2000, but the fleet has 1000 phones/,
    ],
    ['a share of nothing', step('expect: [ { count: alarms, is: §"100%" } ]'), /a share of nothing/],
    [
      'an unknown kind of expectation',
      wanted('{ §amount: alarms, is: 1 }'),
      /unknown key "amount".*expected one of count, held, artefact, time/,
    ],
    ['a time without limit', wanted('§{ time: boot }'), /found no limit, expected p50, p90, p99, max/],
    ['an unknown percentile', wanted('§{ time: boot, p95: "< 1s" }'), /unknown key "p95"/],
    [
      'an unknown time',
      wanted('{ time: §bott, max: "< 1s" }'),
      /found "bott", expected .*did you mean "boot"/,
    ],
    [
      'a limit without comparison',
      wanted('{ time: boot, p99: §60s }'),
      /found "60s", expected a comparison with a time such as "< 60s"/,
    ],
    [
      'a list that phones do not hold',
      wanted('{ held: §ltc, of: served, is: 1 }'),
      /found "ltc", expected ctl or itl/,
    ],
    [
      'a node that serves no files',
      wanted('{ artefact: CTLFile.tlv, node: §SUB2, field: bytes, is: 1 }'),
      /found "SUB2", which serves no files/,
    ],
    [
      'a file that no node serves',
      wanted('{ artefact: §CTLFile.tvl, node: PUB, field: bytes, is: 1 }'),
      /found "CTLFile.tvl", expected CTLFile.tlv, ITLFile.tlv, /,
    ],
    [
      'a list of a phone that is not there',
      wanted('{ artefact: §CTLSEP0200FF000001.tlv, node: PUB, field: bytes, is: 1 }'),
      /but the fleet has no SEP0200FF000001/,
    ],
    [
      'a file that is not signed',
      wanted('{ artefact: §SEP020001000001.cnf.xml, node: PUB, field: bytes, is: 1 }'),
      /which is not signed; expected SEP020001000001.cnf.xml.sgn/,
    ],
    [
      'a field that a file does not have',
      wanted('{ artefact: CTLFile.tlv, node: PUB, field: §header.digst, is: null }'),
      /unknown field "header.digst" of a file .*did you mean "header.digest"/,
    ],
    [
      'a field that a record does not have',
      wanted(
        '{ artefact: CTLFile.tlv, node: PUB, where: { role: TVS }, field: §certificte.bytes, is: null }',
      ),
      /unknown field "certificte.bytes" of a record, .*did you mean "certificate.bytes"/,
    ],
    [
      'records by a field that they do not have',
      wanted('{ artefact: CTLFile.tlv, node: PUB, where: { §rol: TVS }, field: count, is: 0 }'),
      /unknown field "rol" of a record, .*did you mean "role"/,
    ],
    [
      'records of a role that there is not',
      wanted('{ artefact: CTLFile.tlv, node: PUB, where: { role: §SATS }, field: count, is: 0 }'),
      /found "SATS", expected .*did you mean "SAST"/,
    ],
    [
      'a certificate for a single value',
      wanted('{ artefact: CTLFile.tlv, node: PUB, where: { role: TVS }, field: certificate, is: §true }'),
      /found true, expected null; what a certificate says is certificate.sha256/,
    ],
    [
      'an artefact without figure',
      wanted('§{ artefact: CTLFile.tlv, node: PUB, field: bytes }'),
      /is: found nothing/,
    ],
  ])('%s', (_, marked, message) => {
    const problems = problemsOf(marked.replace(MARK, ''));
    expect(problems[0]).toMatch(new RegExp(`^x\\.yaml:${markedPlace(marked)}: `));
    expect(problems.join('\n')).toMatch(message);
  });

  it('are all said at once, in the order of the file', () => {
    const problems = problemsOf(`nam: x
seed: one
steps:
  - operate: { regenerate: TSV }
  - phones: { rest: all }
  - expect:
      - { count: alarms, is: "lots" }
`);
    expect(problems.map((line) => line.split(':').slice(1, 3).join(':'))).toEqual([
      '1:1',
      '1:1',
      '2:7',
      '4:28',
      '5:15',
      '7:30',
    ]);
  });

  it('end after 25 of them with how many there are', () => {
    const steps = Array.from({ length: 40 }, () => '  - wait: soon').join('\n');
    const problems = problemsOf(`name: x\nsteps:\n${steps}\n`);
    expect(problems).toHaveLength(26);
    expect(problems.at(-1)).toMatch(/and 15 more/);
  });

  it('carry the position of the first in the error’s context', () => {
    expect(() => readScenario(head('sed: 2'), 'x.yaml')).toThrow(
      expect.objectContaining({ context: { file: 'x.yaml', line: 3, column: 1 } }),
    );
  });

  it('are no fault where the scenario wants to see the refusal', () => {
    const text =
      'name: x\nrelease: 9.1(2)\nsteps:\n  - operate: { set-cluster: mixed-mode }\n    refused: utils ctl\n';
    expect(readScenario(text, 'x.yaml').steps[0]).toMatchObject({ refused: 'utils ctl' });
  });
});

describe('whatever stands in a file', () => {
  const words = fc.constantFrom(
    'name',
    'steps',
    'phones',
    'reset',
    'expect',
    'count',
    'alarms',
    'is',
    'by',
    'where',
    'fleet',
    'set',
    'for',
    'all',
    'operate',
    'regenerate',
    'TVS',
    'wait',
    'until',
    'index',
    'i mod 2 = 1',
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(words, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(words, fc.string()), tie('tree'), { maxKeys: 5 }),
    ),
  }));

  it('a scenario is read or refused with TF_SCENARIO_INVALID, nothing else', () => {
    fc.assert(
      fc.property(fc.dictionary(words, tree), (value) => {
        const text = stringify({ name: 'x', steps: [{ wait: '1s' }], ...value });
        try {
          readScenario(text, 'x.yaml');
        } catch (error) {
          expect(error).toMatchObject({ code: 'TF_SCENARIO_INVALID' });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('an alias bomb is refused in no time', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `${'ab'[i % 2]}${i}: &x${i + 1} [${`*x${i},`.repeat(9)}]`,
    );
    const bomb = `name: &x0 x\n${levels.join('\n')}\nsteps: *x12\n`;
    expect(() => readScenario(bomb, 'x.yaml')).toThrow(
      expect.objectContaining({ code: 'TF_SCENARIO_INVALID' }),
    );
  });

  it('a file past a mebibyte is refused', () => {
    expect(() => readScenario(`name: x\n${'# '.repeat(600_000)}`, 'x.yaml')).toThrow('expected at most');
  });
});
