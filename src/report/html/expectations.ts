import { counted } from '../../observe/figure-text.js';
import { type ExpectationResult, isOfAnotherSize, isWaitInVain } from '../../scenario/result.js';
import { type ComparisonRow, comparisonRows } from '../expectation-text.js';
import type { Summary } from '../summary.js';
import { type Column, html, type Markup, NOTHING, section, tableOf } from './markup.js';

const CAPTION = 'What the scenario expects, and what the phones did';

/** Figures of a failed expectation that its line in the list of failures names. */
const MOST_NAMED = 3;

/** Every expectation in the order of the file, found beside expected: those that did not hold are marked, and named first. */
export function expectationsSection({ expectations, filePhones, phones }: Summary): Markup {
  if (expectations.length === 0)
    return section('expectations', 'Expectations', html`<p>The run came to no expectation.</p>`);
  const failed = expectations.filter(({ passed }) => !passed);
  const unjudged = expectations.filter(isOfAnotherSize).length;
  const links = failed.map(
    (one) =>
      html`<li><a href="#e${expectations.indexOf(one)}">step ${one.step}, ${one.about}</a>${whyNot(one)}</li>\n`,
  );
  // a column of which nothing is said only parts the others
  const differs = expectations.some((one) =>
    comparisonRows(one).some((row) => differenceOf(row, one) !== ''),
  );
  const columns: readonly Column[] = [
    { title: 'step', kind: 'figure' },
    { title: 'expectation' },
    { title: 'of' },
    { title: 'expected', kind: 'figure' },
    { title: 'found', kind: 'figure' },
    ...(differs ? [{ title: 'difference', kind: 'figure' } as const] : []),
    { title: 'result' },
  ];
  return section(
    'expectations',
    'Expectations',
    failed.length === 0 ? NOTHING : html`<p>Did not hold:</p>\n<ul>\n${links}</ul>\n`,
    unjudged === 0
      ? NOTHING
      : html`<p>${counted(unjudged, 'expectation')} not judged: the figures belong to ${counted(filePhones, 'phone')}, this run had ${counted(phones, 'phone')}.</p>\n`,
    tableOf(
      CAPTION,
      columns,
      expectations.map((one, number) => group(one, number, differs)),
    ),
  );
}

/** The figures that are others than expected, the first of them. */
function whyNot(expectation: ExpectationResult): string {
  const rows = comparisonRows(expectation).filter(({ differs }) => differs);
  const named = rows.slice(0, MOST_NAMED).map(({ name, isTotal, expected, actual }) => {
    const what = isTotal ? '' : `${name} `;
    return `${what}${actual}, expected ${expected}`;
  });
  const more = rows.length > MOST_NAMED ? [`${rows.length - MOST_NAMED} more`] : [];
  return rows.length === 0 ? '' : `: ${[...named, ...more].join('; ')}`;
}

/** The rows of one expectation: its total, and every value of its splits. */
function group(expectation: ExpectationResult, number: number, differs: boolean): Markup {
  const { step, about, line } = expectation;
  const rows = comparisonRows(expectation);
  const span = Math.max(rows.length, 1);
  const first = html`<th scope="rowgroup" rowspan="${span}" class="figure">${step}</th><th scope="rowgroup" rowspan="${span}">${about} <span class="quiet name">line ${line}</span></th>`;
  const { tone, word } = resultOf(expectation);
  const last = html`<td rowspan="${span}" class="name ${tone}">${word}</td>`;
  const empty = html`<td></td><td></td><td></td>${differs ? html`<td></td>` : NOTHING}`;
  const cells = rows.length === 0 ? [empty] : rows.map((row) => cellsOf(row, expectation, differs));
  return html`<tbody class="group" id="e${number}">
${cells.map((row, i) => html`<tr>${i === 0 ? first : NOTHING}${row}${i === 0 ? last : NOTHING}</tr>\n`)}</tbody>
`;
}

function cellsOf(row: ComparisonRow, expectation: ExpectationResult, differs: boolean): Markup {
  const { name, isTotal, expected, share, actual } = row;
  const mark = expectation.passed ? NOTHING : html` bad`;
  const written = share === '' ? NOTHING : html`<span class="quiet">${share}</span> `;
  const difference = differs
    ? html`<td class="figure${mark}">${differenceOf(row, expectation)}</td>`
    : NOTHING;
  return html`<td class="name">${isTotal ? 'all' : name}</td><td class="figure">${written}${expected}</td><td class="figure">${actual}</td>${difference}`;
}

/** What was not judged, or only reported, is held against nothing. */
function differenceOf({ difference }: ComparisonRow, { judged }: ExpectationResult): string {
  return judged ? difference : '';
}

function resultOf(expectation: ExpectationResult): { readonly tone: string; readonly word: string } {
  if (!expectation.passed) return { tone: 'bad', word: '✗ does not hold' };
  if (isWaitInVain(expectation)) return { tone: 'warn', word: '! waited in vain, not judged' };
  if (expectation.reported === true) return { tone: 'quiet', word: '- reported' };
  if (!expectation.judged) return { tone: 'quiet', word: '- not judged' };
  return { tone: 'good', word: '✓ holds' };
}
