import { loadText } from '../format.js';
import type { Summary } from '../summary.js';
import { conditions, exceededLimits, verdictSentence } from '../verdict-sentence.js';
import { expectationsSection } from './expectations.js';
import { html, Markup, NOTHING } from './markup.js';
import { healthSection, ratesSection, stepsSection, timingsSection } from './measures.js';
import { phonesSection } from './phones.js';
import { type RuleSentences, refusalsSection } from './refusals.js';
import { STYLE } from './style.js';

const SECTIONS = {
  expectations: 'Expectations',
  phones: 'Phones',
  refusals: 'Refusals',
  timings: 'Times',
  steps: 'Steps',
  rates: 'Rates',
  health: 'Health',
} as const;

/**
 * A run as one HTML page that stands alone: nothing is loaded, nothing has to run, and everything that a scenario, a phone or a
 * server said is escaped.
 *
 * @param summary as it stands in `summary.json`
 * @param rules the sentences that stand beside rules
 */
export function reportHtml(summary: Summary, rules: RuleSentences): string {
  const parts: Readonly<Record<keyof typeof SECTIONS, Markup>> = {
    expectations: expectationsSection(summary),
    phones: phonesSection(summary),
    refusals: refusalsSection(summary, rules),
    timings: timingsSection(summary),
    steps: stepsSection(summary),
    rates: ratesSection(summary),
    health: healthSection(summary),
  };
  const there = (Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]).filter((id) => parts[id] !== NOTHING);
  const { scenario, about } = summary;
  // the policy holds the page to its word, whatever stands in it
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${scenario}: ${verdictSentence(summary).word}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${scenario}</h1>
<p>${about}</p>
<p class="quiet">${conditions(summary).join(', ')}, ${loadText(summary.load)}</p>
${verdictBox(summary)}<nav aria-label="Sections"><ul>
${there.map((id) => html`<li><a href="#${id}">${SECTIONS[id]}</a></li>\n`)}</ul></nav>
</header>
<main>
${there.map((id) => parts[id])}</main>
${footer(summary)}</body>
</html>
`.html;
}

function verdictBox(summary: Summary): Markup {
  const { tone, word, says, but } = verdictSentence(summary);
  const limits = exceededLimits(summary).map(({ sentence }) => html`<p>${sentence}</p>\n`);
  return html`<div class="verdict ${tone}"><strong>${word}</strong><span>${says}${but}</span>
${limits}</div>
`;
}

function footer({ version, started, seed, file, host, seconds, wallSeconds, clock }: Summary): Markup {
  const real = clock === 'virtual' ? `, ${wallSeconds} s by the clock on the wall` : '';
  return html`<footer>
<p>trustfleet ${version}, started <time datetime="${started}">${started}</time>, ${seconds} s${real}, on ${host.cpus} cores with Node.js ${host.node}</p>
<p>Scenario <code>${file}</code>, seed ${seed}</p>
</footer>
`;
}
