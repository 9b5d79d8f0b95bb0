import { expect, it } from 'vitest';
import type { CapfQuestion } from '../../src/phone/capf-world.js';
import { StringGuard } from '../../src/protocol/capf/string-guard.js';
import { playCapfSession } from '../../src/virtual/capf.js';
import type { RunningCapf } from '../../src/virtual/services.js';

it('a phone whose power goes in the middle of a session is reported as over sockets (R-101)', async () => {
  const reports: string[] = [];
  const order = {
    operation: 'install',
    authentication: { by: 'null-string' },
    keys: [{ type: 'rsa', bits: 2048 }],
    completesBy: null,
  };
  const service = {
    alive: true,
    sessions: 0,
    strings: new StringGuard(),
    capf: {
      identity: { certificate: { der: new Uint8Array() } },
      decide: {
        order: () => order,
        trusts: () => true,
        issue: () => expect.unreachable('a certificate'),
        report: ({ result }: { readonly result: string }) => reports.push(result),
      },
    },
  } as unknown as RunningCapf;
  const question = {
    judge: async () => ({ trusted: true }),
    deviceName: 'SEP001F9E266369',
    credentials: { refusedAs: 'fail' },
    certificates: { lsc: null, mic: null },
    canGenerate: () => true,
    family: 'ipv4',
    generateKey: () => Promise.reject(new Error('power cut')),
  } as unknown as CapfQuestion;
  const around = { way: async () => undefined, now: () => 0, date: () => 0 };
  await expect(playCapfSession(question, service, around)).rejects.toThrow('power cut');
  expect(reports).toEqual(['phone-comm-error']);
});
