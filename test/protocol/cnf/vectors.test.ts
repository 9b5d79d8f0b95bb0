import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDefaultConfiguration, parsePhoneConfiguration } from '../../../src/protocol/cnf/read.js';
import {
  type WriteOptions,
  writeDefaultConfiguration,
  writePhoneConfiguration,
} from '../../../src/protocol/cnf/write.js';

const folder = fileURLToPath(new URL('../../../../shared/reference/vectors/config/', import.meta.url));
const missing = !existsSync(folder);
const read = (name: string): Buffer => readFileSync(`${folder}${name}.cnf.xml`);

const modern: WriteOptions = { family: 'modern', inactiveLoad: 'sip88xx.12-7-1-0001-393' };

describe.skipIf(missing)('configuration files of the reference', () => {
  it.each<[string, WriteOptions, object]>([
    [
      'SEP001F9E266369-7962-sccp-nonsecure',
      {},
      { deviceProtocol: 'SCCP', deviceSecurityMode: 'non-secure', transportLayerProtocol: 1, sip: null },
    ],
    [
      'SEP001F9E266369-7962-sccp-encrypted',
      {},
      { deviceProtocol: 'SCCP', deviceSecurityMode: 'encrypted', transportLayerProtocol: 3, sip: null },
    ],
    [
      'SEP001F9E266369-7962-sip-nonsecure',
      {},
      { deviceProtocol: 'SIP', deviceSecurityMode: 'non-secure', transportLayerProtocol: 4 },
    ],
    [
      'SEP001F9E266369-8841-sip-nonsecure',
      modern,
      { deviceSecurityMode: 'non-secure', loadInformation: 'sip88xx.12-8-1-0001-455' },
    ],
    [
      'SEP001F9E266369-8841-sip-encrypted',
      modern,
      { deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 },
    ],
  ])('%s is read, and written again octet for octet', (name, options, part) => {
    const file = read(name);
    const configuration = parsePhoneConfiguration(file);
    expect(configuration).toMatchObject({
      fullConfig: true,
      ipAddressMode: 0,
      tvs: [{ priority: 0, address: '192.0.2.2', port: 2445 }],
      capf: [{ priority: 0, address: '192.0.2.2', port: 3804 }],
      callManagers: [
        {
          priority: 0,
          name: 'cucm1',
          address: '192.0.2.2',
          sccpPort: 2000,
          sipPort: 5060,
          securedSipPort: 5061,
        },
        {
          priority: 1,
          name: 'cucm2',
          address: '192.0.2.3',
          sccpPort: 2000,
          sipPort: 5060,
          securedSipPort: 5061,
        },
      ],
      capfAuthMode: 0,
      versionStamp: '1555108264-18843a73-f9e1-4a3b-99bb-86295a710462',
      connectionMonitorDuration: 120,
      certHash: '',
      encrConfig: false,
      dateTemplate: 'M/D/Y',
      ...part,
    });
    expect(writePhoneConfiguration(configuration, options).toString()).toBe(file.toString());
  });

  it('the SIP file has its line and timers (phone-config.md 5.2)', () => {
    expect(parsePhoneConfiguration(read('SEP001F9E266369-7962-sip-nonsecure')).sip).toEqual({
      timers: {
        registerExpires: 3600,
        registerDelta: 5,
        keepAliveExpires: 120,
        t1Ms: 500,
        t2Ms: 4000,
        retransmissions: 10,
      },
      lines: [
        {
          index: 1,
          name: '1001',
          displayName: 'Alice Example',
          contact: '6270f0fa-80fe-b49f-7ad3-e61eb3cf9a16',
          authName: '',
          authPassword: '',
        },
      ],
    });
  });

  it('XMLDefault.cnf.xml is read, and written again octet for octet (phone-config.md 7)', () => {
    const file = read('XMLDefault');
    const configuration = parseDefaultConfiguration(file);
    expect(configuration.loads).toHaveLength(12);
    expect(configuration.loads[1]).toEqual({
      deviceType: 404,
      model: 'Cisco 7962',
      load: 'SCCP42.9-4-2SR3-1S',
    });
    expect(configuration.callManagers.map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(writeDefaultConfiguration(configuration).toString()).toBe(file.toString());
  });
});
