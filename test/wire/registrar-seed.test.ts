import { expect, it } from 'vitest';
import { parseRelease } from '../../src/device/release.js';
import type { ClusterAnswers, FrontNode } from '../../src/net/cluster-front.js';
import { ClusterServices } from '../../src/net/cluster-services.js';

/** A CallManager alone, which has no certificate to show. */
const answers = {
  callManagerTls: () => undefined,
  oauthTls: () => undefined,
  release: () => parseRelease('12.5(1)'),
} as unknown as ClusterAnswers;

const node = {
  name: 'PUB',
  address: '127.88.253.1',
  services: new Set(['CallManager']),
} as unknown as FrontNode;

it('the SIP registrar of a node draws from the random numbers of its cluster', async () => {
  let drawn = 0;
  const random = (): number => {
    drawn += 1;
    return 0.5;
  };
  const services = new ClusterServices([node], answers, { file: () => {}, event: () => {} }, { random });
  try {
    await services.startAll();
    expect(drawn).toBeGreaterThan(0);
  } finally {
    await services.close();
  }
});
