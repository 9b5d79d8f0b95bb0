import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../src/errors.js';

function thrown(what: () => unknown): unknown {
  try {
    what();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the reason of an error, for a person', () => {
  it('is what the system says, without code and call', () => {
    const missing = thrown(() => readFileSync('/nowhere/file'));
    expect(reasonOf(missing, '/nowhere/file')).toBe('no such file or directory');
    expect(reasonOf(thrown(() => readFileSync('/')))).toBe('illegal operation on a directory');
  });

  it('names a path that the message does not name already', () => {
    const missing = thrown(() => readFileSync('/nowhere/file'));
    expect(reasonOf(missing, '/nowhere')).toBe('no such file or directory: /nowhere/file');
  });

  it('is the message of any other error, and the text of what is none', () => {
    expect(reasonOf(new Error('a whole word'))).toBe('a whole word');
    expect(reasonOf('stop')).toBe('stop');
  });
});
