import { describe, expect, it } from 'vitest';
import { DataPackets, MAX_BLOCK_SIZES_KEPT, PacketCache } from '../../../src/protocol/tftp/data-packets.js';
import { servedName } from '../../../src/protocol/tftp/file-name.js';
import { agreeOptions, askOptions, readGrant } from '../../../src/protocol/tftp/options.js';
import { decodePacket, encodePacket, type TftpOption } from '../../../src/protocol/tftp/packets.js';
import { decideRequest } from '../../../src/protocol/tftp/server-answer.js';

const rrq = (file: string, mode = 'octet', kind: 'rrq' | 'wrq' = 'rrq'): Uint8Array =>
  encodePacket({ kind, file, mode, options: [] });

describe('what a read-only server does with a datagram at its request port', () => {
  it.each([
    ['CTLSEP001F9E266369.tlv', 'CTLSEP001F9E266369.tlv'],
    ['English_United_States/mk-sccp.jar', 'English_United_States/mk-sccp.jar'],
    ['/mk-sip.jar', 'mk-sip.jar'],
    ['Übung.xml', 'Übung.xml'],
    ['..a/b..c/...', '..a/b..c/...'],
  ])('looks for "%s" as %s (phone-config.md 3, 10)', (asked, file) => {
    expect(decideRequest(rrq(asked))).toEqual({ do: 'read', file, options: [] });
  });

  it('reads the mode without regard to case', () => {
    expect(decideRequest(rrq('a', 'OcTeT'))).toMatchObject({ do: 'read' });
  });

  it.each([
    ['../etc/passwd', /"\.\."/],
    ['a/../../b', /"\.\."/],
    ['/../b', /"\.\."/],
    ['..', /"\.\."/],
    ['./a', /"\."/],
    ['a//b', /""/],
    ['a/', /""/],
    ['//etc/passwd', /absolute/],
    ['C:/boot.ini', /absolute/],
    ['..\\..\\boot.ini', /backslash/],
    ['a\\b', /backslash/],
    ['a\nb', /control/],
    ['', /empty/],
    ['/', /empty/],
    ['x'.repeat(256), /longer than 255/],
    [`${'ü'.repeat(128)}`, /longer than 255/],
  ])('refuses the name %j with ERROR 2', (file, reason) => {
    const decision = decideRequest(rrq(file));
    expect(decision).toMatchObject({ do: 'refuse', detail: expect.stringMatching(reason) });
    expect(decision.do === 'refuse' && decodePacket(decision.answer)).toMatchObject({
      kind: 'error',
      code: 2,
      message: expect.stringMatching(/^Access violation: /),
    });
  });

  it.each([
    ['writing', rrq('a.tlv', 'octet', 'wrq'), 2, /read only/],
    ['netascii', rrq('a.tlv', 'netascii'), 4, /mode "netascii"/],
    ['mail', rrq('a.tlv', 'mail'), 4, /mode "mail"/],
    ['a name without NUL', Buffer.from('\0\x01CTLFile.tlv'), 4, /no NUL/],
    ['a name that is not UTF-8', Buffer.from('0001ff006f6374657400', 'hex'), 4, /UTF-8/],
    ['more than 512 octets', rrq('x'.repeat(600)), 4, /512/],
    ['opcode 9', Buffer.from([0, 9, 0, 0]), 4, /opcode 9/],
    ['no opcode', Buffer.from([0]), 4, /no opcode/],
    ['an empty datagram', Buffer.alloc(0), 4, /no opcode/],
    ['DATA', Buffer.from([0, 3, 0, 1]), 5, /transfer/],
    ['ACK', Buffer.from([0, 4, 0, 1]), 5, /transfer/],
    ['OACK', Buffer.from([0, 6]), 5, /transfer/],
  ])('answers %s with an ERROR', (_what, datagram, code, detail) => {
    const decision = decideRequest(datagram);
    expect(decision).toMatchObject({ do: 'refuse', detail: expect.stringMatching(detail) });
    expect(decision.do === 'refuse' && decodePacket(decision.answer)).toMatchObject({ kind: 'error', code });
  });

  it('does not answer an ERROR', () => {
    expect(decideRequest(Buffer.from([0, 5, 0, 1, 0]))).toEqual({ do: 'ignore' });
  });

  it('keeps a name it was asked for out of reach of control characters', () => {
    expect(servedName('a\x7fb')).toMatchObject({ ok: false });
    expect(servedName('a\u0085b')).toMatchObject({ ok: false });
  });
});

describe('options (RFC 2347, 2348, 2349)', () => {
  const option = (name: string, value: string): TftpOption => ({ name, value });

  it.each<[string, TftpOption[], TftpOption[], number]>([
    ['none asked: none answered', [], [], 512],
    ['blksize is granted as asked', [option('blksize', '1448')], [option('blksize', '1448')], 1448],
    [
      'blksize is cut to what the server has',
      [option('blksize', '65464')],
      [option('blksize', '8192')],
      8192,
    ],
    ['blksize at its least', [option('blksize', '8')], [option('blksize', '8')], 8],
    ['tsize is the size of the file', [option('tsize', '0')], [option('tsize', '7879')], 512],
    ['timeout is repeated', [option('timeout', '255')], [option('timeout', '255')], 512],
    [
      'names in any case, answered as written',
      [option('BlkSize', '1428')],
      [option('BlkSize', '1428')],
      1428,
    ],
    [
      'unknown ones are left out',
      [option('windowsize', '4'), option('tsize', '0')],
      [option('tsize', '7879')],
      512,
    ],
    ['only unknown ones: nothing to answer', [option('multicast', '')], [], 512],
  ])('%s', (_what, asked, answered, blockSize) => {
    expect(agreeOptions(asked, 7879, 8192)).toMatchObject({ agreed: { answered, blockSize } });
  });

  it.each([
    ['blksize', '7'],
    ['blksize', '65465'],
    ['blksize', ''],
    ['blksize', '0x200'],
    ['blksize', '512 '],
    ['blksize', '-512'],
    ['blksize', '1'.repeat(20)],
    ['tsize', 'big'],
    ['timeout', '0'],
    ['timeout', '256'],
    ['timeout', '1.5'],
  ])('%s "%s" is refused', (name, value) => {
    expect(agreeOptions([option(name, value)], 1)).toEqual({ refusal: expect.stringContaining(name) });
  });

  it('an option given twice is refused', () => {
    const twice = [option('blksize', '512'), option('BLKSIZE', '512')];
    expect(agreeOptions(twice, 1)).toEqual({ refusal: 'option blksize given twice' });
  });

  it('hands the interval that the client wants to the server', () => {
    expect(agreeOptions([option('timeout', '5')], 1)).toMatchObject({ agreed: { timeoutSeconds: 5 } });
  });

  it('a client asks in the order blksize, tsize, timeout', () => {
    expect(askOptions({ timeout: 5, tsize: true, blksize: 1448 })).toEqual([
      option('blksize', '1448'),
      option('tsize', '0'),
      option('timeout', '5'),
    ]);
    expect(askOptions({ tsize: false })).toEqual([]);
  });

  it('a client takes less than it asked for', () => {
    expect(
      readGrant({ blksize: 8192, tsize: true }, [option('BLKSIZE', '1428'), option('tsize', '99')]),
    ).toEqual({
      blockSize: 1428,
      fileOctets: 99,
    });
    expect(readGrant({ blksize: 8192 }, [])).toEqual({ blockSize: 512, fileOctets: undefined });
  });

  it.each<[string, TftpOption]>([
    ['more than it asked for', option('blksize', '1449')],
    ['too small a block', option('blksize', '7')],
    ['no number', option('blksize', 'x')],
    ['another timeout', option('timeout', '6')],
    ['what it did not ask for', option('windowsize', '4')],
    ['a size that is none', option('tsize', '-1')],
  ])('a client does not take %s', (_what, granted) => {
    expect(readGrant({ blksize: 1448, timeout: 5, tsize: true }, [granted])).toHaveProperty('refusal');
    expect(readGrant({}, [granted])).toHaveProperty('refusal');
  });
});

describe('DATA packets of a file', () => {
  it.each([
    [0, 512, 1, 0],
    [1, 512, 1, 1],
    [511, 512, 1, 511],
    [512, 512, 2, 0],
    [513, 512, 2, 1],
    [24_576, 8192, 4, 0],
    [3_000_000, 512, 5860, 192],
  ])('%i octets in blocks of %i: %i packets, the last with %i', (octets, blockSize, count, last) => {
    const file = Buffer.from(Array.from({ length: octets }, (_, i) => i & 0xff));
    const packets = new DataPackets(file, blockSize);
    expect(packets.count).toBe(count);
    expect(packets.packet(count)).toHaveLength(4 + last);
    const payloads = Array.from({ length: count }, (_, i) => packets.packet(i + 1).subarray(4));
    expect(Buffer.compare(Buffer.concat(payloads), file)).toBe(0);
    expect(decodePacket(packets.packet(1))).toMatchObject({ kind: 'data', block: 1 });
  });

  it('rolls the block number over from 65535 to 0', () => {
    const packets = new DataPackets(Buffer.alloc(8 * 65_537), 8);
    const numbers = [65_535, 65_536, 65_537].map((index) => decodePacket(packets.packet(index)));
    expect(numbers).toMatchObject([{ block: 65_535 }, { block: 0 }, { block: 1 }]);
  });

  it('are made once for a file and a block size, for so many block sizes', () => {
    const cache = new PacketCache();
    const file = Buffer.alloc(1000);
    expect(cache.packets(file, 512)).toBe(cache.packets(file, 512));
    expect(cache.packets(Buffer.alloc(1000), 512)).not.toBe(cache.packets(file, 512));
    const first = cache.packets(file, 512);
    for (let size = 0; size < MAX_BLOCK_SIZES_KEPT; size += 1) cache.packets(file, 1000 + size);
    expect(cache.packets(file, 512)).not.toBe(first);
  });
});
