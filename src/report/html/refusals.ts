import { count, counted } from '../../observe/figure-text.js';
import type { RefusalKind } from '../../scenario/result.js';
import { countOf, refusalGroups } from '../refusal-groups.js';
import { attemptText, commandFor } from '../refusals-text.js';
import type { Summary } from '../summary.js';
import { type Column, type Content, html, type Markup, NOTHING, section, table } from './markup.js';

/** What the rule book says of each rule, by its id. */
export type RuleSentences = ReadonlyMap<string, string>;

/** Refusals by rule and model with the rule's sentence, one phone of each kind; and what failed beside them. */
export function refusalsSection(summary: Summary, rules: RuleSentences): Markup {
  const { counters, refusals: kinds } = summary;
  const { refusals, registrations, outages, others } = refusalGroups(kinds, counters);
  if (kinds.length === 0 && refusals.count === 0)
    return section('refusals', 'Refusals', html`<p>Nothing was refused, and nothing failed.</p>\n`);
  const examples = (caption: string, of: readonly RefusalKind[], sentences = rules): Markup =>
    of.length === 0 ? NOTHING : kindTable(caption, of, summary, sentences);
  return section(
    'refusals',
    'Refusals',
    refusals.count === 0
      ? html`<p>Nothing was refused.</p>\n`
      : html`<p>${counted(refusals.count, 'refusal')}: each list, configuration, load or server certificate that a phone did not believe (counter <code>trust_failures</code>). Failed registrations and other failures are counted apart, also where a refusal led to them.</p>\n`,
    byModel(summary, rules),
    // their sentences stand in the table above
    examples('Kinds of refusal, with one phone of each', refusals.kinds, new Map()),
    examples(`Failed registrations: ${count(countOf(registrations))}`, registrations),
    examples(`Other failures: ${count(countOf(others))}`, others),
    outages.length === 0
      ? NOTHING
      : html`<p>${counted(countOf(outages), 'registration attempt')} met a server that did not answer.</p>\n`,
  );
}

/** The counter itself: one row for each file, rule and reason. */
function byModel({ counters }: Summary, rules: RuleSentences): Markup {
  const rows = new Map<string, { readonly head: Content; readonly of: Map<string, number> }>();
  const models = new Set<string>();
  for (const { name, labels, value } of counters) {
    if (name !== 'trust_failures' || value === 0) continue;
    const { file = '', rule = '', reason = '', model = '' } = labels;
    const key = `${file} ${rule} ${reason}`;
    const row = rows.get(key) ?? { head: ruleCell(`${file} ${rule} ${reason}`, rule, rules), of: new Map() };
    rows.set(key, row);
    row.of.set(model, (row.of.get(model) ?? 0) + value);
    models.add(model);
  }
  if (rows.size === 0) return NOTHING;
  const titles = [...models].sort();
  return table(
    'Refusals by rule and model',
    [
      { title: 'file, rule and reason' },
      ...titles.map((title): Column => ({ title, kind: 'figure' })),
      { title: 'all', kind: 'figure' },
    ],
    [...rows.values()].map(({ head, of }) => [
      head,
      ...titles.map((model) => count(of.get(model) ?? 0)),
      count([...of.values()].reduce((sum, value) => sum + value, 0)),
    ]),
  );
}

function ruleCell(name: string, rule: string, rules: RuleSentences): Markup {
  const sentence = rules.get(rule);
  return html`${name}${sentence === undefined ? NOTHING : html`<p class="quiet">${sentence}</p>`}`;
}

function kindTable(
  caption: string,
  kinds: readonly RefusalKind[],
  summary: Summary,
  rules: RuleSentences,
): Markup {
  return table(
    caption,
    [{ title: 'what, rule and reason' }, { title: 'times', kind: 'figure' }, { title: 'one phone of them' }],
    kinds.map((kind) => [
      ruleCell(
        [kind.what, kind.rule, kind.reason].filter((word) => word !== '').join(' ') + attemptText(kind),
        kind.rule,
        rules,
      ),
      count(kind.count),
      html`${kind.example.phone} (${kind.example.model}, ${kind.example.group})<p>${kind.example.detail}</p><p><code>${commandFor(kind.example.phone, summary)}</code></p>`,
    ]),
  );
}
