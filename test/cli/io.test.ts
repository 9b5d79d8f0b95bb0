import { afterEach, describe, expect, it, vi } from 'vitest';
import { EXIT, errorJson, exitCodeOf, printError, readInput, writeOutput } from '../../src/cli/io.js';
import { TrustfleetError, type TrustfleetErrorCode } from '../../src/errors.js';

describe('contracts.md 1: exit codes', () => {
  it.each([
    ['TF_USAGE', 2],
    ['TF_TLV_TRUNCATED', 2],
    ['TF_CERT_MALFORMED', 2],
    ['TF_SCENARIO_INVALID', 2],
    ['TF_TARGET_REFUSED', 2],
    ['TF_FILE_UNREADABLE', 2],
    ['TF_OPERATION_REFUSED', 1],
    ['TF_PORT_TAKEN', 3],
    ['TF_ADDRESS_UNAVAILABLE', 3],
    ['TF_TOO_MANY_FILES', 3],
    ['TF_WORKER_DIED', 3],
    ['TF_TIMEOUT', 3],
    ['TF_STOPPED', 130],
  ] satisfies readonly (readonly [TrustfleetErrorCode, number])[])('%s is %i', (code, exit) => {
    expect(exitCodeOf(new TrustfleetError(code, 'x'))).toBe(exit);
  });

  it('what nobody raised on purpose blames the environment, never the input', () => {
    expect(exitCodeOf(new Error('x'))).toBe(EXIT.environment);
    expect(exitCodeOf(undefined)).toBe(EXIT.environment);
  });
});

describe('errors for people', () => {
  it.each([
    ['d', 'cannot be read: a directory', 'trustfleet: d: cannot be read: a directory [TF_FILE_UNREADABLE]\n'],
    ['a.yaml', 'a.yaml:3:8: found 5', 'trustfleet: a.yaml:3:8: found 5 [TF_FILE_UNREADABLE]\n'],
    ['runs', 'no scenario at runs', 'trustfleet: no scenario at runs [TF_FILE_UNREADABLE]\n'],
  ])('name the file %s once, even where its name is part of another word', (file, message, line) => {
    let stderr = '';
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      stderr += String(chunk);
      return true;
    });
    printError(new TrustfleetError('TF_FILE_UNREADABLE', message, { context: { file } }));
    write.mockRestore();
    expect(stderr).toBe(line);
  });
});

describe('a fault of the program', () => {
  afterEach(() => vi.unstubAllEnvs());

  function printed(): string {
    let stderr = '';
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      stderr += String(chunk);
      return true;
    });
    printError(new TypeError('x is not a function'));
    write.mockRestore();
    return stderr;
  }

  it('is one line, which says whose fault it is and what to report', () => {
    vi.stubEnv('TRUSTFLEET_DEBUG', '');
    expect(printed()).toMatch(
      /^trustfleet: a fault of trustfleet itself, .*: x is not a function \[INTERNAL\]; please report it .*TRUSTFLEET_DEBUG=1.*\n$/,
    );
  });

  it('shows its stack with TRUSTFLEET_DEBUG=1', () => {
    vi.stubEnv('TRUSTFLEET_DEBUG', '1');
    expect(printed()).toMatch(/ x is not a function \[INTERNAL\];.*\nTypeError: x is not a function\n +at /);
  });
});

describe('errors as JSON', () => {
  it('have code, message and offset, and the facts of the error', () => {
    const error = new TrustfleetError('TF_TLV_OVERRUN', 'found', { context: { offset: 7, tag: 3 } });
    expect(errorJson(error)).toEqual({
      error: { code: 'TF_TLV_OVERRUN', message: 'found', offset: 7, tag: 3 },
    });
    expect(errorJson(new TrustfleetError('TF_USAGE', 'x')).error.offset).toBeNull();
    expect(errorJson(new Error('boom')).error).toMatchObject({ code: 'INTERNAL', message: 'boom' });
  });
});

describe('readInput', () => {
  it('names the file that cannot be read', async () => {
    await expect(readInput('/nowhere/at/all')).rejects.toMatchObject({
      code: 'TF_FILE_UNREADABLE',
      context: { file: '/nowhere/at/all' },
    });
  });

  it('stops at its limit', async () => {
    await expect(readInput('/dev/zero', 1000)).rejects.toMatchObject({ code: 'TF_FILE_UNREADABLE' });
  });
});

describe('writeOutput', () => {
  it('blames the place and not the input where nothing can be written', async () => {
    const error = await writeOutput('/nowhere/at/all', Buffer.of(0)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'TF_FILE_UNWRITABLE', context: { file: '/nowhere/at/all' } });
    expect(exitCodeOf(error)).toBe(EXIT.environment);
  });
});
