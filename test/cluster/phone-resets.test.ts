import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.js';
import { resetsPhones } from '../../src/cluster/phone-resets.js';
import { cluster } from './lab.js';

const AUTOMATIC: Operation = { op: 'parameter', name: 'phone-interaction', value: 'automatic' };
const ROLLBACK: Operation = { op: 'parameter', name: 'rollback', value: true };
const CALL_MANAGER: Operation = { op: 'regenerate', purpose: 'CallManager', nodes: 'all' };
const TOMCAT: Operation = { op: 'regenerate', purpose: 'tomcat', nodes: 'all' };
const UPLOAD: Operation = { op: 'upload', purpose: 'TVS', nodes: 'all' };
const RESTART: Operation = { op: 'restart', services: ['TVS'], nodes: 'all' };

describe('Phone Interaction on Certificate Update (OP-31, R-68)', () => {
  it.each<[release: string, what: string, operation: Operation, resets: boolean]>([
    ['10.5', 'the rollback parameter', ROLLBACK, true],
    ['12.5(1)', 'the rollback parameter', ROLLBACK, true],
    ['12.5(1)', 'a CallManager certificate', CALL_MANAGER, false],
    ['14', 'the rollback parameter', ROLLBACK, true],
    ['14', 'a CallManager certificate', CALL_MANAGER, true],
    ['14', 'a CA-signed TVS certificate', UPLOAD, true],
    ['14', 'a tomcat certificate, which no list has', TOMCAT, false],
    ['14', 'a restart', RESTART, false],
  ])('automatic in %s, %s: phones are reset %s', async (release, _, operation, resets) => {
    const made = await cluster(release);
    await made.run(AUTOMATIC);
    expect(resetsPhones(made.state, operation)).toBe(resets);
  });

  it('manual is what a cluster here is installed with', async () => {
    const made = await cluster('14');
    expect(resetsPhones(made.state, ROLLBACK)).toBe(false);
    expect(resetsPhones(made.state, CALL_MANAGER)).toBe(false);
  });

  it('a parameter that stays as it is resets nobody', async () => {
    const made = await cluster('14');
    await made.run(AUTOMATIC);
    await made.run(ROLLBACK);
    expect(resetsPhones(made.state, ROLLBACK)).toBe(false);
  });
});
