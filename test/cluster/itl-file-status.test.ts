import { describe, expect, it } from 'vitest';
import { ItlFileReports, MAX_STRANGERS, type ReportedItl } from '../../src/cluster/itl-file-status.js';
import { signatureSha1 } from '../../src/trustfile/index.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const PHONE = 'SEP001F9E266369';

function itlOf(made: Cluster, node: 'PUB' | 'SUB1'): ReportedItl {
  const server = made.state.nodes.find(({ name }) => name === node)?.address ?? '';
  return { signatureSha1: signatureSha1(made.list(node, 'ITLFile.tlv')), server };
}

function status(reports: ItlFileReports, made: Cluster): string | undefined {
  return reports.statuses(made.state).get(PHONE);
}

describe('ITL File Status, R-75', () => {
  it('Match where the phone has the ITL of the TFTP server that it came from, whatever another server has', async () => {
    const made = await cluster('12.5(1)');
    const reports = new ItlFileReports(() => true);
    for (const node of ['PUB', 'SUB1'] as const) {
      reports.reported(PHONE, itlOf(made, node));
      reports.registered('SUB1', PHONE);
      expect(status(reports, made)).toBe('match');
    }
  });

  it('MisMatch once that server has another one', async () => {
    const made = await cluster('12.5(1)');
    const reports = new ItlFileReports(() => true);
    reports.reported(PHONE, itlOf(made, 'PUB'));
    reports.registered('SUB1', PHONE);
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    expect(status(reports, made)).toBe('match');
    await made.run(restartAll('TFTP'));
    expect(status(reports, made)).toBe('mismatch');
  });

  it.each([
    ['Not Installed: the phone has none', null, 'not-installed'],
    [
      'Unknown: of a server that is none of the cluster',
      { signatureSha1: '00', server: '10.0.0.9' },
      'unknown',
    ],
    ['Unknown: registered without a report', undefined, 'unknown'],
  ] as const)('%s', async (_, itl, expected) => {
    const reports = new ItlFileReports(() => true);
    if (itl !== undefined) reports.reported(PHONE, itl);
    reports.registered('SUB1', PHONE);
    expect(status(reports, await cluster('14'))).toBe(expected);
  });

  it('unregistering deletes the entry, but not at a node that the phone has left for another', async () => {
    const made = await cluster('12.5(1)');
    const reports = new ItlFileReports(() => true);
    reports.reported(PHONE, itlOf(made, 'PUB'));
    expect(status(reports, made)).toBeUndefined();
    reports.registered('SUB1', PHONE);
    reports.registered('SUB2', PHONE);
    reports.unregistered('SUB1', PHONE);
    expect(status(reports, made)).toBe('match');
    reports.unregistered('SUB2', PHONE);
    expect(status(reports, made)).toBeUndefined();
    reports.registered('SUB1', PHONE);
    expect(status(reports, made)).toBe('unknown');
  });

  it('reports of devices that nobody admitted are few, and the newest of them counts once its device registers', async () => {
    const made = await cluster('12.5(1)');
    const reports = new ItlFileReports(() => false);
    for (let i = 0; i < 2 * MAX_STRANGERS; i += 1) reports.reported(`SEP${i}`, null);
    reports.reported('X'.repeat(2000), null);
    expect(reports.size).toBe(MAX_STRANGERS);
    reports.reported(PHONE, itlOf(made, 'PUB'));
    expect(reports.size).toBe(MAX_STRANGERS);
    reports.registered('SUB1', PHONE);
    expect(status(reports, made)).toBe('match');
    reports.unregistered('SUB1', PHONE);
    expect(reports.size).toBe(MAX_STRANGERS - 1);
  });

  it.each([
    ['11.5(1)', 0],
    ['12.0(1)', 0],
    ['12.5(1)', 1],
    ['15', 1],
  ])('%s compares %i', async (release, compared) => {
    const made = await cluster(release);
    const reports = new ItlFileReports(() => true);
    reports.reported(PHONE, itlOf(made, 'PUB'));
    reports.registered('PUB', PHONE);
    expect(reports.statuses(made.state).size).toBe(compared);
  });
});
