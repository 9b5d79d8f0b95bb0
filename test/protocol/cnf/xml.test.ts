import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXml, XML_LIMITS, type XmlElement } from '../../../src/protocol/cnf/xml-read.js';
import { branch, leaf, writeXml } from '../../../src/protocol/cnf/xml-write.js';

const read = (xml: string): XmlElement => readXml(Buffer.from(xml));
const tooLarge = expect.objectContaining({ code: 'TF_MESSAGE_TOO_LARGE' });

describe('readXml', () => {
  it('takes an undeclared prefix literally (phone-config.md 5, trap)', () => {
    const root = read('<device xsi:type="axl:XIPPhone" ctiid=\'58\' ><a:b/></device>');
    expect({ ...root.attributes }).toEqual({ 'xsi:type': 'axl:XIPPhone', ctiid: '58' });
    expect(root.children[0]?.name).toBe('a:b');
  });

  it('skips declaration, byte order mark, comments, processing instructions and spaces around the root', () => {
    expect(
      read('\ufeff<?xml version="1.0"?>\n<!-- <x> -->\n<?p <?>\n<a>1<!-- - -->2<?q?>3</a>\n<!-- -->\n').text,
    ).toBe('123');
  });

  it.each([
    ['predefined entities', '&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['character references', '&#65;&#x1F4de;&#10;', 'A📞\n'],
    ['CDATA', '<![CDATA[<&amp;]]]]>', '<&amp;]]'],
    ['line ends of any kind', 'a\r\nb\rc\n', 'a\nb\nc\n'],
  ])('resolves %s', (_, inside, text) => {
    expect(read(`<a>${inside}</a>`).text).toBe(text);
  });

  it('resolves references in attributes', () => {
    expect(read('<a b="&quot;x&#39;"/>').attributes.b).toBe('"x\'');
  });

  it('takes ISO-8859-1 where the declaration says so, and UTF-8 otherwise', () => {
    const latin = Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>Z\xfcrich</a>', 'latin1');
    expect(readXml(latin).text).toBe('Zürich');
    expect(read('<?xml version="1.0" encoding="utf-8"?><a>Zürich</a>').text).toBe('Zürich');
  });

  it('has no attribute that comes from JavaScript', () => {
    const root = read('<a __proto__="x"/>');
    expect(root.attributes.toString).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(read('<a/>').attributes.x).toBeUndefined();
  });

  it.each([
    ['an unclosed element', '<a>\n  <b>', 'the end of the file inside <b>', 2, 6],
    ['crossed tags', '<a>\n<b></a>', '</a>, expected </b>,', 2, 4],
    ['an end tag too many', '<a/>\n</a>', '</a>, expected nothing open,', 2, 1],
    ['a second root', '<a/><b/>', '<b> after the root element', 1, 5],
    ['text after the root', '<a/>x', 'text outside the root element', 1, 5],
    ['nothing', '', 'no element', 1, 1],
    ['an unknown entity', '<a>\n&x;</a>', 'reference "&x;"', 1, 4],
    ['a bare ampersand', '<a>a & b</a>', 'reference "&"', 1, 4],
    ['a reference to NUL', '<a>&#0;</a>', 'reference "&#0;"', 1, 4],
    ['a reference to a surrogate', '<a>&#xd800;</a>', 'reference "&#xd800;"', 1, 4],
    ['a reference beyond Unicode', '<a>&#x110000;</a>', 'reference', 1, 4],
    ['a control character', '<a>\u0007</a>', 'a control character', 1, 4],
    ['an attribute without value', '<a b>', 'attribute b without a value', 1, 5],
    ['an attribute without quotes', '<a b=1/>', 'attribute b without a quoted value', 1, 6],
    ['an attribute twice', '<a b="1" b="2"/>', 'attribute b twice', 1, 13],
    ['attributes without space', '<a b="1"c="2"/>', 'no space before an attribute', 1, 9],
    ['"<" in an attribute', '<a b="<"/>', '"<" in attribute b', 1, 7],
    ['a comment that does not end', '<a><!-- ></a>', 'a comment that does not end', 1, 4],
    ['CDATA that does not end', '<a><![CDATA[x</a>', 'a CDATA section that does not end', 1, 4],
    ['a tag cut off', '<a', 'the end of <a> missing', 1, 3],
    ['no name', '<a>< b/></a>', 'no name where', 1, 5],
  ])('refuses %s with line and column', (_, xml, message, line, column) => {
    expect(() => read(xml)).toThrow(
      expect.objectContaining({
        code: 'TF_CNF_MALFORMED',
        message: expect.stringContaining(message),
        context: expect.objectContaining({ line, column }),
      }),
    );
  });

  it('gives the offset in octets', () => {
    expect(() => read('<a>ü\n<b></a>')).toThrow(
      expect.objectContaining({ context: { offset: 9, line: 2, column: 4 } }),
    );
  });

  it('refuses octets that are not UTF-8, and encodings it does not read', () => {
    expect(() => readXml(Buffer.from('3c613eff3c2f613e', 'hex'))).toThrow('is not UTF-8');
    expect(() => read('<?xml version="1.0" encoding="UTF-16"?><a/>')).toThrow('encoding "utf-16"');
    expect(() => read('<?xml version="1.0" encoding="constructor"?><a/>')).toThrow('encoding "constructor"');
  });

  it('reads no document type, so no entity can grow (billion laughs, external entities)', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>`;
    expect(() => read(bomb)).toThrow('a document type');
    expect(() => read('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).toThrow('a document type');
  });

  it('stops at its limits: octets, elements, depth, attributes', () => {
    expect(() => readXml(Buffer.alloc(XML_LIMITS.octets + 1, 0x20))).toThrow(tooLarge);
    expect(() => read(`<a>${'<b/>'.repeat(XML_LIMITS.elements)}</a>`)).toThrow(tooLarge);
    expect(read(`<a>${'<b/>'.repeat(XML_LIMITS.elements - 1)}</a>`).children).toHaveLength(
      XML_LIMITS.elements - 1,
    );
    expect(() => read('<a>'.repeat(XML_LIMITS.depth + 1))).toThrow(tooLarge);
    const attributes = Array.from({ length: XML_LIMITS.attributes + 1 }, (_, i) => ` a${i}=""`).join('');
    expect(() => read(`<a${attributes}/>`)).toThrow(tooLarge);
  });
});

describe('writeXml', () => {
  it('is read back, whatever text it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' }), (text, ascii) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no such characters
        const attribute = ascii.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
        const root = readXml(writeXml(branch('a', [leaf('b', text, [['c', attribute]])])));
        expect(root.children[0]?.text).toBe(text);
        expect(root.children[0]?.attributes.c).toBe(attribute);
      }),
    );
  });

  it.each(['\0', '\u001b', '\ufffe', '\ud800'])('refuses what XML cannot carry: %j', (character) => {
    expect(() => writeXml(leaf('displayName', character))).toThrow(
      expect.objectContaining({
        code: 'TF_CNF_MALFORMED',
        message: expect.stringContaining('<displayName>'),
      }),
    );
  });
});
