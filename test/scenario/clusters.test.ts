import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';
import { runScenario } from '../../src/scenario/run.js';
import { FakeLaboratory } from './fake-laboratory.js';

const TWO = 'clusters: { source: { profile: CL-3, release: "9.1" }, destination: CL-1 }';

function plan(steps: string, head = TWO): ScenarioPlan {
  return readScenario(`name: x\n${head}\nsteps:\n${steps}\n`, 'x.yaml');
}

function problems(steps: string, head = TWO): string[] {
  try {
    plan(steps, head);
  } catch (error) {
    if (error instanceof TrustfleetError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the scenario was accepted');
}

/** Steps start in the fourth line. */
const step = (text: string): string => `  - ${text}`;

describe('several clusters in one scenario', () => {
  it('have names, releases of their own, and the first is the phones’ home', () => {
    const { clusters } = plan(step('wait: 1s'), `release: "11.5"\n${TWO}`);
    expect(clusters.map(({ name, release }) => [name, release])).toEqual([
      ['source', '9.1'],
      ['destination', '11.5'],
    ]);
    expect(clusters.map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([
      ['PUB', 'SUB1', 'SUB2'],
      ['PUB'],
    ]);
  });

  it('stand at 127.10.c.n, or likewise from --bind on', () => {
    const scenario = plan(step('wait: 1s'));
    const addresses = (bind?: string) =>
      laboratorySpec(scenario, loadModels(), bind === undefined ? {} : { bind }).clusters.map(({ nodes }) =>
        nodes.map(({ address }) => address),
      );
    expect(addresses()).toEqual([['127.10.0.1', '127.10.0.2', '127.10.0.3'], ['127.10.1.1']]);
    expect(addresses('127.40.1.1')).toEqual([['127.40.1.1', '127.40.1.2', '127.40.1.3'], ['127.40.2.1']]);
  });

  it('are told apart by an operation, in its map or beside it', () => {
    const { steps } = plan(
      `${step('operate: { regenerate: TVS, nodes: SUB2, cluster: source }')}\n${step('operate: { restart: TFTP }')}\n    cluster: destination`,
    );
    expect(steps).toMatchObject([
      {
        cluster: 'source',
        operations: [{ op: 'regenerate', nodes: ['SUB2'] }],
        about: 'source: regenerate TVS on SUB2',
      },
      { cluster: 'destination', operations: [{ op: 'restart' }] },
    ]);
  });

  it('are where phones move to: by name, or node by node', () => {
    const { steps } = plan(
      [
        'phones: { retarget: { tftp: destination } }',
        'phones: { retarget: { tftp: [destination/PUB, source/SUB1] }, of: { model: 7942 } }',
        'phones: { retarget: { tftp: destination, by: hand, lists: erase } }',
      ]
        .map(step)
        .join('\n'),
    );
    expect(steps).toMatchObject([
      {
        action: { action: 'retarget', tftp: { cluster: 'destination' }, by: 'dhcp', lists: 'keep' },
        of: { kind: 'all' },
      },
      { action: { tftp: { nodes: ['destination/PUB', 'source/SUB1'] } } },
      { action: { tftp: { cluster: 'destination' }, by: 'hand', lists: 'erase' } },
    ]);
  });

  it('are asked for what a step is about', async () => {
    const laboratory = new FakeLaboratory();
    await runScenario(
      plan(`${step('operate: { regenerate: TVS, cluster: destination }')}\n${step('wait: 1s')}`),
      laboratory,
    );
    expect(laboratory.clusters).toEqual(['destination']);
  });

  it.each<[name: string, steps: string, message: RegExp]>([
    [
      'an operation without a cluster',
      step('operate: §{ regenerate: TVS }'),
      /found no cluster that does it, expected cluster: source or destination/,
    ],
    [
      'an operation of an unknown cluster',
      step('operate: { regenerate: TVS, cluster: §destinaton }'),
      /unknown cluster "destinaton", expected source or destination \(did you mean "destination"\?\)/,
    ],
    [
      'a node that this cluster does not have',
      step('operate: { regenerate: TVS, nodes: [§SUB1], cluster: destination }'),
      /found node "SUB1", which the cluster does not have; expected PUB/,
    ],
    [
      'an operation that this cluster’s release lacks',
      step('operate: { set-cluster: §mixed-mode, cluster: source }'),
      /found in 9.1, which has the utils ctl commands only from 10.0 on/,
    ],
    [
      'a fault at a node without its cluster',
      step('fault: { stop: TFTP, nodes: [§SUB1] }'),
      /found node "SUB1".*expected one of source\/PUB, source\/SUB1, source\/SUB2, destination\/PUB/,
    ],
    [
      'a move to a cluster that is not there',
      step('phones: { retarget: { tftp: §target } }'),
      /found "target", which serves no files; expected one of source, destination, source\/PUB/,
    ],
    [
      'a move to a node without TFTP',
      step('phones: { retarget: { tftp: [source/PUB, §source/SUB2] } }'),
      /found "source\/SUB2", which serves no files/,
    ],
    [
      'three TFTP servers',
      step('phones: { retarget: { tftp: §[source/PUB, source/SUB1, destination/PUB] } }'),
      /found 3 TFTP servers, expected 2 at most/,
    ],
    [
      'an answer that no phone asks for',
      step('phones: { retarget: { tftp: destination, §lists: erase } }'),
      /found an answer that nobody is asked for/,
    ],
    [
      'an import from the cluster itself',
      step(
        'operate: { trust-import: { certificates: CallManager, from: §source, to: CallManager-trust }, cluster: source }',
      ),
      /found source, which is the cluster that imports/,
    ],
    [
      'an import from a node that the other cluster does not have',
      step(
        'operate: { trust-import: { certificates: CallManager, from: destination, nodes: §SUB1, to: CallManager-trust }, cluster: source }',
      ),
      /found node "SUB1", which destination does not have; expected PUB/,
    ],
    [
      'an import from nowhere',
      step(
        'operate: { trust-import: { certificates: CallManager, from: §old, to: CallManager-trust }, cluster: source }',
      ),
      /unknown cluster "old", expected one of the run, or one that a phone's "lsc" names: destination/,
    ],
    [
      'a certificate that the other cluster’s release has not',
      step(
        'operate: { trust-import: { certificates: §ITLRecovery, from: source, to: CallManager-trust }, cluster: destination }',
      ),
      /found ITLRecovery, which source does not have in 9.1/,
    ],
    [
      'a certificate of a node that has none',
      step(
        'operate: { trust-import: { certificates: CAPF, from: source, nodes: §SUB1, to: CallManager-trust }, cluster: destination }',
      ),
      /found CAPF of SUB1, where source has it on PUB/,
    ],
    [
      'the p12 of a cluster without ITLRecovery',
      step('operate: { reset-remotekey: itl, from: §source, cluster: destination }'),
      /from: found source, which has no ITLRecovery in 9.1/,
    ],
    [
      'phones at a TFTP node that is not there',
      step('phones: { reset: §{ tftp: destination/SUB1 } }'),
      /found tftp "destination\/SUB1", which serves no files; expected one of source\/PUB/,
    ],
    [
      'an exchange with itself',
      step('operate: { bulk-certificates: { with: §source }, cluster: source }'),
      /with: found "source", expected destination/,
    ],
    [
      'a p12 of a cluster that is not there',
      step('operate: { reset-remotekey: itl, from: §destinaton, cluster: destination }'),
      /from: found "destinaton", expected source/,
    ],
    [
      'a reset with a key that this release has not',
      step('operate: { reset-remotekey: §itl, from: destination, cluster: source }'),
      /found in 9.1, which has utils itl reset remotekey only from 10.0 on/,
    ],
    [
      'a figure by a node without its cluster',
      step('expect: [ { count: tvs_requests, is: 1, by: { node: { §SUB1: 1 } } } ]'),
      /found "SUB1", expected one of source\/PUB/,
    ],
    [
      'phones of a cluster that is not there',
      step('expect: [ { count: phones, where: { §cluster: target }, is: 0 } ]'),
      /cluster: found "target", expected one of source, destination, ""/,
    ],
    [
      'a file of a node without its cluster',
      step('expect: [ { artefact: ITLFile.tlv, node: §PUB, field: bytes, is: 1 } ]'),
      /found "PUB", which serves no files/,
    ],
  ])('%s', (_, marked, message) => {
    const before = `name: x\n${TWO}\nsteps:\n${marked.slice(0, marked.indexOf('§'))}`.split('\n');
    const found = problems(marked.replace('§', ''));
    expect(found.join('\n')).toMatch(message);
    expect(found[0]).toMatch(new RegExp(`^x\\.yaml:${before.length}:`));
  });

  it.each<[name: string, head: string, message: RegExp]>([
    ['no map', 'clusters: CL-3', /2:11: clusters: found "CL-3", expected a map of clusters by name/],
    [
      'one cluster',
      'clusters: { source: CL-3 }',
      /2:11: .*found 1 of 2 or more, expected a single cluster under "cluster"/,
    ],
    ['both words', `cluster: CL-3\n${TWO}`, /3:1: found beside "cluster", expected one of them/],
    ['a name that means something', 'clusters: { own: CL-3, b: CL-1 }', /2:13: found "own"/],
    ['a name with a slash', 'clusters: { a/b: CL-3, b: CL-1 }', /2:13: found "a\/b"/],
    [
      'an unknown profile',
      'clusters: { a: CL-9, b: CL-1 }',
      /2:16: profile: found unknown cluster "CL-9", expected CL-1 or CL-3/,
    ],
    [
      'a release that is too old',
      'clusters: { a: { release: "7.1" }, b: CL-1 }',
      /2:27: release: found 7.1, expected 8.0/,
    ],
    [
      'mixed mode without tokens before 10.0',
      'clusters: { a: CL-3, b: { release: "9.1", mode: mixed } }',
      /2:49: mode: found mixed in 9.1/,
    ],
    [
      'the release of a single cluster in its map',
      'cluster: { release: "9.1" }',
      /2:12: found the release of the only cluster/,
    ],
    [
      'lists of an unknown cluster',
      `${TWO}\nfleet: { set: [ { for: all, holds: sorce } ] }`,
      /3:36: holds: found "sorce", expected one of own, none, source, destination \(did you mean "source"/,
    ],
    [
      'phones at servers that their home does not have',
      'clusters: { a: CL-1, b: CL-3 }',
      /found phones whose TFTP node is "SUB1", where a runs no TFTP/,
    ],
  ])('%s', (_, head, message) => {
    expect(problems(step('wait: 1s'), head).join('\n')).toMatch(message);
  });

  it('are for runs that have them: one cluster alone is not named', () => {
    expect(problems(step('operate: { regenerate: TVS, cluster: CL-3 }'), 'seed: 1')).toEqual([
      expect.stringMatching(/^x\.yaml:4:.*found a cluster where the scenario has one only, expected none/),
    ]);
    expect(
      problems(step('expect: [ { count: phones, where: { cluster: CL-3 }, is: 0 } ]'), 'seed: 1'),
    ).toEqual([expect.stringMatching(/unknown label "cluster"/)]);
    expect(problems(step('operate: { bulk-certificates: { with: destination } }'), 'seed: 1')).toEqual([
      expect.stringMatching(/with: found "destination", where the scenario has one cluster only/),
    ]);
    expect(problems(step('operate: { reset-remotekey: itl }'), 'release: "15"')).toEqual([
      expect.stringMatching(/found in 15, which has it no more: it ended with 14/),
    ]);
    // its own other TFTP server is a target all the same
    expect(plan(step('phones: { retarget: { tftp: [SUB1, PUB] } }'), 'seed: 1').steps).toMatchObject([
      { action: { tftp: { nodes: ['SUB1', 'PUB'] } } },
    ]);
  });
});
