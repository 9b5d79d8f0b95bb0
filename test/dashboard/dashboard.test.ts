import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { Dashboard } from '../../src/dashboard/dashboard.js';
import type { DashboardMessage } from '../../src/dashboard/messages.js';
import type { Snapshot } from '../../src/observe/sample.js';
import { built } from '../built.js';
import { within } from '../within.js';

const LIMIT_MS = 20_000;

const ENDING = { tone: 'good', word: 'PASS', says: '', folder: '/runs/1' } as const;

const at = (ms: number): Snapshot => ({ at: ms, counters: [], gauges: [], timings: [] });

const runOf = (scenario: string) => ({
  head: {
    scenario,
    about: '',
    conditions: [],
    phones: 0,
    clock: 'virtual',
  } as const,
  steps: [],
});

let dashboard: Dashboard;
let heard: DashboardMessage[];
let page: WebSocket;

beforeEach(async () => {
  await built();
  dashboard = await Dashboard.start({
    host: '127.0.0.1',
    port: 0,
    texts: { ruleSentence: () => '', comparison: () => [], total: () => '' },
    scenarios: ['first', 'second'],
  });
  heard = [];
  page = new WebSocket(new URL('live', dashboard.url.replace('http', 'ws')));
  page.on('message', (data) => heard.push(JSON.parse(String(data)) as DashboardMessage));
  await new Promise((resolve) => page.once('open', resolve));
});

afterEach(async () => {
  await dashboard.close();
  page.terminate();
});

/** What was heard up to the first message that will do. */
async function until(isIt: (message: DashboardMessage) => boolean): Promise<DashboardMessage[]> {
  const hears = async (): Promise<void> => {
    while (!heard.some(isIt)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(LIMIT_MS, 'a message', hears());
  return heard.slice(0, heard.findIndex(isIt) + 1);
}

const names = (messages: readonly DashboardMessage[]): string[] =>
  messages.flatMap((message) => (message.kind === 'board' ? [message.board.run.scenario] : []));

describe('the dashboard', () => {
  it('looks at a run as soon as it is open: curves begin before anything has happened', async () => {
    const run = dashboard.watch(runOf('first'));
    const snapshot = vi.fn(async () => at(3));
    run.opened({ snapshot, health: async () => [] });
    expect(snapshot).toHaveBeenCalledOnce();
    const all = await until((message) => message.kind === 'board' && message.point !== null);
    expect(all.at(-1)).toMatchObject({ board: { phase: 'running' }, point: { at: 0.003 } });
    run.close();
  });

  it('tells nothing of a run any more when the next one has the page, whatever look was under way', async () => {
    let answer = (_: Snapshot): void => undefined;
    const first = dashboard.watch(runOf('first'));
    first.opened({
      snapshot: () => new Promise((resolve) => (answer = resolve)),
      health: async () => [],
    });
    first.close();
    first.ended(ENDING, { snapshot: at(1_000), health: [] });
    const second = dashboard.watch(runOf('second'));
    answer(at(2_000));
    await new Promise((resolve) => setImmediate(resolve));
    second.ended(ENDING, { snapshot: at(500), health: [] });
    const all = await until((message) => message.kind === 'board' && message.board.at === 0.5);
    expect(names(all)).toEqual(['first', 'first', 'second', 'second']);
  });

  it('lists what ended how, and what is still to come', async () => {
    const first = dashboard.watch(runOf('first'));
    first.ended(ENDING, { snapshot: at(1_000), health: [] });
    const last = (await until((message) => message.kind === 'board' && message.board.ending !== null)).at(-1);
    expect(last).toMatchObject({
      board: {
        runs: [
          { scenario: 'first', state: 'ended', ending: { word: 'PASS' } },
          { scenario: 'second', state: 'waiting', ending: null },
        ],
      },
    });
  });
});
