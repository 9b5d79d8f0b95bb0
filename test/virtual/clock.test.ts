import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/virtual/clock.js';

describe('the virtual clock', () => {
  it('lets events happen by time, then phone, then order of scheduling', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const note = (text: string) => (): void => {
      seen.push(`${clock.now} ${text}`);
    };
    clock.schedule(20, 1, note('late'));
    clock.schedule(10, 7, note('phone 7'));
    clock.schedule(10, 2, note('phone 2, first'));
    clock.schedule(10, 2, note('phone 2, second'));
    clock.runNext();
    expect(seen).toEqual(['10 phone 2, first', '10 phone 2, second', '10 phone 7']);
    clock.runNext();
    expect(seen.at(-1)).toBe('20 late');
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets happen at the same moment what an event schedules for now', () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    clock.schedule(5, 0, () => clock.schedule(0, 0, () => seen.push(clock.now)));
    clock.runNext();
    expect(seen).toEqual([5]);
  });

  it('passes over what was cancelled', () => {
    const clock = new VirtualClock();
    const event = clock.schedule(5, 0, () => expect.unreachable());
    clock.schedule(9, 0, () => undefined);
    clock.cancel(event);
    expect(clock.next).toBe(9);
  });

  it('keeps the order of a thousand events put in at random', () => {
    const clock = new VirtualClock();
    let state = 1;
    const drawn = Array.from({ length: 1_000 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return state % 100;
    });
    const seen: number[] = [];
    for (const at of drawn) clock.schedule(at, 0, () => seen.push(at));
    while (clock.next !== Number.POSITIVE_INFINITY) clock.runNext();
    expect(seen).toEqual([...drawn].sort((a, b) => a - b));
  });
});
