import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { CertificateJudgement } from '../../src/net/tls-certificate-judgement.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setImmediate'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** The judgement of a peer that shows nothing, by a judge that throws. */
function judgedBy(error: Error): CertificateJudgement {
  const raw = new Socket();
  return new CertificateJudgement(new TLSSocket(raw), raw, 'client', () => {
    throw error;
  });
}

describe('a judge of certificates that throws', () => {
  it('has found what a certificate may be guilty of: the connection is refused, and that is all', () => {
    const judgement = judgedBy(new TrustfleetError('TF_CERT_MALFORMED', 'no certificate'));
    expect(judgement.finished()).toEqual({ alert: 'bad_certificate', detail: 'no certificate' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('or is a fault of the program, which is no finding about the peer and is told as what it is', () => {
    const judgement = judgedBy(new TypeError('undefined is not a function'));
    expect(judgement.finished()?.alert).toBe('bad_certificate');
    expect(() => vi.runAllTimers()).toThrow(TypeError);
  });
});
