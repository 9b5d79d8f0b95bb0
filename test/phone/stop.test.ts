import { describe, expect, it } from 'vitest';
import { StopController } from '../../src/phone/stop.js';

describe('a stop controller', () => {
  it('calls its listeners once, in order, and keeps the first reason', () => {
    const controller = new StopController();
    const heard: string[] = [];
    controller.signal.addEventListener('abort', () => heard.push('first'));
    controller.signal.addEventListener('abort', () => heard.push('second'));
    const reason = new Error('enough');
    controller.abort(reason);
    controller.abort(new Error('again'));
    expect(heard).toEqual(['first', 'second']);
    expect(controller.signal.reason).toBe(reason);
    expect(() => controller.signal.throwIfAborted()).toThrow(reason);
  });

  it('does not call a listener that another one took back meanwhile, as an AbortSignal does not', () => {
    for (const controller of [new StopController(), new AbortController()]) {
      const heard: string[] = [];
      const second = (): unknown => heard.push('second');
      controller.signal.addEventListener('abort', () => {
        heard.push('first');
        controller.signal.removeEventListener('abort', second);
      });
      controller.signal.addEventListener('abort', second);
      controller.abort(new Error('enough'));
      expect(heard).toEqual(['first']);
    }
  });
});
