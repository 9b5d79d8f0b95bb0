import { healthFigure } from '../observe/figure-text.js';
import { type ExpectationResult, isOfAnotherSize, isWaitInVain, type RunResult } from '../scenario/result.js';
import { comparison, shortFigures } from './expectation-text.js';
import { loadText } from './format.js';
import { escapeAttribute, escapeText } from './markup-text.js';
import type { RunFacts } from './summary.js';

/** A run as a JUnit test suite: one case an expectation, so that CI servers show what did not hold. */
export function junitXml(result: RunResult, facts: RunFacts): string {
  const cases = [
    ...result.expectations.map((expectation) => expectationCase(result, expectation)),
    ...runCases(result),
  ];
  const failures = result.expectations.filter(({ passed }) => !passed).length;
  const skipped = result.expectations.filter(({ judged }) => !judged).length;
  const errors = cases.length - result.expectations.length;
  const totals = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${result.seconds}"`;
  const properties = {
    verdict: result.verdict,
    seed: result.seed,
    phones: result.phones,
    clock: result.clock,
    release: result.release,
    version: facts.version,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trustfleet" ${totals}>`,
    `  <testsuite name="${attribute(result.scenario)}" ${totals} timestamp="${facts.started.toISOString()}">`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([name, value]) => `      <property name="${name}" value="${attribute(String(value))}"/>`,
    ),
    '    </properties>',
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function expectationCase(result: RunResult, expectation: ExpectationResult): string {
  const { step, about, passed, judged, line } = expectation;
  const open = `    <testcase classname="${attribute(`${result.scenario}.step ${step}`)}" name="${attribute(about)}" file="${attribute(result.file)}" line="${line}"`;
  if (!judged) {
    const why = isOfAnotherSize(expectation)
      ? `${isWaitInVain(expectation) ? 'waited in vain: ' : ''}the figures belong to ${result.filePhones} phones, this run had ${result.phones}`
      : `reported, not asserted: ${shortFigures(expectation).total}`;
    return `${open}>\n      <skipped message="${attribute(why)}"/>\n    </testcase>`;
  }
  if (passed) return `${open}/>`;
  const table = comparison(expectation).join('\n');
  return `${open}>\n      <failure message="${attribute(`${about} does not hold`)}">${escapeText(table)}</failure>\n    </testcase>`;
}

/** What makes a whole run invalid, or ended it early. */
function runCases(result: RunResult): string[] {
  const errors = result.health
    .filter((reading) => reading.exceeded)
    .map(({ what, worker, worst, limit, at, unit }) => ({
      name: `${what} of ${worker}`,
      message: `${healthFigure(worst, unit)} at ${at} s, limit ${healthFigure(limit, unit)}, while offering ${loadText(result.load)}`,
    }));
  const { ended } = result;
  if (ended.by === 'signal') errors.push({ name: 'end', message: `stopped by ${ended.signal}` });
  if (ended.by === 'error' || ended.by === 'operation-refused')
    errors.push({ name: 'end', message: ended.message });
  return errors.map(
    ({ name, message }) =>
      `    <testcase classname="${attribute(`${result.scenario}.run`)}" name="${attribute(name)}">\n      <error message="${attribute(message)}"/>\n    </testcase>`,
  );
}

function attribute(value: string): string {
  return escapeAttribute(value).replace(/\s+/g, ' ');
}
