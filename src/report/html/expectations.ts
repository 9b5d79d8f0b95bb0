import { counted } from '../../observe/figure-text.js';
import { type ExpectationResult, isOfAnotherSize, isWaitInVain } from '../../scenario/result.js';
import { type ComparisonRow, comparisonRows } from '../expectation-text.js';
import type { Summary } from '../summary.js';
import { html, type Markup, NOTHING, section } from './markup.js';

const COLUMNS = ['step', 'expectation', 'of', 'expected', 'found', 'difference', 'result'] as const;
const FIGURES: ReadonlySet<string> = new Set(['expected', 'found', 'difference']);

/** Every expectation in the order of the file, found beside expected: those that did not hold are marked, and named first. */
export function expectationsSection({ expectations, filePhones, phones }: Summary): Markup {
  if (expectations.length === 0)
    return section('expectations', 'Expectations', html`<p>The run came to no expectation.</p>`);
  const failed = expectations.filter(({ passed }) => !passed);
  const unjudged = expectations.filter(isOfAnotherSize).length;
  const links = failed.map(
    (one) => html`<li><a href="#e${expectations.indexOf(one)}">step ${one.step}, ${one.about}</a></li>\n`,
  );
  return section(
    'expectations',
    'Expectations',
    failed.length === 0 ? NOTHING : html`<p>Did not hold:</p>\n<ul>\n${links}</ul>\n`,
    unjudged === 0
      ? NOTHING
      : html`<p>${counted(unjudged, 'expectation')} not judged: the figures belong to ${counted(filePhones, 'phone')}, this run had ${counted(phones, 'phone')}.</p>\n`,
    html`<div class="scroll" role="region" aria-label="Expectations" tabindex="0"><table>
<caption>What the scenario expects, and what the phones did</caption>
<thead><tr>${COLUMNS.map((title) => html`<th scope="col"${figureClass(title)}>${title}</th>`)}</tr></thead>
${expectations.map(group)}</table></div>
`,
  );
}

function figureClass(title: string): Markup {
  return FIGURES.has(title) ? html` class="figure"` : NOTHING;
}

/** The rows of one expectation: its total, and every value of its splits. */
function group(expectation: ExpectationResult, number: number): Markup {
  const { step, about, line } = expectation;
  const rows = comparisonRows(expectation);
  const span = Math.max(rows.length, 1);
  const first = html`<th scope="rowgroup" rowspan="${span}" class="figure">${step}</th><th scope="rowgroup" rowspan="${span}">${about} <span class="quiet">line ${line}</span></th>`;
  const { tone, word } = resultOf(expectation);
  const last = html`<td rowspan="${span}" class="${tone}">${word}</td>`;
  const cells =
    rows.length === 0
      ? [html`<td></td><td></td><td></td><td></td>`]
      : rows.map((row) => cellsOf(row, expectation));
  return html`<tbody class="group" id="e${number}">
${cells.map((row, i) => html`<tr>${i === 0 ? first : NOTHING}${row}${i === 0 ? last : NOTHING}</tr>\n`)}</tbody>
`;
}

/** What is only reported was not expected, so it does not differ. */
function cellsOf(
  { name, isTotal, expected, actual, difference }: ComparisonRow,
  { passed, reported }: ExpectationResult,
): Markup {
  const mark = passed ? NOTHING : html` bad`;
  return html`<td>${isTotal ? 'all' : name}</td><td class="figure">${expected}</td><td class="figure">${actual}</td><td class="figure${mark}">${reported === true ? '' : difference}</td>`;
}

function resultOf(expectation: ExpectationResult): { readonly tone: string; readonly word: string } {
  if (!expectation.passed) return { tone: 'bad', word: '✗ does not hold' };
  if (isWaitInVain(expectation)) return { tone: 'warn', word: '! waited in vain, not judged' };
  if (expectation.reported === true) return { tone: 'quiet', word: '- reported' };
  if (!expectation.judged) return { tone: 'quiet', word: '- not judged' };
  return { tone: 'good', word: '✓ holds' };
}
