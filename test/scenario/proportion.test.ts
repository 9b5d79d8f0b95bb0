import { describe, expect, it } from 'vitest';
import type { CountExpectation } from '../../src/scenario/plan.js';
import { inProportion } from '../../src/scenario/proportion.js';

const waitFor = (is: number): CountExpectation => ({
  kind: 'count',
  line: 1,
  about: 'phones',
  counter: 'phones',
  where: {},
  bound: { is },
  by: [],
  report: false,
});

describe('a wait with another number of phones', () => {
  it('is for all of them where the file has it for all of its own, whatever their number', () => {
    for (let phones = 1; phones <= 2_000; phones += 1)
      expect(inProportion(waitFor(phones), 1 / phones).bound).toEqual({ is: 1 });
  });
});
