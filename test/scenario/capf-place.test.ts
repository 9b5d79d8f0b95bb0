import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCluster } from '../../src/fleet/profiles.js';
import { readScenario } from '../../src/scenario/read.js';

const folder = mkdtempSync(join(tmpdir(), 'capf-place-'));
const file = join(folder, 'x.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

/** A publisher and a subscriber with these services, in lines 4 and 5 of the file. */
const inline = (publisher: string, subscriber: string): string =>
  [
    'name: x',
    'cluster:',
    '  nodes:',
    `    - { name: PUB, services: ${publisher} }`,
    `    - { name: SUB1, services: ${subscriber} }`,
    'fleet: { groups: [ { group: A, model: 8841, phones: 1, lsc: none, security: non-secure, tftp: [PUB], callManagerGroup: [PUB] } ] }',
    'start: factory',
    'steps: [ { wait: 1s } ]',
  ].join('\n');

const PUBLISHER = '[CallManager, TFTP, TVS, CAPF]';
const REFUSAL =
  'found CAPF on SUB1: CAPF runs on the publisher only (OP-11), expected it on PUB, the first node';

describe('CAPF on a subscriber (OP-11: "Publisher only")', () => {
  it.each([
    ['a list', '[CallManager, CAPF]', `5:31: CAPF: ${REFUSAL}`],
    ['one word', 'CAPF', `5:31: CAPF: ${REFUSAL}`],
    ['a map', '{ CallManager: true, CAPF: true }', `5:58: CAPF: ${REFUSAL}`],
    [
      'a real one elsewhere, beside a TFTP server of ours that would have to name it',
      '{ CallManager: true, CAPF: { external: 127.0.0.5 } }',
      '5:58: CAPF: found an external CAPF at SUB1, which no file of PUB would name: CAPF runs on the publisher only (OP-11), ' +
        'expected it on PUB, the first node',
    ],
  ])('%s is refused where it stands', (_, services, refusal) => {
    expect(() => readScenario(inline(PUBLISHER, services), file)).toThrow(`${file}:${refusal}`);
  });

  it('is refused in each of several clusters', () => {
    const text = [
      'name: x',
      'clusters:',
      '  source: { profile: CL-1 }',
      '  destination:',
      '    nodes:',
      `      - { name: PUB, services: ${PUBLISHER} }`,
      '      - { name: SUB1, services: [CallManager] }',
      '      - { name: SUB2, services: [CallManager, CAPF] }',
      'steps: [ { wait: 1s } ]',
    ].join('\n');
    expect(() => readScenario(text, file)).toThrow(
      `${file}:8:33: CAPF: found CAPF on SUB2: CAPF runs on the publisher only`,
    );
  });

  it('is refused in a cluster file, for a scenario and for serve', () => {
    const lab = join(folder, 'lab.yaml');
    writeFileSync(
      lab,
      `name: LAB\nabout: mine\nnodes:\n  - { name: PUB, services: ${PUBLISHER} }\n  - { name: SUB1, services: [CAPF] }\n`,
    );
    expect(() => loadCluster(lab)).toThrow(`${lab}:5:29: ${REFUSAL}`);
    const text = 'name: x\ncluster: ./lab.yaml\nsteps: [ { wait: 1s } ]\n';
    expect(() => readScenario(text, file)).toThrow(`${lab}:5:29: ${REFUSAL}`);
  });

  it.each([
    ['is no fault where it says that there is none', PUBLISHER, '{ CallManager: true, CAPF: false }'],
    [
      'may be a real one where no file comes from here',
      '{ TFTP: { external: 127.0.0.7 }, CallManager: true }',
      '{ CAPF: { external: 127.0.0.5 } }',
    ],
  ])('%s', (_, publisher, subscriber) => {
    const [{ nodes }] = readScenario(inline(publisher, subscriber), file).clusters;
    expect(nodes.map(({ name }) => name)).toEqual(['PUB', 'SUB1']);
  });
});
