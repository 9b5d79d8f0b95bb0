import { describe, expect, it } from 'vitest';
import { callManagerIdentity, oauthTls } from '../../src/cluster/call-manager.js';
import { capfIdentity } from '../../src/cluster/capf.js';
import type { CertificatePurpose } from '../../src/cluster/operation.js';
import { portsThatFollow } from '../../src/cluster/shown-identity.js';
import type { ClusterState } from '../../src/cluster/state.js';
import { tvsIdentity } from '../../src/cluster/tvs.js';
import { tomcatIdentity } from '../../src/cluster/web.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { cluster } from './lab.js';

const INSTALLED: CertificatePurpose[] = ['CallManager', 'TVS', 'CAPF', 'ITLRecovery', 'tomcat'];

/** What each port of PUB shows. */
const SHOWN: Readonly<Record<string, (state: ClusterState) => Certificate | undefined>> = {
  'TVS 2445': (state) => tvsIdentity(state, 'PUB')?.certificate,
  'CallManager 2443 and 5061': (state) => callManagerIdentity(state, 'PUB')?.certificate,
  'CallManager 5090': (state) => oauthTls(state, 'PUB')?.identity.certificate,
  'CAPF 3804': (state) => capfIdentity(state, 'PUB')?.certificate,
  'Tomcat 8443': (state) => tomcatIdentity(state, 'PUB')?.certificate,
};

/** phone-behaviour.md 17, K-13, `restart of the owning service` and `at once`, for each certificate that a port shows. */
const ROWS: readonly [purpose: CertificatePurpose, shownOn: readonly string[], follow: readonly string[]][] =
  [
    ['TVS', ['TVS 2445'], ['TVS']],
    ['CallManager', ['CallManager 2443 and 5061'], ['CallManager']],
    ['CAPF', ['CAPF 3804'], ['CAPF']],
    ['tomcat', ['CallManager 5090', 'Tomcat 8443'], ['CallManager', 'Tomcat']],
    ['ITLRecovery', [], []],
  ];

async function regenerated(purpose: CertificatePurpose, identityChangesAt: 'restart' | 'at once') {
  // SIP OAuth is there from release 14 on, which restarts TVS and CAPF by itself
  const certificates = { rsaBits: 1024 as const, installed: INSTALLED };
  const lab = await cluster(purpose === 'tomcat' ? '14' : '12.5(1)', {
    certificates,
    knobs: { identityChangesAt },
  });
  const before = lab.state;
  await lab.run({ op: 'regenerate', purpose, nodes: purpose === 'ITLRecovery' ? 'all' : ['PUB'] });
  const after = lab.state;
  const changed = Object.entries(SHOWN).filter(([, shown]) => shown(before) !== shown(after));
  const nodes = before.nodes.map((node, i) => {
    const now = after.nodes[i];
    if (now === undefined) throw new Error(`${node.name} is gone`);
    return portsThatFollow(node, now, after.knobs);
  });
  return { changed: changed.map(([port]) => port), follow: nodes };
}

describe('K-13: which certificate a service shows once a new one is stored', () => {
  it.each(ROWS)('restart: %s is shown nowhere, and no port follows', async (purpose) => {
    expect(await regenerated(purpose, 'restart')).toEqual({ changed: [], follow: [[], [], []] });
  });

  it.each(ROWS)('at once: %s is shown on %j, and the ports of %j follow', async (purpose, ports, follow) => {
    expect(await regenerated(purpose, 'at once')).toEqual({ changed: ports, follow: [follow, [], []] });
  });

  it('at once: a service that the node does not have shows nothing', async () => {
    const lab = await cluster('12.5(1)', { knobs: { identityChangesAt: 'at once' } });
    expect(capfIdentity(lab.state, 'SUB1')).toBeUndefined();
  });
});
