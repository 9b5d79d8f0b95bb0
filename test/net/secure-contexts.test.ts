import { describe, expect, it } from 'vitest';
import { SecureContexts } from '../../src/net/secure-contexts.js';
import { ecIdentity, phoneIdentity } from '../wire/tvs-support.js';

describe('SecureContexts (speed.md 3.2: 1.7 ms each, half a handshake)', () => {
  const none = { min: '1.0', max: '1.2', identity: null } as const;

  it('gives phones that show the same certificate, or none, the same context', () => {
    const contexts = new SecureContexts();
    expect(contexts.get(none)).toBe(contexts.get({ ...none }));
    const shown = contexts.get({ ...none, identity: phoneIdentity });
    expect(contexts.get({ ...none, identity: { ...phoneIdentity } })).toBe(shown);
    expect(shown).not.toBe(contexts.get(none));
    expect(contexts.size).toBe(2);
  });

  it('tells versions, identities and ciphers apart', () => {
    const contexts = new SecureContexts();
    const made = [
      contexts.get(none),
      contexts.get({ ...none, max: '1.3' }),
      contexts.get({ ...none, min: '1.2' }),
      contexts.get({ ...none, identity: phoneIdentity }),
      contexts.get({ ...none, identity: ecIdentity }),
      contexts.get({ ...none, ciphers: 'AES128-SHA:@SECLEVEL=0' }),
    ];
    expect(new Set(made).size).toBe(made.length);
  });

  it('forgets the one that was not used for longest', () => {
    const contexts = new SecureContexts(2);
    const first = contexts.get(none);
    contexts.get({ ...none, max: '1.1' });
    expect(contexts.get(none)).toBe(first);
    contexts.get({ ...none, max: '1.0' });
    expect(contexts.size).toBe(2);
    expect(contexts.get(none)).toBe(first);
  });
});
