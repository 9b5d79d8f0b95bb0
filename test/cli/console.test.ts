import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runConsole } from '../../src/cli/console.js';
import type { ConsoleOperation } from '../../src/cluster/command-line/commands.js';
import { TrustfleetError } from '../../src/errors.js';

interface Typed {
  readonly shown: string;
  readonly operations: readonly ConsoleOperation[];
}

/** A console with `text` for its input; ends with it. */
async function type(
  text: string,
  options: { readonly terminal?: boolean; readonly refuses?: string } = {},
): Promise<Typed> {
  const input = new PassThrough();
  const output = new PassThrough();
  const operations: ConsoleOperation[] = [];
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  input.end(text);
  await runConsole({
    input,
    output,
    terminal: options.terminal ?? false,
    node: 'PUB',
    facts: () => ({ nodes: ['PUB', 'SUB1'] }),
    operate: async (operation) => {
      operations.push(operation);
      if (options.refuses !== undefined) throw new TrustfleetError('TF_OPERATION_REFUSED', options.refuses);
      return ['PUB: done'];
    },
    fetchRecoveryKey: async () => 'written to /somewhere/ITLRecovery.p12',
    signal: new AbortController().signal,
  });
  return { shown, operations };
}

describe('the console of serve', () => {
  it('piped: no prompt, questions answered by the next line, one command after the other', async () => {
    const { shown, operations } = await type(
      'show itl\nutils ctl update CTLFile\ny\nutils ctl update CTLFile\nn\n',
    );
    expect(operations.map(({ op }) => op)).toEqual(['show', 'update-ctl']);
    const question = 'This operation will update the CTLFile. Do you want to continue? (y/n):';
    expect(shown).toBe(`done\n${question}\ndone\n${question}\nOperation cancelled, nothing has changed.\n`);
  });

  it('on a terminal it shows its prompt and waits behind the question', async () => {
    const { shown } = await type('utils ctl update CTLFile\ny\nexit\n', { terminal: true });
    expect(shown).toContain('admin:');
    expect(shown).toContain('Do you want to continue? (y/n): ');
  });

  it('a question that the end of the input leaves open counts as no', async () => {
    const { shown, operations } = await type('utils system restart\n');
    expect(operations).toEqual([]);
    expect(shown).toContain('cancelled');
  });

  it('nothing after exit is done; a last line without newline is', async () => {
    expect((await type('exit\nshow ctl\n')).operations).toEqual([]);
    expect((await type('show ctl')).operations).toHaveLength(1);
  });

  it('what the cluster refuses is shown, and the console goes on', async () => {
    const { shown, operations } = await type('utils itl reset localkey\nshow ctl\n', {
      refuses: 'no such key',
    });
    expect(shown).toBe('no such key\nno such key\n');
    expect(operations).toHaveLength(2);
  });

  it('file get tftp ITLRecovery.p12 says where the file is; a refusal writes none', async () => {
    expect((await type('file get tftp ITLRecovery.p12\n')).shown).toBe(
      'done\nwritten to /somewhere/ITLRecovery.p12\n',
    );
    expect((await type('file get tftp ITLRecovery.p12\n', { refuses: 'none' })).shown).toBe('none\n');
  });

  it('Ctrl-C on a terminal ends it', async () => {
    const { operations } = await type('\u0003show ctl\n', { terminal: true });
    expect(operations).toEqual([]);
  });

  it('the signal ends it', async () => {
    const stop = new AbortController();
    const over = runConsole({
      input: new PassThrough(),
      output: new PassThrough(),
      terminal: false,
      node: 'PUB',
      facts: () => ({ nodes: ['PUB'] }),
      operate: async () => [],
      fetchRecoveryKey: async () => '',
      signal: stop.signal,
    });
    stop.abort();
    await expect(over).resolves.toBeUndefined();
  });
});
