import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { certHash, reducedConfiguration } from '../../../src/protocol/cnf/reduced.js';
import { makeSigner } from '../../trustfile/fixtures.js';

const phone = makeSigner({ kind: 2048, cn: 'CP-8841-SEP0A0B0C0D0E0F' });

describe('trust-files.md 12: the reduced file', () => {
  const reduce = (xml: string): string =>
    reducedConfiguration(Buffer.from(xml), phone.certificate).toString();

  it('keeps four elements in their order, whatever their order was, and names the certificate', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
<device xsi:type="axl:XIPPhone" ctiid="94">
<fullConfig>true</fullConfig><deviceProtocol>SIP</deviceProtocol>
<capfList><capf><phonePort>3804</phonePort><processNodeName>10.0.0.1 &amp; 2</processNodeName></capf></capfList>
<capfAuthMode>2</capfAuthMode><loadInformation></loadInformation><ipAddressMode>0</ipAddressMode>
</device>`;
    expect(reduce(xml)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<device>
  <fullConfig>false</fullConfig>
  <ipAddressMode>0</ipAddressMode>
  <loadInformation/>
  <capfAuthMode>2</capfAuthMode>
  <capfList>
    <capf>
      <phonePort>3804</phonePort>
      <processNodeName>10.0.0.1 &amp; 2</processNodeName>
    </capf>
  </capfList>
  <certHash>${certHash(phone.certificate)}</certHash>
  <encrConfig>true</encrConfig>
</device>
`);
    expect(certHash(phone.certificate)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('does with none of them', () => {
    expect(reduce('<device/>').split('\n').length).toBe(7);
  });

  it.each([
    ['no XML', 'hello'],
    ['another document', '<Default/>'],
    ['a broken one', '<device><a></device>'],
    ['nothing', ''],
    ['a reference to an entity of its own', '<device><loadInformation>&b;</loadInformation></device>'],
    [
      'an entity bomb',
      '<!DOCTYPE a [<!ENTITY b "&a;&a;">]><device><loadInformation>&b;</loadInformation></device>',
    ],
  ])('%s is refused', (_, xml) => {
    expect(() => reduce(xml)).toThrow(expect.objectContaining({ code: 'TF_CNF_MALFORMED' }));
  });

  it('endless nesting ends at the limit of the reader', () => {
    const xml = `<device><capfList>${'<a>'.repeat(400)}${'</a>'.repeat(400)}</capfList></device>`;
    expect(() => reduce(xml)).toThrow(expect.objectContaining({ code: 'TF_MESSAGE_TOO_LARGE' }));
  });

  it('a foreign reader finds the texts that the full file had', () => {
    const reader = new XMLParser({ parseTagValue: false });
    const xml = '<device><loadInformation> a &amp; b &lt;c&gt; &#x1F4DE; </loadInformation></device>';
    expect(reader.parse(reduce(xml)).device.loadInformation).toBe('a & b <c> 📞');
  });
});
