import { describe, expect, it } from 'vitest';
import { errorCode, listenError, lossCause, socketFailure } from '../../src/net/socket-errors.js';

function system(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:2000`), { code });
}

describe('socket errors', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['EMFILE', 'local'],
    ['EADDRNOTAVAIL', 'local'],
    ['EWHATEVER', 'other'],
  ])('%s is "%s" to a phone', (code, failure) => {
    expect(socketFailure(system(code))).toBe(failure);
  });

  it('without a code are other', () => {
    expect(socketFailure(new Error('?'))).toBe('other');
    expect(socketFailure('?')).toBe('other');
    expect(errorCode({ code: 5 })).toBe('');
  });

  // sccp.md 6: 14 FIN, 12 RST, 10 time-out, 13 aborted.
  it.each([
    [undefined, 14],
    [system('ECONNRESET'), 12],
    [system('ETIMEDOUT'), 10],
    [new Error('rubbish'), 13],
  ] as const)('%s of a standing connection is cause %i', (error, cause) => {
    expect(lossCause(error)).toBe(cause);
  });

  it.each([
    ['EADDRINUSE', 'TF_PORT_TAKEN'],
    ['EACCES', 'TF_PORT_TAKEN'],
    ['EADDRNOTAVAIL', 'TF_ADDRESS_UNAVAILABLE'],
    ['EMFILE', 'TF_TOO_MANY_FILES'],
    ['EINVAL', 'TF_ADDRESS_UNAVAILABLE'],
  ])('%s when listening is %s, with service, port and address', (code, expected) => {
    const error = listenError(system(code), 'SCCP registrar', '127.0.0.1', 2000);
    expect(error.code).toBe(expected);
    expect(error.message).toContain('SCCP registrar');
    expect(error.message).toContain('127.0.0.1');
    expect(error.context).toEqual({ address: '127.0.0.1', port: 2000 });
  });
});
