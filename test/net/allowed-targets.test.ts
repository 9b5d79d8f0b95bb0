import { describe, expect, it, vi } from 'vitest';
import { parseCidr } from '../../src/net/addresses.js';
import { targetGuard, withAllowedTargets } from '../../src/net/allowed-targets.js';
import type { PhoneWorld } from '../../src/phone/world.js';

describe('addresses that a foreign configuration sends phones to', () => {
  it.each([
    ['127.64.0.1', true],
    ['::1', true],
    ['10.1.2.3', true],
    ['10.2.2.3', false],
    ['cucm.lab.example', false],
  ])('%s is allowed: %s', (address, expected) => {
    expect(targetGuard([parseCidr('10.1.0.0/16')])(address)).toBe(expected);
  });

  it('are unreachable where nobody allowed them, and nothing is sent there', async () => {
    const call = vi.fn();
    const world = { fetch: call, askTvs: call, enrol: call, register: call, standby: call } as unknown;
    const guarded = withAllowedTargets(world as PhoneWorld, targetGuard([]));
    const { signal } = new AbortController();
    const to = { server: { address: '10.1.2.3', port: 1 } } as never;
    const fetch = { server: '10.1.2.3', file: 'x', transport: 'tftp' } as const;
    expect(await guarded.fetch(fetch, signal)).toEqual({ status: 'refused' });
    expect(await guarded.askTvs(to, signal)).toMatchObject({ result: 'unreachable' });
    expect(await guarded.enrol(to, signal)).toMatchObject({ outcome: 'unreachable' });
    expect(await guarded.register(to, signal)).toMatchObject({ result: 'unreachable', cause: '6' });
    expect(await guarded.standby(to, signal)).toBeUndefined();
    expect(call).not.toHaveBeenCalled();
  });
});
