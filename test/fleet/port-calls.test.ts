import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { answerCalls, callOver } from '../../src/fleet/port-calls.js';

const methods = {
  double: (n: number) => n * 2,
  refuse: (): number => {
    throw new TrustfleetError('TF_OPERATION_REFUSED', 'not before 10.0', { context: { line: 3 } });
  },
  slip: (): number => {
    throw new TypeError('x is not a function');
  },
  hang: (): Promise<number> => new Promise(() => undefined),
};

const open: MessageChannel[] = [];
function channel() {
  const made = new MessageChannel();
  open.push(made);
  answerCalls(made.port2, methods);
  return callOver<typeof methods>(made.port1, 'shard 1');
}
afterEach(() => {
  for (const { port1, port2 } of open.splice(0)) {
    port1.close();
    port2.close();
  }
});

describe('calls between threads', () => {
  it('brings the result back', async () => {
    expect(await channel().call('double', 21)).toBe(42);
  });

  it('brings an error back with code, message and context', async () => {
    const error = await channel()
      .call('refuse', undefined as never)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TrustfleetError);
    expect(error).toMatchObject({
      code: 'TF_OPERATION_REFUSED',
      message: 'not before 10.0',
      context: { line: 3 },
    });
  });

  it('a fault of the program stays one, with the stack of where it happened', async () => {
    const error = await channel()
      .call('slip', undefined as never)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TrustfleetError);
    expect(error).toMatchObject({
      message: 'x is not a function, in worker shard 1',
      stack: expect.stringMatching(/^TypeError: x is not a function\n +at .*slip/),
    });
  });

  it('ends every call under way when the other end dies', async () => {
    const caller = channel();
    const pending = caller.call('hang', undefined as never);
    caller.close(new TrustfleetError('TF_WORKER_DIED', 'shard 2 died'));
    await expect(pending).rejects.toMatchObject({ code: 'TF_WORKER_DIED' });
    await expect(caller.call('double', 1)).rejects.toMatchObject({ code: 'TF_WORKER_DIED' });
  });
});
