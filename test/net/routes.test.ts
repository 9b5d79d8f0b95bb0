import { describe, expect, it } from 'vitest';
import { localAddressTowards } from '../../src/net/routes.js';

describe('the own address towards a target', () => {
  it('is that of the loopback interface towards a loopback address', async () => {
    expect(await localAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  });

  it('is undefined where the system lets nothing through, as towards the broadcast address', async () => {
    expect(await localAddressTowards('255.255.255.255')).toBeUndefined();
  });
});
