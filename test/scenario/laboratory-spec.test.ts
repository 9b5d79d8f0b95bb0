import { describe, expect, it } from 'vitest';
import { loadModels } from '../../src/fleet/profiles.js';
import { loadScenario } from '../../src/scenario/catalogue.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';

describe('the one phone of --only', () => {
  const namesWith = (only: string): string[] =>
    laboratorySpec(loadScenario('S-03b'), loadModels(), { only }).devices.map(({ name }) => name);

  it.each(['SEP02000100000A', 'sep02000100000a', 'Sep02000100000a'])('may be written %s', (only) => {
    expect(namesWith(only)).toEqual(['SEP02000100000A']);
  });

  it('is refused as it was written where the fleet has none of that name', () => {
    expect(() => namesWith('sep001122334455')).toThrow(
      expect.objectContaining({
        code: 'TF_USAGE',
        message: expect.stringContaining('no phone sep001122334455 in'),
      }),
    );
  });
});
