import { describe, expect, it } from 'vitest';
import { SecureContexts } from '../../src/net/secure-contexts.js';
import { Certificate } from '../../src/pki/certificate.js';
import { ecIdentity, phoneIdentity } from '../wire/tvs-support.js';

describe('SecureContexts (speed.md 3.2: 1.7 ms each, half a handshake)', () => {
  const none = { min: '1.0', max: '1.2', identity: null } as const;

  it('gives phones that show the same certificate, or none, the same context', () => {
    const contexts = new SecureContexts();
    expect(contexts.get(none)).toBe(contexts.get({ ...none }));
    const shown = contexts.get({ ...none, identity: phoneIdentity });
    expect(contexts.get({ ...none, identity: { ...phoneIdentity } })).toBe(shown);
    expect(shown).not.toBe(contexts.get(none));
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

  it('makes one for a phone however many others come between its connections', () => {
    const contexts = new SecureContexts();
    const first = contexts.get({ ...none, identity: phoneIdentity });
    const { privateKey } = phoneIdentity;
    for (let other = 0; other < 300; other += 1) {
      const certificate = Certificate.fromDer(phoneIdentity.certificate.der);
      expect(contexts.get({ ...none, identity: { certificate, privateKey } })).not.toBe(first);
    }
    expect(contexts.get({ ...none, identity: phoneIdentity })).toBe(first);
  });
});
