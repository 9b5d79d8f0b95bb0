import { describe, expect, it } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import type { RegistrationAttempt } from '../../src/phone/world.js';
import { accepted, PROTOCOLS } from './tls-registrars.js';
import { CIPHERS, listener, lsc, tls } from './tls-support.js';

type Range = Pick<NonNullable<RegistrationAttempt['tls']>, 'min' | 'max'>;

const between = (min: TlsVersion, max: TlsVersion = min): Range => ({ min, max });

/** P-02 and P-09 of T-PORT: what the server offers at each setting; then 15SU2 and later, which add 1.3 (section 13). */
const COLUMNS: readonly [setting: string, offer: Range][] = [
  ['N 1.0', between('1.0', '1.2')],
  ['N 1.1', between('1.1', '1.2')],
  ['N 1.2', between('1.2')],
  ['CC 1.0', between('1.1')],
  ['CC 1.1', between('1.1', '1.2')],
  ['CC 1.2', between('1.2')],
  ['N 1.0 of 15SU2', between('1.0', '1.3')],
  ['N 1.1 of 15SU2', between('1.1', '1.3')],
  ['N 1.2 of 15SU2', between('1.2', '1.3')],
  ['N 1.3', between('1.3')],
];

/** Phones by what they offer, and the version that comes out in each column; none: refused. */
const PHONES: readonly {
  readonly phone: string;
  readonly mode: 'authenticated' | 'encrypted';
  readonly offer: Range;
  readonly ciphers: string;
  readonly outcome: readonly (TlsVersion | 'none')[];
}[] = [
  {
    phone: '79xx, authenticated',
    mode: 'authenticated',
    offer: between('1.0'),
    ciphers: CIPHERS.authenticated,
    outcome: ['1.0', 'none', 'none', 'none', 'none', 'none', '1.0', 'none', 'none', 'none'],
  },
  {
    phone: '79xx, encrypted',
    mode: 'encrypted',
    offer: between('1.0'),
    ciphers: CIPHERS.legacy,
    outcome: ['1.0', 'none', 'none', 'none', 'none', 'none', '1.0', 'none', 'none', 'none'],
  },
  {
    phone: '88xx, authenticated (1.2 at most, R-106, R-115)',
    mode: 'authenticated',
    offer: between('1.0', '1.2'),
    ciphers: CIPHERS.authenticated,
    outcome: ['1.2', '1.2', '1.2', '1.1', '1.2', '1.2', '1.2', '1.2', '1.2', 'none'],
  },
  {
    phone: '88xx, encrypted',
    mode: 'encrypted',
    offer: between('1.0', '1.2'),
    ciphers: CIPHERS.modern,
    outcome: ['1.2', '1.2', '1.2', '1.1', '1.2', '1.2', '1.2', '1.2', '1.2', 'none'],
  },
  {
    phone: '88xx with firmware 14.4, encrypted',
    mode: 'encrypted',
    offer: between('1.0', '1.3'),
    ciphers: CIPHERS.modern,
    outcome: ['1.2', '1.2', '1.2', '1.1', '1.2', '1.2', '1.3', '1.3', '1.3', '1.3'],
  },
  {
    phone: '88xx that refuses 1.0 and 1.1',
    mode: 'encrypted',
    offer: between('1.2'),
    ciphers: CIPHERS.modern,
    outcome: ['1.2', '1.2', '1.2', 'none', '1.2', '1.2', '1.2', '1.2', '1.2', 'none'],
  },
];

const CELLS = COLUMNS.flatMap(([setting, server], column) =>
  PHONES.map(({ outcome, ...phone }) => ({ ...phone, setting, server, out: outcome[column] ?? 'none' })),
);

describe.each(PROTOCOLS)(
  'minimum TLS version and $name signalling (R-107, T-PORT P-02 and P-09)',
  (protocol) => {
    const certificate = lsc(protocol.device(1));

    it.each(CELLS)('$setting, $phone: $out', async ({ server, offer, ciphers, mode, out }) => {
      const cucm = await protocol.start(listener({ versions: server }));
      const result = await protocol.register(cucm.port, tls(certificate, { ...offer, ciphers }), { mode });
      if (out === 'none') {
        // 12, InvalidTLSCipher stands for the version, too.
        expect(result).toMatchObject({ result: 'tls-failed', cause: '12', tls: 'none' });
        expect(cucm.registered()).toEqual([]);
      } else {
        expect(accepted(result).tls).toBe(out);
        expect(cucm.asked[0]).toMatchObject({ secure: true, mode });
      }
      // the clear port knows nothing of it.
      expect(accepted(await protocol.register(cucm.clearPort, null, { k: 2 })).tls).toBe('none');
    });

    it.each([
      ['an authenticated phone where the server has no NULL cipher', CIPHERS.authenticated, CIPHERS.legacy],
      ['a 79xx where the server has ECDHE only', CIPHERS.legacy, 'ECDHE-RSA-AES256-GCM-SHA384'],
    ])('%s: no shared cipher (R-83: 12)', async (_, offered, ciphers) => {
      const cucm = await protocol.start(listener({ versions: between('1.0', '1.2'), ciphers }));
      expect(await protocol.register(cucm.port, tls(certificate, { ciphers: offered }))).toEqual({
        result: 'tls-failed',
        cause: '12',
        tls: 'none',
        detail: 'TLS: sslv3 alert handshake failure',
      });
    });

    it('takes the strongest cipher that both have, in the server’s order', async () => {
      const lines: string[] = [];
      const cucm = await protocol.start(listener({ keylog: (line) => lines.push(line.toString()) }));
      const weakFirst = 'AES128-SHA:AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384';
      const phone: string[] = [];
      const keylog = (line: Buffer): number => phone.push(line.toString());
      accepted(await protocol.register(cucm.port, tls(certificate, { ciphers: weakFirst }), { keylog }));
      // OpenSSL logs `RSA` at the client where the key exchange is RSA's, so with the AES-SHA ciphers only.
      expect(phone.filter((line) => line.startsWith('RSA '))).toEqual([]);
      expect(lines.map((line) => line.split(' ')[0])).toEqual(['CLIENT_RANDOM']);
    });
  },
);
