import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program } from '../program.js';

/** The pages as a browser shows them: the dashboard during a run, and `report.html` after it. */
const BIND = '127.36.0.1';

const LIMIT_MS = 60_000;

/** Where Debian has it, the smaller one first. */
const BROWSERS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const executablePath = BROWSERS.find((file) => spawnSync(file, ['--version']).status === 0);
if (executablePath === undefined) process.stderr.write('skipped: chromium is not installed (test/browser)\n');

/** CallManager and TVS regenerated together: every phone ends up locked. Long enough to be watched. */
const SCENARIO = `name: watched
about: Both keys renewed while a page looks on <b>& is not fooled</b>
release: "11.5(1)"
cluster: CL-1
fleet:
  groups:
    - { group: T42, model: "7942", phones: 3, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
    - { group: M41, model: "8841", phones: 2, protocol: SIP, tftp: [PUB], callManagerGroup: [PUB] }
start: healthy
# nobody's figures are at stake here
health: { event-loop-delay: 30s }
steps:
  - wait: 3s
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      - { count: phones_locked, is: 5 }
      - { count: trust_lists, where: { list: itl, result: updated }, is: 4 }
  - wait: 2s
`;

const folder = mkdtempSync(join(tmpdir(), 'trustfleet-browser-'));
const out = (name: string): string => join(folder, name);

interface Watched {
  readonly page: Page;
  /** What the browser complained of: scripts that failed, requests that its policy or the server refused. */
  readonly complaints: string[];
}

describe.skipIf(executablePath === undefined)('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    await built();
    // as root, as in containers, it runs without its own sandbox only; it sees nothing but our pages
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Watched> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(LIMIT_MS);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // a page goes on asking for the next command when one has ended
      if (message.text().endsWith('net::ERR_CONNECTION_REFUSED')) return;
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(url);
    return { page, complaints };
  }

  /** A run with a dashboard at a free port. */
  async function watchedRun(name: string, ...args: string[]): Promise<{ program: Program; url: string }> {
    return watchedRunAt('0', name, ...args);
  }

  async function watchedRunAt(
    port: string,
    name: string,
    ...args: string[]
  ): Promise<{ program: Program; url: string }> {
    const program = new Program(['run', ...args, '--bind', BIND, '--out', out(name), '--dashboard-at', port]);
    const [, url = ''] = await program.says(/dashboard at (http:\S+)/);
    return { program, url };
  }

  const summaryIn = (name: string): Summary =>
    JSON.parse(readFileSync(join(out(name), 'summary.json'), 'utf8')) as Summary;

  /** Texts of what a selector finds. */
  const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();

  /** The figure of a tile. */
  const tile = async (page: Page, title: string): Promise<string> =>
    page.locator('.tile', { hasText: title }).locator('strong').innerText();

  /** Pixels of each curve that are not empty. */
  const drawn = (page: Page): Promise<number[]> =>
    page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    })`);

  /** A place in the first curve, by the share of its width. */
  const curve = async (page: Page, share: number): Promise<{ x: number; y: number }> => {
    const box = await page.locator('#states .u-over').boundingBox();
    if (box === null) throw new Error('no curve');
    return { x: box.x + share * box.width, y: box.y + box.height / 2 };
  };

  /** The time that the legend tells there, seconds. */
  const timeAt = async (page: Page, share: number): Promise<number> => {
    const { x, y } = await curve(page, share);
    await page.mouse.move(x, y);
    return Number.parseFloat(await page.locator('#states .u-value').first().innerText());
  };

  const background = (page: Page): Promise<string> =>
    page.evaluate('getComputedStyle(document.body).backgroundColor');

  it('the dashboard shows a run as it goes, and keeps what it showed when the command has ended', async () => {
    const file = out('watched.yaml');
    writeFileSync(file, SCENARIO);
    const { program, url } = await watchedRun('watched', file);
    const { page, complaints } = await open(url);
    // while it runs
    await page.locator('#steps li.running').first().waitFor();
    expect(await page.locator('h1').innerText()).toBe('watched');
    expect(await page.locator('#head').innerText()).toContain('looks on <b>& is not fooled</b>');
    expect(await page.locator('#connection').innerText()).toBe('live');
    expect(await page.locator('#ending').isVisible()).toBe(false);
    await page.locator('.tile', { hasText: 'registered5nonsecure 5' }).waitFor();
    expect(Math.min(...(await drawn(page)))).toBeGreaterThan(1_000);

    const late = await open(url, 'dark');
    await late.page.locator('#steps li.running').first().waitFor();

    expect((await program.ended).code).toBe(1);
    const summary = summaryIn('watched');
    for (const { page: seen } of [{ page }, late]) {
      await seen.locator('#connection', { hasText: 'the command has ended' }).waitFor();
      expect(await seen.locator('#ending').innerText()).toMatch(/^FAIL\s*1 of 2 expectations does not hold/);
      expect(await seen.locator('#ending').innerText()).toContain(out('watched'));
      expect(await seen.title()).toBe('FAIL watched');
      // the figures are those of the run folder
      const failures = summary.counters.filter(({ name }) => name === 'trust_failures');
      const sum = failures.reduce((total, { value }) => total + value, 0);
      expect(sum).toBeGreaterThan(0);
      expect([await tile(seen, 'locked'), await tile(seen, 'trust failures')]).toEqual(['5', String(sum)]);
      const rows = await texts(seen, '#refusals tbody td:last-child');
      expect(rows.reduce((total, text) => total + Number(text), 0)).toBe(sum);
      const steps = summary.steps.map(({ about }) => about);
      const shown = await texts(seen, '#steps > div > ol > li > span:nth-child(2)');
      expect(shown.map((text) => text.split(' · ')[0])).toEqual(steps);
      const [held, failed] = await texts(seen, '#steps ul li');
      expect(held).toMatch(/^✓ phones_locked\s+5$/);
      expect(failed).toMatch(/^✗ trust_lists list itl, result updated\s+0\s(.|\n)*\b4\b/);
    }
    expect(complaints).toEqual([]);
    expect(late.complaints).toEqual([]);
    await page.close();
    await late.page.close();
  });

  it('the dashboard follows the dark scheme of the system, its curves too', async () => {
    const file = out('scheme.yaml');
    writeFileSync(file, SCENARIO.replaceAll('watched', 'scheme'));
    const { program, url } = await watchedRun('scheme', file);
    const { page } = await open(url);
    await page.locator('.tile', { hasText: 'registered5' }).waitFor();
    const look = async (): Promise<string[]> => [
      await background(page),
      await page.evaluate("document.querySelector('canvas').toDataURL()"),
    ];
    const light = await look();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await look();
    expect(dark[0]).not.toBe(light[0]);
    expect(dark[1]).not.toBe(light[1]);
    expect(await page.locator('canvas').count()).toBe(2);
    // on a telephone, too, nothing is wider than the screen
    await page.setViewportSize({ width: 390, height: 800 });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    // what is gone without a farewell is told as lost
    program.kill('SIGKILL');
    await page.locator('#connection', { hasText: 'connection lost' }).waitFor();
    await program.ended;
    await page.close();
  });

  it('the dashboard says that a run was stopped, and takes the next command at its address', async () => {
    const file = out('first.yaml');
    writeFileSync(file, SCENARIO.replaceAll('watched', 'first'));
    const first = await watchedRun('first', file);
    const { page, complaints } = await open(first.url);
    await page.locator('.tile', { hasText: 'registered5' }).waitFor();
    first.program.kill('SIGINT');
    await page.locator('#ending', { hasText: 'STOPPED' }).waitFor();
    await page.locator('#connection', { hasText: 'the command has ended' }).waitFor();
    expect(await page.title()).toBe('STOPPED first');
    await first.program.ended;

    writeFileSync(file, SCENARIO.replaceAll('watched', 'second'));
    const second = await watchedRunAt(new URL(first.url).port, 'second', file);
    await page.locator('h1', { hasText: 'second' }).waitFor();
    expect(await page.locator('#connection').innerText()).toBe('live');
    expect(await page.locator('#ending').isVisible()).toBe(false);
    await page.locator('.tile', { hasText: 'registered5' }).waitFor();

    // what is looked at more closely stays so while the run goes on
    await page.locator('#steps li.done', { hasText: 'regenerate TVS' }).waitFor();
    const middle = await timeAt(page, 0.5);
    await page.mouse.down();
    const { x, y } = await curve(page, 0.9);
    await page.mouse.move(x, y, { steps: 5 });
    await page.mouse.up();
    const clock = await page.locator('#clock').innerText();
    await expect.poll(() => page.locator('#clock').innerText()).not.toBe(clock);
    expect(await timeAt(page, 0.01)).toBeGreaterThanOrEqual(middle);

    // a page in the background gets no frames, and has its title to be seen by
    await page.evaluate('window.requestAnimationFrame = () => 0');
    second.program.kill('SIGINT');
    await expect.poll(() => page.title(), { timeout: LIMIT_MS }).toBe('STOPPED second');
    await second.program.ended;
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('the dashboard takes the scenarios of one command one after the other', async () => {
    const { program, url } = await watchedRun('several', 'S-03', '--clock', 'virtual', '--phones', '20');
    const { page, complaints } = await open(url);
    const { code } = await program.ended;
    await page.locator('#connection', { hasText: 'the command has ended' }).waitFor();
    const marks = await texts(page, '#runs li');
    expect(marks.length).toBeGreaterThan(1);
    expect(marks.every((text) => text.startsWith('✓ S-03'))).toBe(code === 0);
    expect(await page.locator('h1').innerText()).toBe(marks.at(-1)?.slice(2));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('report.html stands alone, in light and in dark', async () => {
    const url = pathToFileURL(join(out('watched'), 'report.html')).href;
    const colours: string[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const { page, complaints } = await open(url, scheme);
      expect(await page.locator('.verdict').innerText()).toMatch(/^FAIL/);
      for (const link of await page.locator('nav a').all()) {
        const target = (await link.getAttribute('href')) ?? '';
        expect(await page.locator(target).count()).toBe(1);
      }
      colours.push(await background(page));
      expect(complaints).toEqual([]);
      await page.close();
    }
    expect(new Set(colours).size).toBe(2);
  });
});
