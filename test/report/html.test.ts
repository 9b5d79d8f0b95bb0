import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { html, Markup } from '../../src/report/html/markup.js';
import { reportHtml } from '../../src/report/html/page.js';
import { ruleSentences } from '../../src/report/rule-book.js';
import { type Summary, summaryOf } from '../../src/report/summary.js';
import { lostRun } from './lost-run.js';

const facts = {
  version: '0.1.0',
  wallSeconds: 1.5,
  started: new Date('2026-03-12T07:20:01.500Z'),
  host: { cpus: 2, node: 'v20.20.0' },
};

async function summary(missing = 0): Promise<Summary> {
  return summaryOf(await lostRun(missing), facts);
}

async function page(missing = 0, change: Partial<Summary> = {}): Promise<string> {
  return reportHtml({ ...(await summary(missing)), ...change }, ruleSentences());
}

/** The words of a page in their order, without tags. */
function words(text: string): string {
  return text
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** Sections of the page by id. */
function sectionOf(text: string, id: string): string {
  return new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(text)?.[0] ?? '';
}

describe('the page of a run', () => {
  it('is well formed, and every table has a caption and headings for columns and rows', async () => {
    const text = await page(10);
    const options = { unpairedTags: ['meta', '!doctype'], allowBooleanAttributes: true };
    expect(XMLValidator.validate(text.replace(/^<!doctype html>\n/, ''), options)).toBe(true);
    const tables = text.match(/<table>[\s\S]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThanOrEqual(7);
    for (const one of tables) {
      expect(one).toMatch(/^<table>\n<caption>[^<]+<\/caption>/);
      expect(one).toContain('<th scope="col"');
      expect(one).toMatch(/<th scope="row(?:group)?"/);
    }
    expect(text).toContain('<html lang="en">');
    // each entry of the navigation leads to a section
    for (const [, id] of text.matchAll(/<a href="#([^"]+)"/g)) expect(text).toContain(` id="${id}"`);
  });

  it('loads nothing and runs nothing, and follows the light or dark of the system', async () => {
    const text = await page(10);
    expect(text).not.toMatch(/<(?:script|link|img|iframe|object|base|form)\b/i);
    expect(text).not.toMatch(/\ssrc=|url\(|@import|href="(?!#)|\son\w+=/i);
    expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(text).toContain('@media (prefers-color-scheme: dark)');
  });

  it('begins with the verdict; found stands beside expected, with the difference, failures named first', async () => {
    const text = await page(10);
    expect(words(text)).toContain('FAIL 3 of 8 expectations do not hold');
    const expectations = sectionOf(text, 'expectations');
    expect(words(expectations)).toContain(
      'Did not hold: step 5, tvs_requests for itl : 1,990, expected 2,000; result handshake-failed 1,990, expected 2,000; node SUB1 500, expected 510 step 5, tvs_requests for config',
    );
    const [group = ''] = /<tbody class="group" id="e2">[\s\S]*?<\/tbody>/.exec(expectations) ?? [];
    expect(words(group)).toMatch(
      /^ 5 tvs_requests for itl line \d+ all 2,000 1,990 -10 ✗ does not hold result handshake-failed 2,000 1,990 -10 node SUB1 510 500 -10 node SUB2 1,000 1,000 /,
    );
    expect(words(await page())).toContain('PASS all 8 expectations hold');
  });

  it('has phones by model and state, refusals by rule and model with the rule’s sentence, times, steps, health', async () => {
    const text = await page();
    expect(words(sectionOf(text, 'phones'))).toContain(
      'At the end, by model and state model registered nonsecure locked 7942 150 150 7962 150 150',
    );
    const refusals = words(sectionOf(text, 'refusals'));
    expect(refusals).toContain('1,000 refusals: each list, configuration');
    const sentence = ruleSentences().get('R-39') ?? '';
    expect(sentence).not.toBe('');
    expect(refusals).toContain(`all itl R-39 tvs-unusable ${sentence} 150 150 100 200 200 100 100 1,000`);
    expect(refusals).toContain('SEP020001000010 (7942, L42) the signer cn=CL-3-pub');
    expect(refusals).toContain('trustfleet run S-03b --only SEP020001000010');
    expect(words(sectionOf(text, 'timings'))).toMatch(/boot all 2,000 .* 7942 300/);
    expect(words(sectionOf(text, 'steps'))).toMatch(/4 reset all phones 1,000 4\.2 s/);
    expect(words(sectionOf(text, 'health'))).toContain(
      'event-loop-delay (shard 2) 34 ms 100 ms 4 ✓ within the limit',
    );
    expect(text).not.toContain('id="rates"');
  });

  it('says of each record of a file what was expected of it, and of a time its limit', async () => {
    const field = {
      ...{ step: 6, line: 9, about: 'certificate.keyBits of ITLFile.tlv', judged: true, passed: false },
      expected: [{ labels: {}, value: 2048 }],
      actual: [
        { labels: { record: '4' }, value: 2048 },
        { labels: { record: '5' }, value: 1024 },
      ],
    };
    const boot = {
      ...{ step: 6, line: 10, about: 'time boot', judged: true, passed: true },
      expected: [{ labels: {}, of: 'p99', limit: '< 1s' }],
      actual: [{ labels: {}, of: 'p99', value: 0.5 }],
    };
    const expectations = words(sectionOf(await page(0, { expectations: [field, boot] }), 'expectations'));
    expect(expectations).toContain('of ITLFile.tlv : record 5 1,024, expected 2,048');
    expect(expectations).toMatch(/record 4 2,048 2,048 ✗ does not hold record 5 2,048 1,024 -1,024 /);
    expect(expectations).toContain('time boot line 10 p99 &lt; 1s 0.5s ✓ holds');
  });

  it('has a column for differences only where something judged differs', async () => {
    const columnsOf = async (missing: number, change: Partial<Summary> = {}) =>
      words(
        /<thead>[\s\S]*?<\/thead>/.exec(sectionOf(await page(missing, change), 'expectations'))?.[0] ?? '',
      );
    expect(await columnsOf(10)).toContain('expected found difference result');
    expect(await columnsOf(0)).toContain('expected found result');
    const { expectations } = await summary(10);
    const unjudged = expectations.map((one) => ({ ...one, judged: false, passed: true }));
    expect(await columnsOf(10, { expectations: unjudged })).toContain('expected found result');
  });

  it('shows what is only reported without a difference, for nothing was expected', async () => {
    const reported = {
      ...{ step: 6, line: 9, about: 'shown', judged: false, passed: true, reported: true },
      expected: [],
      actual: [{ labels: {}, value: 100 }],
    };
    const text = await page(0, { expectations: [reported] });
    expect(words(sectionOf(text, 'expectations'))).toMatch(/6 shown line 9 all - 100 - reported/);
  });

  it('escapes whatever the scenario, a phone or a server said', async () => {
    const evil = `"><script>alert('1')</script>&\u0007`;
    const whole = await summary(10);
    const text = reportHtml(
      {
        ...whole,
        scenario: evil,
        about: evil,
        file: evil,
        version: evil,
        ended: { by: 'operation-refused', message: evil },
        clusters: [{ name: evil, release: evil }],
        expectations: whole.expectations.map((one) => ({ ...one, about: evil })),
        steps: [{ step: 1, about: evil, seconds: 1, output: [evil] }],
        gauges: whole.gauges.map((gauge) => ({ ...gauge, labels: { ...gauge.labels, model: evil } })),
        refusals: whole.refusals.map((kind) => ({
          ...kind,
          example: { ...kind.example, phone: evil, detail: evil },
        })),
      },
      new Map([['R-39', evil]]),
    );
    expect(text).not.toContain('<script');
    expect(text).not.toContain('\u0007');
    const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\ufffd';
    expect(text.split(escaped).length).toBeGreaterThan(20);
    const options = { unpairedTags: ['meta'] };
    expect(XMLValidator.validate(text.replace(/^<!doctype html>\n/, ''), options)).toBe(true);
    const read = new XMLParser({ ...options, htmlEntities: true }).parse(
      text.replace(/^<!doctype html>\n/, ''),
    );
    expect(read.html.body.header.h1).toContain('<script>');
  });

  it('of a run that measured nothing has the reason and no empty tables', async () => {
    const text = await page(0, {
      ended: { by: 'error', code: 'TF_PORT_TAKEN', message: 'port 6969 is taken' },
      verdict: 'invalid',
      ...{ expectations: [], counters: [], gauges: [], timings: [], steps: [], refusals: [], health: [] },
    });
    expect(words(text)).toContain('BROKEN OFF port 6969 is taken [TF_PORT_TAKEN]');
    expect(words(text)).toContain('The run came to no expectation.');
    expect(text).not.toMatch(/<tbody>\s*<\/tbody>/);
  });
});

describe('markup', () => {
  it('escapes what is no markup, also in attributes and lists', () => {
    const made = html`<a title="${`"'`}">${['<', 1, new Markup('<b>'), ['&']]}</a>`;
    expect(made.html).toBe('<a title="&quot;&#39;">&lt;1<b>&amp;</a>');
  });
});
