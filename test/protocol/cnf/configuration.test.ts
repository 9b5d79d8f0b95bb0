import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { memoryInUse } from '../../../src/observe/memory-in-use.js';
import type {
  CallManagerEntry,
  DefaultConfiguration,
  PhoneConfiguration,
} from '../../../src/protocol/cnf/model.js';
import { parseDefaultConfiguration, parsePhoneConfiguration } from '../../../src/protocol/cnf/read.js';
import { writeDefaultConfiguration, writePhoneConfiguration } from '../../../src/protocol/cnf/write.js';
import { readXml } from '../../../src/protocol/cnf/xml-read.js';

const parse = (xml: string): PhoneConfiguration => parsePhoneConfiguration(Buffer.from(xml));
const malformed = expect.objectContaining({ code: 'TF_CNF_MALFORMED' });

/** Anything that XML can carry. */
const text = fc.string({
  unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constantFrom(...'&<>"\'\r\n\t ü📞')),
  maxLength: 20,
});
const word = text.map((value) => value.trim());
const name = word.filter((value) => value !== '');
const port = fc.integer({ min: 1, max: 65_535 });
const priorities = <T extends { readonly priority: number }>(entries: readonly T[]): readonly T[] =>
  entries.map((entry, priority) => ({ ...entry, priority }));

const callManagers: fc.Arbitrary<readonly CallManagerEntry[]> = fc
  .array(
    fc.record({
      priority: fc.constant(0),
      name: word,
      address: name,
      sccpPort: port,
      sipPort: port,
      securedSipPort: port,
    }),
    { maxLength: 5 },
  )
  .map(priorities);
const servers = fc
  .array(fc.record({ priority: fc.constant(0), address: name, port }), { maxLength: 5 })
  .map(priorities);
const urls = fc.dictionary(
  fc.constantFrom('authenticationURL', 'idleURL', 'proxyServerURL', 'secureServicesURL'),
  word,
  { noNullPrototype: true },
);
const seconds = fc.nat(86_400);

const configuration: fc.Arbitrary<PhoneConfiguration> = fc
  .record({
    fullConfig: fc.constant(true),
    deviceProtocol: fc.constantFrom('SCCP' as const, 'SIP' as const),
    deviceSecurityMode: fc.constantFrom(
      'non-secure' as const,
      'authenticated' as const,
      'encrypted' as const,
    ),
    ipAddressMode: fc.constantFrom(0 as const, 1 as const, 2 as const),
    callManagers,
    tvs: servers,
    capfAuthMode: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const),
    capf: servers,
    loadInformation: word,
    versionStamp: word,
    transportLayerProtocol: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
    connectionMonitorDuration: seconds,
    certHash: fc.stringMatching(/^[0-9a-f]{0,40}$/),
    encrConfig: fc.boolean(),
    dateTemplate: word,
    urls,
    sip: fc.record({
      timers: fc.record({
        registerExpires: seconds,
        registerDelta: seconds,
        keepAliveExpires: seconds,
        t1Ms: seconds,
        t2Ms: seconds,
        retransmissions: fc.nat(100),
      }),
      lines: fc
        .array(
          fc.record({
            index: fc.constant(0),
            name: word,
            displayName: text,
            contact: word,
            authName: text,
            authPassword: text,
          }),
          { maxLength: 6 },
        )
        .map((lines) => lines.map((line, at) => ({ ...line, index: at + 1 }))),
    }),
  })
  .map((made) => (made.deviceProtocol === 'SIP' ? made : { ...made, sip: null }));

describe('SEP<MAC>.cnf.xml', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(configuration, (made) => {
        expect(parsePhoneConfiguration(writePhoneConfiguration(made))).toEqual(made);
      }),
    );
  });

  it('is written as a file that another XML parser finds well-formed and reads alike', () => {
    const foreign = new XMLParser({ ignoreAttributes: false, processEntities: true, parseTagValue: false });
    fc.assert(
      fc.property(configuration, (made) => {
        const xml = writePhoneConfiguration(made).toString();
        expect(XMLValidator.validate(xml)).toBe(true);
        const { device } = foreign.parse(xml);
        expect(device.deviceProtocol).toBe(made.deviceProtocol);
        expect(device['@_xsi:type']).toBe('axl:XIPPhone');
      }),
    );
  });

  it('may have its elements in any order, and unknown ones (phone-config.md 5)', () => {
    const plain = parse(
      '<device><deviceSecurityMode>3</deviceSecurityMode><futureThing><member priority="9"/></futureThing>' +
        '<capfAuthMode>3</capfAuthMode><deviceProtocol>SIP</deviceProtocol></device>',
    );
    expect(plain.deviceSecurityMode).toBe('encrypted');
    expect(plain.capfAuthMode).toBe(3);
    expect(plain.deviceProtocol).toBe('SIP');
  });

  it('keeps what was read of it, and not its octets: a fleet holds thousands', () => {
    const load = 'sip88xx.12-5-1SR4-3';
    const url = 'http://127.10.0.1:8080/ccmcip/xmldirectory.jsp';
    const filling = `<unknown>${'x'.repeat(20_000)}</unknown>`;
    const xml = `<device><loadInformation>${load}</loadInformation><directoryURL>${url}</directoryURL>${filling}</device>`;
    parse(xml);
    const before = memoryInUse();
    const kept = Array.from({ length: 500 }, () => parse(xml));
    expect((memoryInUse() - before) / kept.length).toBeLessThan(5_000);
    expect(
      kept.every(({ loadInformation, urls }) => loadInformation === load && urls.directoryURL === url),
    ).toBe(true);
  });

  it('treats <x/>, <x></x> and a missing x alike (phone-config.md 5)', () => {
    const missing = parse('<device></device>');
    expect(
      parse('<device><capfAuthMode/><certHash/><deviceSecurityMode/><TVS/><encrConfig/></device>'),
    ).toEqual(missing);
    expect(
      parse(
        '<device><capfAuthMode></capfAuthMode><certHash> </certHash><TVS></TVS><capfList></capfList></device>',
      ),
    ).toEqual(missing);
    expect(missing).toMatchObject({
      fullConfig: true,
      deviceProtocol: 'SCCP',
      deviceSecurityMode: 'non-secure',
      ipAddressMode: 0,
      callManagers: [],
      tvs: [],
      capf: [],
      capfAuthMode: 0,
      transportLayerProtocol: 1,
      connectionMonitorDuration: 120,
      encrConfig: false,
      sip: null,
    });
  });

  it('orders CallManagers and TVS servers by priority, lower first, takes five and skips those without address (R-37)', () => {
    const member = (priority: number, address: string): string =>
      `<member priority="${priority}"><address>${address}</address><port>2445</port></member>`;
    const members = [3, 0, 5, 1, 4, 2].map((n) => member(n, `10.0.0.${n}`)).join('');
    const { tvs } = parse(`<device><TVS><members>${member(0, '')}${members}</members></TVS></device>`);
    expect(tvs.map(({ address }) => address)).toEqual([
      '10.0.0.0',
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
    ]);
  });

  it('counts members without a priority in the order of the file, and gives ports that are missing their default', () => {
    const group =
      '<members><member><callManager><processNodeName>a</processNodeName></callManager></member>' +
      '<member><callManager><processNodeName>b</processNodeName></callManager></member></members>';
    const { callManagers: read } = parse(
      `<device><devicePool><callManagerGroup>${group}</callManagerGroup></devicePool></device>`,
    );
    expect(read).toEqual([
      { priority: 0, name: '', address: 'a', sccpPort: 2000, sipPort: 5060, securedSipPort: 5061 },
      { priority: 1, name: '', address: 'b', sccpPort: 2000, sipPort: 5060, securedSipPort: 5061 },
    ]);
  });

  it('takes only buttons with featureID 9 as lines (phone-config.md 5.2)', () => {
    const line = (button: number, feature: number): string =>
      `<line button="${button}"><featureID>${feature}</featureID><name>${button}</name></line>`;
    const { sip } = parse(
      `<device><sipProfile><sipLines>${line(1, 9)}${line(2, 2)}${line(3, 9)}</sipLines></sipProfile></device>`,
    );
    expect(sip?.lines.map(({ index, name: dn }) => [index, dn])).toEqual([
      [1, '1'],
      [3, '3'],
    ]);
  });

  it.each([
    ['deviceSecurityMode', '4'],
    ['deviceSecurityMode', '03'],
    ['capfAuthMode', '5'],
    ['ipAddressMode', '-1'],
    ['transportLayerProtocol', 'TLS'],
    ['deviceProtocol', 'H.323'],
    ['encrConfig', 'yes'],
    ['fullConfig', '1'],
  ])('refuses %s %s and says what was expected', (element, value) => {
    expect(() => parse(`<device><${element}>${value}</${element}></device>`)).toThrow(
      expect.objectContaining({
        code: 'TF_CNF_MALFORMED',
        message: expect.stringMatching(`<${element}> is "${value}", expected .+`),
      }),
    );
  });

  it.each(['0', '65536', '-1', '2e3', '0x10', '99999999999'])('refuses port %s', (value) => {
    const xml = `<device><TVS><members><member><address>a</address><port>${value}</port></member></members></TVS></device>`;
    expect(() => parse(xml)).toThrow(malformed);
  });
});

describe('the reduced file before .enc.sgn (phone-config.md 6)', () => {
  it('has exactly its elements, in CUCM’s order, and is read with defaults for the rest', () => {
    fc.assert(
      fc.property(configuration, (made) => {
        const xml = writePhoneConfiguration({ ...made, fullConfig: false, encrConfig: true });
        expect(readXml(xml).children.map((element) => element.name)).toEqual([
          'fullConfig',
          'ipAddressMode',
          'loadInformation',
          'capfAuthMode',
          'capfList',
          'certHash',
          'encrConfig',
        ]);
        const { ipAddressMode, loadInformation, capfAuthMode, capf, certHash } = made;
        expect(parsePhoneConfiguration(xml)).toMatchObject({
          fullConfig: false,
          encrConfig: true,
          ipAddressMode,
          loadInformation,
          capfAuthMode,
          capf,
          certHash,
          callManagers: [],
        });
      }),
    );
  });
});

describe('XMLDefault.cnf.xml', () => {
  const load = fc.record({ deviceType: fc.nat(65_535), model: word, load: word });
  const defaults: fc.Arbitrary<DefaultConfiguration> = fc.record({
    callManagers,
    tvs: servers,
    autoRegistration: fc.constantFrom('enabled' as const, 'disabled' as const),
    loads: fc.array(load, { maxLength: 5 }),
    urls,
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(defaults, (made) => {
        expect(parseDefaultConfiguration(writeDefaultConfiguration(made))).toEqual(made);
      }),
    );
  });

  it('is not taken for a phone’s file, nor the other way round', () => {
    expect(() => parse('<Default/>')).toThrow('root element <Default>, expected <device>');
    expect(() => parseDefaultConfiguration(Buffer.from('<device/>'))).toThrow(malformed);
  });
});

describe('any file from outside', () => {
  it('ends in a configuration or a TrustfleetError', () => {
    const whole = writePhoneConfiguration(
      fc.sample(
        configuration.filter(({ deviceProtocol }) => deviceProtocol === 'SIP'),
        1,
      )[0] ?? parse('<device/>'),
    );
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 6 }), fc.nat(40), (at, octets, cut) => {
        const file = Buffer.concat([
          whole.subarray(0, at),
          octets,
          whole.subarray(Math.min(at + cut, whole.length)),
        ]);
        try {
          parsePhoneConfiguration(file);
        } catch (error) {
          expect(error).toBeInstanceOf(TrustfleetError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
