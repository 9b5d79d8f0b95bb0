import { beforeEach, describe, expect, it } from 'vitest';
import { BUSY_RETRIES, FileClient } from '../../src/phone/files.js';
import type { FetchResult } from '../../src/phone/world.js';
import { LEGACY, MODERN } from './fixtures.js';
import { FakeWorld } from './world.js';

const FIRST = '10.0.0.1';
const SECOND = '10.0.0.2';
const FILE = 'CTLSEP001F9E266369.tlv';
const CONTENT = Uint8Array.of(1, 2, 3);
const { signal } = new AbortController();

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
  world.serve(FIRST, { [FILE]: CONTENT });
  world.serve(SECOND, { [FILE]: CONTENT });
});

function answer(transport: 'http' | 'tftp', server: string, ...results: FetchResult[]): void {
  world.answers.set(`${transport} ${server} ${FILE}`, results);
}

const files = (model = MODERN) => new FileClient(world, model, [FIRST, SECOND]);
const asked = () => world.calls.map((call) => call.replace(` ${FILE}`, ''));

describe('how a phone gets its files', () => {
  it('R-03: an 88xx asks over HTTP, a 79xx never does', async () => {
    expect(await files().fetch(FILE, signal)).toEqual({ status: 'ok', bytes: CONTENT, server: FIRST });
    await files(LEGACY).fetch(FILE, signal);
    expect(asked()).toEqual([`http ${FIRST}`, `tftp ${FIRST}`]);
  });

  it.each([
    { status: 'refused' },
    { status: 'timeout' },
    { status: 'busy' },
    { status: 'error', detail: '500' },
  ] as FetchResult[])('R-03: HTTP $status: the same file over TFTP from the same server', async (result) => {
    answer('http', FIRST, result);
    expect(await files().fetch(FILE, signal)).toMatchObject({ status: 'ok', server: FIRST });
    expect(asked()).toEqual([`http ${FIRST}`, `tftp ${FIRST}`]);
  });

  it('a 404 over HTTP is final: no TFTP, no second server (phone-config.md 4)', async () => {
    answer('http', FIRST, { status: 'not-found' });
    expect(await files().fetch(FILE, signal)).toEqual({ status: 'not-found' });
    expect(asked()).toEqual([`http ${FIRST}`]);
  });

  it.each([
    { status: 'timeout' },
    { status: 'refused' },
    { status: 'error', detail: 'code 2' },
  ] as FetchResult[])(
    'R-12: TFTP $status: the second server, which stays first for this boot',
    async (result) => {
      answer('tftp', FIRST, result);
      const boot = files(LEGACY);
      expect(await boot.fetch(FILE, signal)).toMatchObject({ status: 'ok', server: SECOND });
      await boot.fetch(FILE, signal);
      expect(asked()).toEqual([`tftp ${FIRST}`, `tftp ${SECOND}`, `tftp ${SECOND}`]);
      await files(LEGACY).fetch(FILE, signal);
      expect(asked().at(-1)).toBe(`tftp ${FIRST}`);
    },
  );

  it('TFTP "file not found" is an answer and does not move on to the second server', async () => {
    answer('tftp', FIRST, { status: 'not-found' });
    expect(await files(LEGACY).fetch(FILE, signal)).toEqual({ status: 'not-found' });
    expect(asked()).toEqual([`tftp ${FIRST}`]);
  });

  it('a busy server is asked again after 1 to 2 s (phone-config.md 9)', async () => {
    answer('tftp', FIRST, { status: 'busy' }, { status: 'busy' });
    expect(await world.through(files(LEGACY).fetch(FILE, signal))).toMatchObject({
      status: 'ok',
      server: FIRST,
    });
    expect(world.slept).toEqual([1_500, 1_500]);
  });

  it('five times, then the second server has a turn', async () => {
    answer('tftp', FIRST, ...Array.from({ length: 9 }, (): FetchResult => ({ status: 'busy' })));
    expect(await world.through(files(LEGACY).fetch(FILE, signal))).toMatchObject({ server: SECOND });
    expect(asked().filter((call) => call === `tftp ${FIRST}`)).toHaveLength(1 + BUSY_RETRIES);
  });

  it('R-12: when none answers nothing was reached; a busy server was', async () => {
    world.files.clear();
    const silent = files();
    expect(await silent.fetch(FILE, signal)).toMatchObject({ status: 'failed', answered: false });
    expect(silent.reached).toBe(false);
    expect(world.refusedEvents.map(({ what, rule }) => `${what} ${rule}`)).toEqual([
      'transfer R-12',
      'transfer R-12',
    ]);
    answer('http', FIRST, { status: 'busy' });
    const busy = files();
    await busy.fetch(FILE, signal);
    expect(busy.reached).toBe(true);
  });

  it('a phone without any server has nothing to wait for', async () => {
    const none = new FileClient(world, MODERN, []);
    expect(await none.fetch(FILE, signal)).toMatchObject({ status: 'failed', answered: false });
    expect(asked()).toEqual([]);
  });
});
