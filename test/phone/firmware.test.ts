import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadFiles } from '../../src/cluster/firmware.js';
import type { ModelProfile } from '../../src/device/model.js';
import { signFirmware } from '../../src/trustfile/index.js';
import { BootLab, ITL, makeParties, type Parties, PLAIN, SGN, TFTP } from './boot-lab.js';
import { CLASSIC, configurationXml, LEGACY, MODERN, signed } from './fixtures.js';

const NEW = 'sip88xx.14-2-1-0101-70';
const OWN = MODERN.loads.SIP ?? '';

let parties: Parties;
let lab: BootLab;

beforeAll(async () => {
  parties = await makeParties();
});
beforeEach(() => {
  lab = new BootLab(parties);
});

/** A node whose configuration names this load, and which has these files beside. */
function serve(load: string, files: ReadonlyMap<string, Uint8Array> = new Map()): void {
  const config = signed(parties.pub, configurationXml({ loadInformation: load }));
  lab.world.serve(TFTP, {
    [ITL]: lab.firstItl.bytes,
    [SGN]: config.bytes,
    ...Object.fromEntries(files),
  });
}

const failures = () => lab.world.counted('trust_failures', { file: 'firmware', rule: 'R-11' });
const loads = (result: 'installed' | 'refused' | 'not-found'): number =>
  lab.world.counted('firmware_loads', { result });

describe('R-11: the load that the configuration names', () => {
  it('nothing is fetched where it is the one that runs, or none is named', async () => {
    for (const load of [OWN, '']) {
      serve(load);
      await lab.bootOnce();
    }
    expect(lab.world.calls.filter((file) => file.includes('.loads'))).toEqual([]);
    expect(lab.world.figures('firmware_loads')).toEqual({});
  });

  it('is fetched, verified and started: the files come again, and the phone registers with it', async () => {
    serve(NEW, loadFiles(NEW, 'signed'));
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered' });
    expect(loads('installed')).toBe(1);
    expect(lab.flash.load).toBe(NEW);
    expect(lab.world.attempts.map(({ load }) => load)).toEqual([NEW]);
    expect(lab.world.calls.filter((line) => line.includes(SGN))).toHaveLength(2);
    // it runs now: the next boot fetches nothing
    await lab.bootOnce();
    expect(loads('installed')).toBe(1);
  });

  it('a bad signature of its image: rejected, and the running load is kept', async () => {
    serve(NEW, loadFiles(NEW, 'tampered'));
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', locked: false });
    expect(lab.flash.load).toBeNull();
    expect(lab.world.attempts.map(({ load }) => load)).toEqual([OWN]);
    expect({ refused: loads('refused'), failures: failures() }).toEqual({ refused: 1, failures: 1 });
    // the next boot tries again
    await lab.bootOnce();
    expect(loads('refused')).toBe(2);
  });

  it.each<[string, ModelProfile, string[]]>([
    ['79xx: Auth Fail (C-4396265)', LEGACY, ['Auth Fail']],
    ['7960: File auth error (C-3128941)', CLASSIC, ['File auth error']],
    ['88xx: no message that is known', MODERN, []],
  ])('on its screen: %s', async (_, model, messages) => {
    serve(NEW, loadFiles(NEW, 'tampered'));
    // a model without Security By Default asks for the bare file
    lab.world.serve(TFTP, { [PLAIN]: configurationXml({ loadInformation: NEW }) });
    await lab.bootOnce({ model });
    expect(failures()).toBe(1);
    expect(lab.messages().filter((message) => /auth/i.test(message))).toEqual(messages);
  });

  it('the CallManager that signs configurations cannot sign firmware: no list has a part in it', async () => {
    const list = signFirmware(`${NEW}.loads`, Buffer.from('a.sbn\n'), parties.pub.privateKey);
    serve(NEW, new Map([[`${NEW}.loads`, list]]));
    await lab.bootOnce();
    expect({ load: lab.flash.load, failures: failures() }).toEqual({ load: null, failures: 1 });
  });

  it('another file under its name is refused, and so is what is no signed file', async () => {
    const other = loadFiles('sip88xx.1', 'signed').get('sip88xx.1.loads') ?? Buffer.alloc(0);
    for (const bytes of [other, Buffer.from('a.sbn\n'), lab.firstItl.bytes]) {
      serve(NEW, new Map([[`${NEW}.loads`, bytes]]));
      await lab.bootOnce();
    }
    expect(lab.world.counted('trust_failures', { file: 'firmware', reason: 'malformed' })).toBe(3);
    expect(lab.flash.load).toBeNull();
  });

  it.each(['.loads', '.sbn'])('a server without its %s: the running load is kept', async (missing) => {
    const files = new Map([...loadFiles(NEW, 'signed')].filter(([name]) => !name.endsWith(missing)));
    serve(NEW, files);
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered' });
    expect({ missing: loads('not-found'), failures: failures() }).toEqual({ missing: 1, failures: 0 });
    expect(lab.messages()).toContain('File Not Found');
    expect(lab.flash.load).toBeNull();
  });
});
