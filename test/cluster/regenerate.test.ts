import { describe, expect, it } from 'vitest';
import { cluster } from './lab.js';

describe('a regeneration in release 14 and later (1.4)', () => {
  it('restarts the TVS of the nodes that have the new certificates, and no other', async () => {
    const made = await cluster('14');
    const held = (at: number) => made.state.nodes[at]?.held.identities.TVS;
    const before = [held(0), held(1)];
    const output = await made.run({ op: 'regenerate', purpose: 'TVS', nodes: ['PUB'] });
    expect(held(0)).not.toBe(before[0]);
    expect(held(1)).toBe(before[1]);
    expect(output).toEqual([
      'PUB: Successfully Regenerated Certificate for TVS.',
      'PUB: Cisco Trust Verification Service[STARTED]',
    ]);
  });

  it('before 14 leaves the restart to the administrator', async () => {
    const made = await cluster('12.5(1)');
    const output = await made.run({ op: 'regenerate', purpose: 'TVS', nodes: ['PUB'] });
    expect(output.at(-1)).toBe(
      'You must restart services related to TVS for the regenerated certificates to become active.',
    );
  });
});
