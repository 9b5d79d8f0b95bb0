import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { chainTo, isIssuedBy, MAX_CHAIN } from '../../src/pki/chain.js';
import { freshEc, type KeyPair, pooledKeys } from '../../src/pki/keys.js';

const keys = pooledKeys();
const DAY = 86_400_000;
const NOW = new Date(Date.UTC(2026, 2, 12));

interface Ca extends KeyPair {
  readonly certificate: Certificate;
}

async function issue(
  name: string,
  issuer: Ca | 'self',
  more: {
    readonly from?: number;
    readonly days?: number;
    readonly digest?: 'sha1' | 'sha384';
    readonly ec?: boolean;
  } = {},
): Promise<Ca> {
  const pair = more.ec === true ? await freshEc('secp384r1') : await keys.rsa(1024);
  const from = NOW.getTime() + (more.from ?? -1) * DAY;
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: name }],
    issuer: issuer === 'self' ? 'self' : issuer.certificate,
    publicKey: pair.publicKey,
    signWith: issuer === 'self' ? pair.privateKey : issuer.privateKey,
    digest: more.digest ?? 'sha1',
    serial: Uint8Array.of(1),
    notBefore: new Date(from),
    notAfter: new Date(from + (more.days ?? 10) * DAY),
    extensions: [],
  });
  return { ...pair, certificate };
}

async function family() {
  const root = await issue('root', 'self');
  const middle = await issue('middle', root, { digest: 'sha384' });
  const leaf = await issue('leaf', middle);
  return { root, middle, leaf };
}

describe('isIssuedBy', () => {
  it('wants the name and the signature', async () => {
    const { root, middle, leaf } = await family();
    const impostor = await issue('middle', root);
    expect(isIssuedBy(leaf.certificate, middle.certificate)).toBe(true);
    expect(isIssuedBy(leaf.certificate, impostor.certificate)).toBe(false);
    expect(isIssuedBy(leaf.certificate, root.certificate)).toBe(false);
    expect(isIssuedBy(root.certificate, root.certificate)).toBe(true);
  });

  it('takes EC issuers, and says no where the key is of another kind', async () => {
    const root = await issue('root', 'self', { ec: true, digest: 'sha384' });
    const rsa = await issue('root', 'self');
    const leaf = await issue('leaf', root, { digest: 'sha384' });
    expect(isIssuedBy(leaf.certificate, root.certificate)).toBe(true);
    expect(isIssuedBy(leaf.certificate, rsa.certificate)).toBe(false);
  });
});

describe('chainTo', () => {
  it('needs every link up to a root of the store (CSCut87382)', async () => {
    const { root, middle, leaf } = await family();
    const verdict = (...store: Ca[]) => {
      const found = chainTo(
        leaf.certificate,
        store.map(({ certificate }) => certificate),
        NOW,
      );
      return found.trusted ? found.chain.length : found.reason;
    };
    expect(verdict(root, middle)).toBe(3);
    expect(verdict(middle, root)).toBe(3);
    expect(verdict(middle)).toBe('unknown-issuer');
    expect(verdict(root)).toBe('unknown-issuer');
    expect(verdict()).toBe('unknown-issuer');
  });

  it.each([
    ['expired', { from: -30, days: 10 }],
    ['not-yet-valid', { from: 5, days: 10 }],
  ] as const)('%s: the leaf, or a CA above it', async (reason, validity) => {
    const root = await issue('root', 'self');
    const late = await issue('leaf', root, validity);
    expect(chainTo(late.certificate, [root.certificate], NOW)).toMatchObject({ trusted: false, reason });
    const lateRoot = await issue('root', 'self', validity);
    const leaf = await issue('leaf', lateRoot);
    expect(chainTo(leaf.certificate, [lateRoot.certificate], NOW)).toMatchObject({ trusted: false, reason });
  });

  it('a self-signed certificate is trusted when it is in the store itself', async () => {
    const { root } = await family();
    const other = await issue('root', 'self');
    expect(chainTo(root.certificate, [root.certificate], NOW).trusted).toBe(true);
    expect(chainTo(root.certificate, [other.certificate], NOW).trusted).toBe(false);
  });

  it(`ends after ${MAX_CHAIN} links`, async () => {
    const links: Ca[] = [await issue('0', 'self')];
    for (let at = 1; at <= MAX_CHAIN; at += 1) {
      const [above = links[0]] = links.slice(-1);
      if (above === undefined) throw new Error('a root');
      links.push(await issue(String(at), above));
    }
    const store = links.map(({ certificate }) => certificate);
    expect(chainTo(store[MAX_CHAIN - 1] as Certificate, store, NOW).trusted).toBe(true);
    expect(chainTo(store[MAX_CHAIN] as Certificate, store, NOW).trusted).toBe(false);
  });
});
