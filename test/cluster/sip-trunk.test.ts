import { describe, expect, it } from 'vitest';
import type { SipTrunk } from '../../src/cluster/operations/sip-trunk.js';
import { cluster } from './lab.js';

const TRUNK: SipTrunk = {
  name: 'SBC',
  security: 'authenticated',
  nodes: ['SUB1', 'SUB2'],
  destinations: ['192.0.2.10'],
};

describe('SIP trunk security profiles (OP-28, R-115)', () => {
  it.each([
    ['non-secure', '1.3', true],
    ['authenticated', '1.0', true],
    ['authenticated', '1.2', true],
    ['authenticated', '1.3', false],
    ['encrypted', '1.3', true],
  ] as const)('a trunk that is %s has service at minimum TLS %s: %s', async (security, version, service) => {
    const made = await cluster('15SU2');
    await made.run({ op: 'sip-trunk', trunk: { ...TRUNK, security } });
    const set = await made.run({ op: 'set-tls-min', version, nodes: 'all' });
    expect(set.some((line) => line.includes('SIP trunk SBC: No Service'))).toBe(!service);
    const ping = made.run({ op: 'options-ping', trunk: 'SBC' });
    if (service) {
      expect(await ping).toEqual(['SUB1: SIP trunk SBC: Full Service', 'SUB2: SIP trunk SBC: Full Service']);
    } else {
      await expect(ping).rejects.toMatchObject({
        code: 'TF_OPERATION_REFUSED',
        message: expect.stringContaining(
          'SUB1, SUB2: SIP trunk SBC: No Service: authenticated mode is a NULL cipher',
        ),
      });
    }
  });

  it('comes back with the minimum', async () => {
    const made = await cluster('15SU2');
    await made.run({ op: 'sip-trunk', trunk: TRUNK });
    await made.run({ op: 'set-tls-min', version: '1.3', nodes: 'all' });
    await made.run({ op: 'set-tls-min', version: '1.2', nodes: 'all' });
    expect(await made.run({ op: 'options-ping', trunk: 'SBC' })).toHaveLength(2);
  });

  it.each([
    ['a node without CallManager', { nodes: ['PUB', 'SUB9'] }, 'no node SUB9'],
    ['no node', { nodes: [] }, 'no node, expected'],
    ['no destination', { destinations: [] }, '0 destinations, expected 1 to 16'],
    ['17 destinations', { destinations: Array<string>(17).fill('192.0.2.1') }, '17 destinations'],
  ])('refuses %s', async (_, changes, message) => {
    const made = await cluster('15SU2');
    await expect(made.run({ op: 'sip-trunk', trunk: { ...TRUNK, ...changes } })).rejects.toThrow(message);
  });

  it('keeps its nodes in the cluster until it is taken off them', async () => {
    const made = await cluster('15SU2');
    await made.run({ op: 'add-node', node: { name: 'SUB9', services: ['CallManager'] } });
    await made.run({ op: 'sip-trunk', trunk: { ...TRUNK, nodes: ['SUB9'] } });
    await expect(made.run({ op: 'remove-node', node: 'SUB9' })).rejects.toThrow(
      'SUB9 is in use: SIP trunk SBC; take it out of them first',
    );
    await made.run({ op: 'sip-trunk', trunk: TRUNK });
    await made.run({ op: 'remove-node', node: 'SUB9' });
    expect(made.state.nodes.map(({ name }) => name)).not.toContain('SUB9');
  });

  it('pings none that is not there', async () => {
    const made = await cluster('15SU2');
    await expect(made.run({ op: 'options-ping', trunk: 'SBC' })).rejects.toThrow(
      'no SIP trunk SBC: there is none',
    );
  });
});
