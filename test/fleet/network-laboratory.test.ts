import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_SNAPSHOT } from '../../src/observe/samples.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { openLaboratory, plan } from './network-setting.js';

const SMALL = plan(`name: small
release: "11.5(1)"
fleet:
  groups:
    - { group: T42, model: "7942", phones: 3, protocol: SCCP, tftp: [PUB, SUB1], callManagerGroup: [SUB1, SUB2] }
    - { group: M41, model: "8841", phones: 3, protocol: SIP, tftp: [SUB1, PUB], callManagerGroup: [SUB2, PUB] }
steps:
  - mark: unused
`);
const ALL = { kind: 'all' } as const;
const LOAD = { concurrency: 10 } as const;
const LIMIT_MS = 60_000;

/** What keeps this thread alive, without what vitest itself opens and closes. */
function resources(): string[] {
  const own = ['PipeWrap', 'TTYWrap', 'FSReqPromise', 'FSReqCallback', 'CloseReq'];
  return process.getActiveResourcesInfo().filter((name) => !own.includes(name));
}

/** What is there now and was not before. */
function added(before: readonly string[]): string[] {
  const known = [...before];
  return resources().filter((name) => {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

/** What stays: handles close a turn of the event loop after they were told to. */
async function leftSince(before: readonly string[]): Promise<string[]> {
  for (let tries = 0; tries < 100 && added(before).length > 0; tries += 1) await delay(50);
  return added(before);
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('a laboratory over sockets', () => {
  it('leaves no worker, timer, port or socket behind, whatever its phones were doing', async () => {
    const before = resources();
    const laboratory = await openLaboratory(SMALL, '127.33.1.1', { shards: 2 });
    expect(laboratory.shards).toBe(2);
    expect(await laboratory.act({ action: 'power-on' }, ALL, LOAD, LIMIT_MS)).toEqual({
      addressed: 6,
      unfinished: 0,
    });
    // a boot, a wait and a snapshot are under way when it closes
    const underWay = [
      laboratory.act({ action: 'reset' }, ALL, LOAD, LIMIT_MS),
      laboratory.sleep(600_000),
      laboratory.snapshot(),
    ];
    await Promise.all([laboratory.close(), Promise.allSettled(underWay)]);
    expect(await leftSince(before)).toEqual([]);
    // the ports are free again at once
    for (const port of [2000, 5060, 2445, 6970]) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: '127.33.1.1', port }, resolve);
      });
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('leaves nothing behind when a port is taken, and says which', async () => {
    const before = resources();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: '127.33.2.3', port: 2445 }, resolve));
    await expect(openLaboratory(SMALL, '127.33.2.1')).rejects.toMatchObject({
      code: 'TF_PORT_TAKEN',
      message: expect.stringContaining('port 2445 of 127.33.2.3'),
    });
    await new Promise((resolve) => blocker.close(resolve));
    expect(await leftSince(before)).toEqual([]);
  });

  it('a restart that the cluster refuses changes nothing: what it stopped runs again', async () => {
    const laboratory = await openLaboratory(SMALL, '127.33.3.1');
    try {
      // SUB2 runs no TFTP, so nothing is restarted there
      const refused = laboratory.operate({
        op: 'restart',
        services: ['CallManager', 'TFTP'],
        nodes: ['SUB2'],
      });
      await expect(refused).rejects.toMatchObject({ code: 'TF_OPERATION_REFUSED' });
      await laboratory.act({ action: 'power-on' }, ALL, LOAD, LIMIT_MS);
      const { counters } = await laboratory.snapshot();
      const accepted = counters.filter(
        ({ name, labels }) => name === 'registrations' && labels.result === 'accepted',
      );
      expect(accepted.map(({ labels, value }) => [labels.group, labels.node, value])).toEqual(
        expect.arrayContaining([
          ['T42', 'SUB1', 3],
          ['M41', 'SUB2', 3],
        ]),
      );
    } finally {
      await laboratory.close();
    }
  });

  it('counts nothing before the first phone has power, and knows each phone as off', async () => {
    const laboratory = await openLaboratory(SMALL, '127.33.4.1', { logs: true });
    try {
      const snapshot = await laboratory.snapshot();
      expect(snapshot.counters).toEqual(EMPTY_SNAPSHOT.counters);
      expect(
        snapshot.gauges.map(({ name, labels, value }) => [name, labels.group, labels.state, value]),
      ).toEqual(
        expect.arrayContaining([
          ['phones', 'T42', 'off', 3],
          ['phones', 'M41', 'off', 3],
        ]),
      );
      // start: healthy is the default: each phone holds what its first TFTP node serves
      const held = await laboratory.held('itl', 'served');
      expect(held.map(({ labels, value }) => [labels.group, labels.node, value])).toEqual(
        expect.arrayContaining([
          ['T42', 'PUB', 3],
          ['M41', 'SUB1', 3],
        ]),
      );
      expect(await laboratory.logs()).toEqual([]);
      expect(await laboratory.refusals()).toEqual([]);
    } finally {
      await laboratory.close();
    }
  });

  it('a step whose limit passes tells how many phones have no outcome', async () => {
    const laboratory = await openLaboratory(SMALL, '127.33.5.1');
    try {
      await laboratory.fault({ stop: ['TFTP'], nodes: 'all' });
      // two servers, half a second and four repetitions each: no boot is over in a tenth of a second
      expect(await laboratory.act({ action: 'power-on' }, ALL, LOAD, 100)).toEqual({
        addressed: 6,
        unfinished: 6,
      });
    } finally {
      await laboratory.close();
    }
  });

  it('a signal that has aborted opens nothing', async () => {
    const before = resources();
    const { openNetworkLaboratory } = await import('../../src/fleet/network-laboratory.js');
    const { laboratorySpec } = await import('../../src/scenario/laboratory-spec.js');
    const { loadModels } = await import('../../src/fleet/profiles.js');
    const models = loadModels();
    const signal = AbortSignal.abort(new Error('stopped'));
    const opening = openNetworkLaboratory(laboratorySpec(SMALL, models), {
      models,
      health: SMALL.health,
      signal,
    });
    await expect(opening).rejects.toThrow('stopped');
    expect(added(before)).toEqual([]);
  });
});
