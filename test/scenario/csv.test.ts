import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/scenario/csv.js';

const cells = (text: string) => parseCsv(text).records.map((record) => record.cells);

describe('CSV as RFC 4180 has it', () => {
  it.each([
    [
      'LF',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF, no line end at the end',
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a byte order mark', '\ufeffa,b\n', [['a', 'b']]],
    [
      'quotes, with a comma, a line end and a quote inside',
      '"a,1","b\n2","c""3"\n',
      [['a,1', 'b\n2', 'c"3']],
    ],
    [
      'empty fields and empty lines',
      'a,,c\n\n,,\n',
      [
        ['a', '', 'c'],
        ['', '', ''],
      ],
    ],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(cells(text)).toEqual(expected);
    expect(parseCsv(text).faults).toEqual([]);
  });

  it('says on which line a record begins, however many lines the one before had', () => {
    expect(parseCsv('a\n"b\nb\nb"\nc\n').records.map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it.each([
    ['a quote that nothing closes', 'a\n"b\nc\n', 2, [['a'], ['c']]],
    ['a quote within a bare field', 'a\nb"c\nd\n', 2, [['a'], ['d']]],
    ['something after a closing quote', '"a"b\nc\n', 1, [['c']]],
  ])('%s is a fault of its line, and the rows around it are read', (_, text, line, rest) => {
    const { faults } = parseCsv(text);
    expect(faults.map((fault) => fault.line)).toEqual([line]);
    expect(cells(text)).toEqual(rest);
  });

  it('reads back what was written by the rules', () => {
    const cell = fc.string({ maxLength: 8 }).map((text) => text.trim());
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), (written, end) => {
        const text = written.map(
          (row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',') + end,
        );
        expect(cells(text.join(''))).toEqual(written);
      }),
    );
  });

  it('ends on whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\ufeff') }), (text) => {
        const { records, faults } = parseCsv(text);
        for (const { line } of [...records, ...faults]) expect(line).toBeGreaterThan(0);
      }),
    );
  });
});
