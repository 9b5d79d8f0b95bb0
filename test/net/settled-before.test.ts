import { describe, expect, it, vi } from 'vitest';
import { settledBefore } from '../../src/net/settled-before.js';

describe('work on a link that a signal may end', () => {
  const link = () => ({ destroy: vi.fn() });

  it('gives what it settles, and hears nothing of a later abort', async () => {
    const stop = new AbortController();
    const ended = vi.fn();
    const settled = settledBefore<string>(stop.signal, link(), (settle) => {
      settle('registered');
      return ended;
    });
    stop.abort(new Error('later'));
    expect(await settled).toBe('registered');
    expect(ended).not.toHaveBeenCalled();
  });

  it('rejects with the reason of an abort, and ends what was begun', async () => {
    const stop = new AbortController();
    const ended = vi.fn();
    const settled = settledBefore(stop.signal, link(), () => ended);
    const reason = new Error('the power goes');
    stop.abort(reason);
    await expect(settled).rejects.toBe(reason);
    expect(ended).toHaveBeenCalledOnce();
  });

  it('does not begin where the signal has aborted already: the link is let go', async () => {
    const { destroy } = link();
    const begin = vi.fn();
    const reason = new Error('too late');
    await expect(settledBefore(AbortSignal.abort(reason), { destroy }, begin)).rejects.toBe(reason);
    expect(begin).not.toHaveBeenCalled();
    expect(destroy).toHaveBeenCalledOnce();
  });
});
