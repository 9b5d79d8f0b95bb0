import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { readScenario } from '../../src/scenario/read.js';

/** Verbs on whole nodes, backups and releases (OP-18, OP-19, OP-21, OP-31). */

const textOf = (...steps: string[]): string =>
  `name: x\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;

function operationOf(operate: string): unknown {
  const steps = readScenario(textOf('operate: { backup: friday }', `operate: ${operate}`), 'x.yaml').steps;
  const step = steps[1];
  return step?.kind === 'operate' ? step.operations[0] : undefined;
}

function problems(...steps: string[]): string {
  try {
    readScenario(textOf(...steps), 'x.yaml');
  } catch (error) {
    if (error instanceof TrustfleetError && error.code === 'TF_SCENARIO_INVALID') return error.message;
    throw error;
  }
  throw new Error('the scenario was accepted');
}

describe('verbs become operations of the cluster (contracts.md 4)', () => {
  it.each<[string, object]>([
    ['{ rename: PUB }', { op: 'rename', node: 'PUB' }],
    [
      '{ rename: SUB1, host: new, domain: voice.new }',
      { op: 'rename', node: 'SUB1', hostName: 'new', domain: 'voice.new' },
    ],
    [
      '{ add-node: { name: SUB3, services: [TFTP, TVS], host: three } }',
      { op: 'add-node', node: { name: 'SUB3', services: ['TFTP', 'TVS'], hostName: 'three' } },
    ],
    ['{ remove-node: SUB2 }', { op: 'remove-node', node: 'SUB2' }],
    ['{ backup: monday }', { op: 'backup', name: 'monday' }],
    ['{ restore: friday }', { op: 'restore', name: 'friday' }],
    ['{ rebuild-publisher: true }', { op: 'rebuild-publisher' }],
    ['{ upgrade: "12.5(1)SU2" }', { op: 'upgrade', release: '12.5(1)SU2' }],
    ['{ upgrade: 14 }', { op: 'upgrade', release: '14' }],
  ])('%s', (operate, operation) => {
    expect(operationOf(operate)).toEqual(operation);
  });
});

describe('what they cannot mean is found before anything starts, with its place', () => {
  it.each<[what: string, steps: string[], text: string]>([
    ['an unknown node', ['operate: { rename: SUB9 }'], 'x.yaml:3:24: rename: found node "SUB9"'],
    [
      'a node that is there',
      ['operate: { add-node: { name: PUB, services: TVS } }'],
      'which the cluster has',
    ],
    ['a second CAPF', ['operate: { add-node: { name: SUB3, services: [CAPF] } }'], 'publisher only'],
    ['an unknown service', ['operate: { add-node: { name: SUB3, services: [NTP] } }'], 'NTP'],
    ['the publisher', ['operate: { remove-node: PUB }'], 'cannot be removed'],
    ['no backup', ['operate: { restore: friday }'], 'no step before it takes a backup'],
    [
      'another backup',
      ['operate: { backup: friday }', 'operate: { restore: fridy }'],
      'did you mean "friday"?',
    ],
    ['an older release', ['operate: { upgrade: "11.5(1)" }'], 'expected a release after 12.5(1)'],
    ['no release', ['operate: { upgrade: newest }'], 'expected a release up to 15 such as'],
    ['a node that has left', ['operate: { remove-node: SUB2 }', 'operate: { rename: SUB2 }'], 'SUB2'],
    ['false', ['operate: { rebuild-publisher: false }'], 'true'],
    [
      'a publisher alone',
      [
        'operate: { remove-node: SUB1 }',
        'operate: { remove-node: SUB2 }',
        'operate: { rebuild-publisher: true }',
      ],
      'without subscriber',
    ],
  ])('%s', (_, steps, text) => {
    expect(problems(...steps)).toContain(text);
  });

  it('later steps see the nodes and the release that there are by then', () => {
    const accepted = textOf(
      'operate: { add-node: { name: SUB3, services: [CallManager, TFTP, TVS] } }',
      'operate: { restart: [TFTP], nodes: [SUB3] }',
      'phones: { reset: all }',
      'expect: { count: tvs_requests, is: 0, by: { node: { SUB3: 0 } } }',
      'expect: { artefact: ITLFile.tlv, node: SUB3, field: header.digest, is: sha1 }',
      'operate: { upgrade: 15SU2 }',
      'operate: { set-tls-min: "1.3" }',
    );
    expect(readScenario(accepted, 'x.yaml').steps).toHaveLength(7);
    expect(problems('operate: { set-tls-min: "1.3" }')).toContain('15SU2');
  });

  it('a refusal that the scenario wants to see is none of its faults', () => {
    const text = textOf('operate: { upgrade: "11.5(1)" }\n    refused: expected a later release');
    expect(readScenario(text, 'x.yaml').steps).toHaveLength(1);
  });
});

describe('lines for the console (section 3)', () => {
  it('stand one or several in a step, at the publisher or at another node', () => {
    const text = textOf(
      'operate: { console: ["utils ctl set-cluster mixed-mode", show ctl] }',
      'operate: { console: show itl, node: SUB1 }',
    );
    const operations = readScenario(text, 'x.yaml').steps.map((step) =>
      step.kind === 'operate' ? step.operations : [],
    );
    expect(operations).toEqual([
      [
        { op: 'console', line: 'utils ctl set-cluster mixed-mode', node: null },
        { op: 'console', line: 'show ctl', node: null },
      ],
      [{ op: 'console', line: 'show itl', node: 'SUB1' }],
    ]);
  });

  it.each<[what: string, operate: string, text: string]>([
    [
      'no command',
      '{ console: utils ctl }',
      'x.yaml:3:25: console: found "utils ctl": Executed command unsuccessfully',
    ],
    ['no node', '{ console: show ctl, node: SUB9 }', 'found node "SUB9"'],
    ['the wrong node', '{ console: utils ctl update CTLFile, node: SUB1 }', 'go to PUB, this is SUB1'],
    ['the wrong release', '{ console: set tls min-version 1.3 }', 'only from 15SU2 on'],
    [
      'a file that nobody would fetch',
      '{ console: file get tftp ITLRecovery.p12 }',
      'x.yaml:3:25: console: found "file get tftp ITLRecovery.p12": a scenario fetches no file',
    ],
    ['what a console alone knows', '{ console: help }', 'No valid command entered'],
    [
      'a service that does not run there',
      '{ console: utils service restart Cisco Tftp, node: SUB2 }',
      'SUB2',
    ],
  ])('%s is found before anything starts', (_, operate, text) => {
    expect(problems(`operate: ${operate}`)).toContain(text);
  });
});

describe('subject: what certificates name', () => {
  const read = (subject: string): unknown =>
    readScenario(`name: x\ncluster: { subject: ${subject} }\nsteps: [ { mark: a } ]\n`, 'x.yaml').clusters[0]
      .subject;

  it('is what the file says, and the usual where it says nothing', () => {
    expect(read('{ domain: a.example, country: DE }')).toEqual({ domain: 'a.example', country: 'DE' });
    expect(read('{}')).toEqual({});
  });

  it.each([
    ['{ country: Germany }', 'two capital letters'],
    ['{ city: Bonn }', 'unknown key "city"'],
  ])('%s is a fault', (subject, text) => {
    expect(() => read(subject)).toThrow(text);
  });
});
