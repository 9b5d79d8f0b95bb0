import type { CapfAnswer, CapfQuestion } from '../../src/phone/capf-world.js';
import { spkiOf } from '../../src/pki/authority.js';
import { lscCertificate } from '../../src/pki/device-certificates.js';
import { type CapfKey, keyElements } from '../../src/protocol/capf/keys.js';
import type { CapfMessage } from '../../src/protocol/capf/message.js';
import { CapfPhoneSession, type CapfPhoneStep } from '../../src/protocol/capf/phone-session.js';
import { NOW, type Party } from './fixtures.js';

const DAY_MS = 86_400_000;
let serials = 0;

/** A CAPF that does what its administrator set. At the other end is the phone's own session, message by message. */
export class FakeCapf {
  readonly authority: Party;
  operation: 'install' | 'fetch' | 'delete' | 'none' = 'install';
  /** What the phone must prove itself with. */
  auth: 'null-string' | 'certificate' | { readonly string: string } = 'null-string';
  /** Asked for one after the other until the phone makes one. */
  keys: readonly CapfKey[] = [{ type: 'rsa', bits: 1024 }];
  /** Has CAPF-trust the issuer of this certificate? */
  trusts: (der: Uint8Array) => boolean = () => true;
  knowsDevice = true;
  /** False: an external CA that takes its time. */
  signs = true;
  /** Sessions that break off once the key has come. */
  losses = 0;
  lscDays = 1825;
  /** Public keys that came, PEM. */
  readonly publicKeys: string[] = [];

  constructor(authority: Party) {
    this.authority = authority;
  }

  async session(question: CapfQuestion): Promise<CapfAnswer> {
    const phone = new CapfPhoneSession(question, 0);
    const say = (message: Record<string, unknown>): CapfPhoneStep =>
      phone.hears({ sessionId: 1, ...message } as unknown as CapfMessage, 0);
    const end = (reason: number): CapfAnswer => ended(say({ command: 'END_SESSION', reason }));
    const response = say({ command: 'AUTH_REQUEST', version: 3, authType: 0 }).send[0];
    if (response?.command !== 'AUTH_RESPONSE') throw new Error('no AUTH_RESPONSE');
    if (!this.knowsDevice) return end(9);
    if (!this.#believes(response)) return end(7);
    switch (this.operation) {
      case 'none':
        return end(0);
      case 'fetch':
        say({ command: 'FETCH_CERTIFICATE_REQUEST' });
        break;
      case 'delete':
        say({ command: 'DELETE_CERTIFICATE_REQUEST' });
        break;
      case 'install': {
        const wanted = this.#ask(say);
        if (wanted === undefined) return end(7);
        const pair = await question.generateKey(wanted);
        phone.generated(wanted, pair, 0);
        this.publicKeys.push(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
        if (this.losses > 0) {
          this.losses -= 1;
          return ended(phone.closed('the connection is gone'));
        }
        if (!this.signs) return ended(say({ command: 'RETRY_LATER' }));
        say({
          command: 'STORE_CERTIFICATE_REQUEST',
          certificateType: 1,
          certificate: this.#issue(question, spkiOf(pair.publicKey)),
        });
        break;
      }
    }
    this.operation = 'none';
    return end(1);
  }

  #ask(say: (message: Record<string, unknown>) => CapfPhoneStep): CapfKey | undefined {
    for (const key of this.keys) {
      const { generate } = say({ command: 'KEY_GENERATE_REQUEST', ...keyElements(key, 'sent') });
      if (generate !== undefined) return generate;
    }
    return undefined;
  }

  #believes({ password, certificate }: Extract<CapfMessage, { command: 'AUTH_RESPONSE' }>): boolean {
    if (this.auth === 'null-string') return true;
    if (this.auth === 'certificate') return certificate !== undefined && this.trusts(certificate);
    return password === this.auth.string;
  }

  #issue({ deviceName }: CapfQuestion, publicKey: Uint8Array): Uint8Array {
    serials += 1;
    return lscCertificate(deviceName, `CP-7962G-${deviceName}`, {
      issuer: this.authority,
      publicKey,
      digest: 'sha256',
      serial: Uint8Array.of(0x11, serials >> 8, serials & 0xff),
      notBefore: new Date(NOW - DAY_MS),
      notAfter: new Date(NOW - DAY_MS + this.lscDays * DAY_MS),
    }).der;
  }
}

function ended({ end }: CapfPhoneStep): CapfAnswer {
  if (end === undefined) throw new Error('the session goes on');
  return end;
}
