import { describe, expect, it } from 'vitest';
import { deviceName } from '../../src/device/name.js';
import { seededRandom } from '../../src/fleet/random.js';

function draw(count: number, seed: number, label: string): number[] {
  const random = seededRandom(seed, label);
  return Array.from({ length: count }, random);
}

/** Pearson's chi-squared of 64 cells of the same probability; above 120 once in 100,000 times. */
function chiSquared(numbers: readonly number[]): number {
  const cells = new Array<number>(64).fill(0);
  for (const number of numbers) cells[Math.floor(number * 64)] = (cells[Math.floor(number * 64)] ?? 0) + 1;
  const each = numbers.length / 64;
  return cells.reduce((sum, cell) => sum + (cell - each) ** 2 / each, 0);
}

describe('the random numbers of a run', () => {
  it('are the same for the same seed and label, and others for any other', () => {
    const first = draw(8, 1, 'SEP020001000001');
    expect(draw(8, 1, 'SEP020001000001')).toEqual(first);
    for (const [seed, label] of [
      [2, 'SEP020001000001'],
      [1, 'SEP020001000002'],
      [1, ''],
    ] as const)
      expect(draw(8, seed, label).filter((number) => first.includes(number))).toEqual([]);
  });

  it('no two of a million phones have a stream in common', () => {
    // two draws tell 64 bits of state apart, but a double has 53 of them
    const heads = Float64Array.from({ length: 1_000_000 }, (_, index) => {
      const random = seededRandom(
        1,
        deviceName(`020001${index.toString(16).toUpperCase().padStart(6, '0')}`),
      );
      return Math.floor(random() * 2 ** 32) * 2 ** 21 + Math.floor(random() * 2 ** 21);
    }).sort();
    let same = 0;
    for (let index = 1; index < heads.length; index += 1) if (heads[index] === heads[index - 1]) same += 1;
    expect(same).toBe(0);
  });

  it.each([
    ['of one stream', draw(64_000, 1, 'cluster')],
    ['first ones of phones', Array.from({ length: 64_000 }, (_, i) => draw(1, 1, `SEP${i}`)[0] ?? 0)],
    ['first ones of seeds', Array.from({ length: 64_000 }, (_, i) => draw(1, i, 'cluster')[0] ?? 0)],
    ['low bits of one stream', draw(64_000, 1, 'cluster').map((number) => (number * 2 ** 26) % 1)],
  ])('are spread evenly: %s', (_, numbers) => {
    expect(chiSquared(numbers)).toBeLessThan(120);
  });
});
