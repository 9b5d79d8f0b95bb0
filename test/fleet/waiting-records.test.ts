import { describe, expect, it } from 'vitest';
import type { RefusalRecord } from '../../src/fleet/laboratory.js';
import { WaitingLines, WaitingRefusals } from '../../src/fleet/waiting-records.js';

function refusal(number: number, rule = 'R-39'): RefusalRecord {
  const phone = `SEP${number}`;
  return { at: number, phone, model: '7942', group: 'L42', what: 'itl', rule, reason: 'r', detail: '' };
}

describe('refusals between two looks of the main thread', () => {
  it('are all kept up to the bound, and handed out once', () => {
    const waiting = new WaitingRefusals(3);
    for (let i = 0; i < 3; i += 1) waiting.add(refusal(i));
    expect(waiting.take()).toEqual([refusal(0), refusal(1), refusal(2)]);
    expect(waiting.take()).toEqual([]);
  });

  it('are counted by kind past it, so that no figure is lost', () => {
    const waiting = new WaitingRefusals(3);
    for (const rule of ['R-39', 'R-40', 'R-39']) waiting.add(refusal(0, rule));
    for (let i = 0; i < 5; i += 1) waiting.add(refusal(9));
    waiting.add(refusal(9, 'R-40'));
    expect(waiting.take().map(({ rule, more = 0 }) => [rule, more])).toEqual([
      ['R-39', 0],
      ['R-40', 1],
      ['R-39', 5],
    ]);
  });

  it('keep the first of a new kind even then, as its example', () => {
    const waiting = new WaitingRefusals(1);
    waiting.add(refusal(1));
    waiting.add(refusal(2, 'R-25'));
    waiting.add(refusal(3, 'R-25'));
    expect(waiting.take()).toEqual([refusal(1), { ...refusal(2, 'R-25'), more: 1 }]);
  });

  it('start anew after each look', () => {
    const waiting = new WaitingRefusals(1);
    waiting.add(refusal(1));
    waiting.take();
    waiting.add(refusal(2));
    expect(waiting.take()).toEqual([refusal(2)]);
  });
});

describe('log lines between two looks', () => {
  it('say in the last line how many had no place', () => {
    const waiting = new WaitingLines(2);
    for (const line of ['a', 'b', 'c', 'd']) waiting.add(line);
    expect(waiting.take()).toEqual(['a', 'b', '… 2 more lines, past the 2 that are kept']);
    waiting.add('e');
    expect(waiting.take()).toEqual(['e']);
  });
});
