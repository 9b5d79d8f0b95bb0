import { createSecureContext, type SecureVersion } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { CALL_MANAGER_CIPHERS } from '../../../src/cluster/call-manager.js';
import type { TlsVersion } from '../../../src/device/security.js';
import { agreeOnTls } from '../../../src/protocol/tls/agreement.js';

const LEGACY = 'AES256-SHA:AES128-SHA';
const MODERN = `ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:${LEGACY}`;
const server = (min: TlsVersion, max: TlsVersion) => ({ min, max, ciphers: CALL_MANAGER_CIPHERS });

describe('what two ends of TLS agree on', () => {
  it.each([
    [
      'a 7962 with a server of 1.0 to 1.2',
      { min: '1.0', max: '1.0', ciphers: LEGACY },
      server('1.0', '1.2'),
      '1.0',
      'encrypted',
    ],
    [
      'an 8841 with a server of 1.0 to 1.2',
      { min: '1.0', max: '1.2', ciphers: MODERN },
      server('1.0', '1.2'),
      '1.2',
      'encrypted',
    ],
    [
      'an authenticated phone, R-77',
      { min: '1.0', max: '1.2', ciphers: 'NULL-SHA' },
      server('1.0', '1.2'),
      '1.2',
      'authenticated',
    ],
    [
      'TLS 1.3 where both have it, R-115',
      { min: '1.0', max: '1.3', ciphers: MODERN },
      server('1.2', '1.3'),
      '1.3',
      'encrypted',
    ],
    [
      'Common Criteria at 1.1 alone',
      { min: '1.0', max: '1.2', ciphers: MODERN },
      server('1.1', '1.1'),
      '1.1',
      'encrypted',
    ],
  ] as const)('%s', (_, phone, offered, version, mode) => {
    expect(agreeOnTls(phone, offered, 'rsa')).toEqual({ version, mode });
  });

  it('has no version for a legacy phone where TLS 1.2 is the minimum (R-108, R-83: 12)', () => {
    const agreed = agreeOnTls({ min: '1.0', max: '1.0', ciphers: LEGACY }, server('1.2', '1.2'), 'rsa');
    expect(agreed).toEqual({ version: null, detail: 'the phone offers TLS 1.0, the server 1.2' });
  });

  it('has no cipher for an authenticated phone where TLS 1.3 is the minimum (R-114)', () => {
    const agreed = agreeOnTls({ min: '1.0', max: '1.2', ciphers: 'NULL-SHA' }, server('1.3', '1.3'), 'rsa');
    expect(agreed.version).toBeNull();
  });

  it('wants a cipher that fits the key of the server', () => {
    const ecdsa = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    expect(agreeOnTls({ min: '1.2', max: '1.2', ciphers: ecdsa }, server('1.2', '1.2'), 'ec').version).toBe(
      '1.2',
    );
    expect(
      agreeOnTls({ min: '1.2', max: '1.2', ciphers: ecdsa }, server('1.2', '1.2'), 'rsa').version,
    ).toBeNull();
    expect(
      agreeOnTls({ min: '1.0', max: '1.1', ciphers: MODERN }, server('1.0', '1.1'), 'ec').version,
    ).toBeNull();
  });

  it('knows only ciphers that OpenSSL has', () => {
    const versions: SecureVersion = 'TLSv1.2';
    for (const cipher of CALL_MANAGER_CIPHERS.split(':')) {
      expect(() =>
        createSecureContext({ ciphers: `${cipher}:@SECLEVEL=0`, maxVersion: versions }),
      ).not.toThrow();
    }
  });
});
