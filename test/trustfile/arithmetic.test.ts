import { describe, expect, it } from 'vitest';
import {
  buildTrustList,
  encodeRecord,
  type GivenSignature,
  parseTrustFile,
  type RecordSpec,
} from '../../src/trustfile/index.js';
import { certificateOfLength } from './fixtures.js';

/** trust-files.md 9: 3 + LENGTH of tags 1 to 12, null where the tag is absent, and the RECORDLENGTH printed. */
type Row = readonly [name: string, ...cells: (number | null)[]];

const RECORDS: readonly Row[] = [
  ['eToken SAST', 5, 4, 59, 5, 45, 13, 143, null, 905, 7, null, null, 1186],
  ['empty CCM+TFTP', 5, 16, null, 5, null, null, null, null, null, 7, null, null, 33],
  ['eToken-CTL CAPF', 5, 16, 63, 5, 63, 19, 143, null, 683, 7, null, null, 1004],
  ['tokenless publisher', 5, 19, 65, 5, 65, 19, 143, 131, 697, 7, null, null, 1156],
  ['tokenless CAPF', 5, 19, 63, 5, 63, 19, 143, 131, 683, 7, null, null, 1138],
  ['tokenless subscriber', 5, 20, 66, 5, 66, 19, 143, 131, 699, 7, null, null, 1161],
  ['publisher, RSA-2048', 5, 19, 65, 5, 65, 19, 273, 259, 958, 7, null, null, 1675],
  ['ITL 8.x SAST / CCM+TFTP', 5, 5, 79, 5, 18, 13, 143, 259, 1445, null, null, null, 1972],
  ['ITL 8.x TVS', 5, 5, 79, 5, 79, 11, 273, 259, null, null, 23, 4, 743],
  ['ITL 8.x CAPF', 5, 5, 64, 5, 64, 11, 143, 131, null, null, 23, 4, 455],
];

function length(cells: readonly (number | null)[], tag: number): number | null {
  const cell = cells[tag - 1] ?? null;
  return cell === null ? null : cell - 3;
}

function recordOf([, ...cells]: Row, role = 2): RecordSpec {
  const text = (tag: number): string | null => {
    const octets = length(cells, tag);
    return octets === null ? null : 'x'.repeat(octets - 1);
  };
  const octets = (tag: number): Buffer | null => {
    const size = length(cells, tag);
    return size === null ? null : Buffer.alloc(size, tag);
  };
  const certificate = length(cells, 9);
  const hash = octets(11);
  return {
    role,
    dnsName: text(2),
    subject: text(3),
    issuer: text(5),
    serial: octets(6)?.toString('hex') ?? null,
    publicKey: octets(7),
    signature: octets(8),
    certificate: certificate === null ? null : certificateOfLength(certificate),
    certificateHash: hash === null ? null : { digest: 'sha1', value: hash },
    ipAddress: length(cells, 10) === null ? null : '10.48.47.153',
  };
}

describe('trust-files.md 9: lengths of records', () => {
  it.each(RECORDS.map((row) => [row[0], row] as const))('%s', (_, row) => {
    const [, ...cells] = row;
    const octets = encodeRecord(recordOf(row), 'cucm');
    expect(octets.length).toBe(cells[12]);
    expect(octets.readUInt16BE(3)).toBe(cells[12]);
    let at = 0;
    const found: (number | null)[] = new Array<number | null>(12).fill(null);
    while (at < octets.length) {
      const size = 3 + octets.readUInt16BE(at + 1);
      found[octets.readUInt8(at) - 1] = size;
      at += size;
    }
    expect(found).toEqual(cells.slice(0, 12));
  });
});

interface FileRow {
  readonly file: string;
  readonly filename: string;
  /** LENGTH of SIGNERNAME, SERIALNUMBER, CANAME. */
  readonly signer: readonly [number, number, number];
  readonly signatureOctets: number;
  readonly header: number;
  readonly records: readonly number[];
  readonly total: number;
}

/** trust-files.md 9, second table; the records of the real CTL are of their RECORDLENGTH in any split. */
const FILES: readonly FileRow[] = [
  {
    file: 'non-secure eToken CTL (118892)',
    filename: 'CTLFile.tlv',
    signer: [56, 10, 42],
    signatureOctets: 128,
    header: 304,
    records: [1186, 1186, 33, 1004, 33],
    total: 3746,
  },
  {
    file: 'tokenless CTL (118893)',
    filename: 'CTLFile.tlv',
    signer: [62, 16, 62],
    signatureOctets: 128,
    header: 336,
    records: [1156, 1156, 1138, 1161],
    total: 4947,
  },
  {
    file: 'tokenless after RSA-2048 regeneration',
    filename: 'CTLFile.tlv',
    signer: [62, 16, 62],
    signatureOctets: 256,
    header: 464,
    records: [1675, 1675, 1138, 1161],
    total: 6113,
  },
  {
    file: 'eToken mixed-mode CTL',
    filename: 'CTLFile.tlv',
    signer: [56, 10, 42],
    signatureOctets: 128,
    header: 304,
    records: [1186, 1186, 1022, 1004, 1026],
    total: 5728,
  },
  {
    file: 'ITL 8.x (116232)',
    filename: 'ITLFile.tlv',
    signer: [76, 10, 15],
    signatureOctets: 128,
    header: 296,
    records: [1972, 1972, 743, 455],
    total: 5438,
  },
  {
    file: 'real CTL',
    filename: 'CTLFile.tlv',
    signer: [55, 8, 55],
    signatureOctets: 128,
    header: 312,
    records: [1147, 1147, 1171, 1085, 1161, 1143],
    total: 7166,
  },
];

/** A record of `size` octets: RECORDLENGTH 5, FUNCTION 5, and a name that fills the rest. */
function recordOfSize(size: number): RecordSpec {
  return {
    role: 2,
    dnsName: 'x'.repeat(size - 14),
    subject: null,
    issuer: null,
    serial: null,
    publicKey: null,
    signature: null,
    certificate: null,
    certificateHash: null,
    ipAddress: null,
  };
}

describe('trust-files.md 9: lengths of files', () => {
  it.each(FILES)('$file: $total octets', ({ filename, signer, signatureOctets, header, records, total }) => {
    const [subject, serial, issuer] = signer;
    const given: GivenSignature = {
      id: {
        subject: 's'.repeat(subject - 1),
        serial: 'ab'.repeat(serial),
        issuer: 'i'.repeat(issuer - 1),
      },
      signature: Buffer.alloc(signatureOctets, 1),
    };
    const bytes = buildTrustList(
      { filename, timestamp: 1_425_675_367, records: records.map(recordOfSize) },
      given,
    );
    const file = parseTrustFile(bytes);
    expect(bytes.length).toBe(total);
    expect(file.header.headerLength).toBe(header);
    expect(file.kind === 'trust-list' && file.records.map((record) => record.length)).toEqual(records);
  });
});
