import { describe, expect, it } from 'vitest';
import { loadModels } from '../../src/fleet/profiles.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';
import { readScenario } from '../../src/scenario/read.js';

const models = loadModels();

/** Devices of a scenario whose fleet section is `fleet`. */
function specOf(fleet: string, head = '') {
  return laboratorySpec(
    readScenario(`name: x\n${head}fleet: ${fleet}\nsteps: [ { wait: 1s } ]`, 'x.yaml'),
    models,
  );
}

describe('fleet settings of the secure half reach the laboratory (contracts.md 4)', () => {
  it('everything that a group says of its phones', () => {
    const [device] = specOf(`
  groups:
    - group: A
      model: 7942
      phones: 1
      security: authenticated
      lsc: own
      mic: Cisco Manufacturing CA SHA2
      holds: none
      ip: { mode: two-stack }
      capf: { operation: install, auth: string, string: "0815", key: rsa-1024, addresses: ipv6 }
      firmware: SCCP42.9-4-2SR1-1S
      tls: { min: 1.0, max: 1.1 }`).devices;
    expect(device?.kind).toMatchObject({
      security: 'authenticated',
      lsc: 'own',
      mic: { issuer: 'Cisco Manufacturing CA SHA2' },
      holds: 'none',
      ip: { mode: 'two-stack', addresses: ['ipv4', 'ipv6'] },
      capf: {
        operation: 'install',
        auth: 'string',
        string: '0815',
        key: { order: 'rsa-only', rsaBits: 1024 },
        addresses: ['ipv6'],
      },
      firmware: 'SCCP42.9-4-2SR1-1S',
      tls: { min: '1.0', max: '1.1' },
    });
  });

  it.each<[fleet: string, lscOfFirst: string]>([
    // i = 1 is an owner in SEC-MIX
    ['{ security: SEC-MIX }', 'own'],
    ['{ security: ALL-NS }', 'none'],
    ['{ security: SEC-MIX, set: [ { for: all, lsc: none } ] }', 'none'],
    [
      '{ security: SEC-MIX, set: [ { for: all, lsc: none }, { for: { model: 7942 }, lsc: default } ] }',
      'own',
    ],
    ['{ set: [ { for: all, security: SEC-MIX } ] }', 'own'],
    ['{ set: [ { for: all, security: encrypted } ] }', 'none'],
    ['{ groups: [ { group: A, model: 7942, phones: 1, security: SEC-MIX } ] }', 'own'],
    ['{ groups: [ { group: A, model: 7942, phones: 1, security: SEC-MIX, lsc: old } ] }', 'old'],
    ['{ security: SEC-MIX, groups: [ { group: A, model: 7942, phones: 1 } ] }', 'own'],
    ['{ security: SEC-MIX, groups: [ { group: A, model: 7942, phones: 1, security: encrypted } ] }', 'none'],
  ])('%s: the first phone has the LSC "%s"', (fleet, lsc) => {
    expect(specOf(fleet).devices[0]?.kind.lsc).toBe(lsc);
  });

  it('a group beside the fleet has its index rules for TFTP and CallManager (S-09)', () => {
    const { devices } = specOf(
      '{ security: SEC-MIX, add: [ { group: N60, model: 7960, phones: 50, lsc: own } ] }',
    );
    const added = devices.filter(({ kind }) => kind.group === 'N60');
    expect(devices).toHaveLength(1050);
    expect(added.filter(({ kind }) => kind.tftp[0] === 'PUB')).toHaveLength(25);
    expect(added.filter(({ kind }) => kind.callManagerGroup.name === 'CMG-1')).toHaveLength(30);
    expect(added.every(({ kind }) => kind.mic === null && kind.protocol === 'SCCP')).toBe(true);
  });

  it('tokens of a mixed cluster', () => {
    const head = 'cluster: { mode: mixed, tokens: [T1, T2] }\nrelease: 10.0(1)\n';
    expect(specOf('FLEET-A', head).clusters[0]).toMatchObject({ mode: 'mixed', tokens: ['T1', 'T2'] });
  });
});

describe('an online CA (OP-26) reaches the laboratory', () => {
  const onlineCaOf = (text: string) =>
    laboratorySpec(
      readScenario(`name: x\ncluster: { onlineCa: ${text} }\nsteps: [ { wait: 1s } ]`, 'x.yaml'),
      models,
    ).clusters[0].onlineCa;

  it('with the defaults that its own CA lets in', () => {
    expect(onlineCaOf('{}')).toEqual({
      settings: {
        hostname: 'ca.voice.example',
        port: 443,
        template: 'CiscoRA',
        username: 'capf',
        password: 'capf',
      },
      embedded: { conduct: 'issue', days: 730, username: 'capf', password: 'capf' },
    });
  });

  it('with a CA that lets in somebody else, or one that is not there', () => {
    expect(onlineCaOf('{ accepts: { username: ra, password: other }, duration: 1 }')).toMatchObject({
      settings: { username: 'capf' },
      embedded: { username: 'ra', password: 'other', days: 1 },
    });
    expect(onlineCaOf('{ answers: absent }')).toMatchObject({ embedded: 'absent' });
  });

  it.each([
    ['{ duration: 1826 }', /duration/],
    ['{ duration: 0 }', /duration/],
    ['{ port: 65536 }', /port/],
    ['{ type: other }', /type/],
    ['{ answers: maybe }', /answers/],
    ['{ host: x }', /unknown key "host"/],
  ])('%s is an error of the file', (text, message) => {
    expect(() => onlineCaOf(text)).toThrow(message);
  });
});
