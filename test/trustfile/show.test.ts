import { describe, expect, it } from 'vitest';
import { ROLE_CODES, type RoleName } from '../../src/device/role.js';
import {
  buildTrustList,
  certificateRecord,
  emptyRecord,
  parseTrustFile,
  type RecordSpec,
  showMissing,
  showTrustList,
  signFile,
  verifySignature,
} from '../../src/trustfile/index.js';
import { certificateOfLength, hasVectors, makeSigner, seconds, vectorJson } from './fixtures.js';

interface Field {
  readonly bytepos: number;
  readonly tag: string;
  readonly length: number;
  readonly value: string | number | null;
}

interface Dump {
  readonly file: 'CTL' | 'ITL';
  readonly fileLength: number;
  readonly version: string;
  readonly headerLength: number;
  readonly header: readonly Field[];
  readonly records: readonly {
    readonly number: number;
    readonly fields: readonly Field[];
    readonly signerLine: 'used' | 'not used' | null;
    readonly recordLength: number;
  }[];
  readonly footer: string;
}

const DUMPS = [
  'trust-show-ctl-etoken-nonsecure-118892.json',
  'trust-show-ctl-tokenless-118893.json',
  'trust-show-itl-8x-116232.json',
];

const field = (fields: readonly Field[], bytepos: number): Field | undefined =>
  fields.find((candidate) => candidate.bytepos === bytepos);

/** The printed name, filled up where the publisher shortened it (see the notes of the ITL dump). */
function text(from: Field | undefined): string | null {
  return from === undefined ? null : `${from.value ?? ''}`.padEnd(from.length - 1, '~');
}

const serial = (from: Field | undefined): string => `${from?.value ?? ''}`.replaceAll(':', '').toLowerCase();

function roleCode(printed: Field['value'] | undefined): number {
  if (printed === 'System Administrator Security Token') return ROLE_CODES.SAST;
  return ROLE_CODES[printed as RoleName];
}

function recordOf(fields: readonly Field[]): RecordSpec {
  const octets = (bytepos: number): Buffer | null => {
    const found = field(fields, bytepos);
    return found === undefined ? null : Buffer.alloc(found.length, bytepos);
  };
  const certificate = field(fields, 9);
  const hash = field(fields, 11);
  return {
    role: roleCode(field(fields, 4)?.value),
    dnsName: text(field(fields, 2)),
    subject: text(field(fields, 3)),
    issuer: text(field(fields, 5)),
    serial: field(fields, 6) === undefined ? null : serial(field(fields, 6)),
    publicKey: octets(7),
    signature: octets(8),
    certificate: certificate === undefined ? null : certificateOfLength(certificate.length),
    certificateHash:
      hash === undefined
        ? null
        : { digest: 'sha1', value: Buffer.from(`${hash.value}`.replaceAll(' ', ''), 'hex') },
    ipAddress: field(fields, 10) === undefined ? null : '10.48.47.153',
  };
}

/** A file that has all the lengths and names of the dump; keys and certificates are not in it. */
function rebuild(dump: Dump): Buffer {
  const signature = field(dump.header, 12);
  return buildTrustList(
    {
      filename: `${dump.file}File.tlv`,
      timestamp: seconds('2015-02-24T15:37:45Z'),
      records: dump.records.map(({ fields }) => recordOf(fields)),
    },
    {
      id: {
        subject: text(field(dump.header, 4)) ?? '',
        serial: serial(field(dump.header, 5)),
        issuer: text(field(dump.header, 6)) ?? '',
      },
      signature: Buffer.from(`${signature?.value ?? '07'.repeat(signature?.length ?? 0)}`, 'hex'),
    },
  );
}

interface Shown {
  readonly header: Field[];
  readonly records: { fields: Field[]; signerLine: string | null }[];
  readonly signature: string;
}

/** Reads show output as trust-files.md 13.1 says: by the tag number, any run of blanks separates. */
function readShow(output: string): Shown {
  const shown = { header: [] as Field[], records: [] as Shown['records'], signature: '' };
  let fields = shown.header;
  for (const line of output.split('\n')) {
    if (/^\t[CI]TL Record #:\d+$/.test(line)) {
      fields = [];
      shown.records.push({ fields, signerLine: null });
      continue;
    }
    const used = /^This etoken was (not )?used to sign the/.exec(line);
    const record = shown.records.at(-1);
    if (used !== null && record !== undefined)
      record.signerLine = used[1] === undefined ? 'used' : 'not used';
    const match = /^(\d+)\t([A-Z ]+)\t{1,2}(\d+)(?:\t(.*))?$/.exec(line);
    if (match !== null) {
      const [, bytepos, tag, length, value] = match;
      fields.push({
        bytepos: Number(bytepos),
        tag: tag ?? '',
        length: Number(length),
        value: value ?? null,
      });
    } else if (/^[0-9a-f]{1,2}( {2}[0-9a-f]{1,2}){7}$/.test(line)) {
      shown.signature += line
        .split('  ')
        .map((octet) => octet.padStart(2, '0'))
        .join('');
    }
  }
  return shown;
}

const layout = ({ bytepos, tag, length }: Field) => ({ bytepos, tag, length });

describe.skipIf(!hasVectors)('show output has the layout of the dumps (trust-files.md 13)', () => {
  it.each(DUMPS)('%s', (name) => {
    const dump = vectorJson<Dump>(name);
    const bytes = rebuild(dump);
    expect(bytes.length).toBe(dump.fileLength);
    const output = showTrustList(bytes, { verified: true });
    const shown = readShow(output);
    expect(shown.header.map(layout)).toEqual(dump.header.map(layout));
    expect(shown.records.map(({ fields }) => fields.map(layout))).toEqual(
      dump.records.map(({ fields }) => fields.map(layout)),
    );
    expect(shown.records.map(({ signerLine }) => signerLine)).toEqual(
      dump.records.map(({ signerLine }) => signerLine),
    );
    const [version, headerLength] = [/^Version:\t(.*)$/m, /^HeaderLength:\t(\d+) \(BYTES\)$/m].map(
      (pattern) => pattern.exec(output)?.[1],
    );
    expect([version, headerLength]).toEqual([dump.version, `${dump.headerLength}`]);
    expect(output).toContain(`Length of ${dump.file} file: ${dump.fileLength}\n`);
    expect(output.trimEnd().endsWith(dump.footer)).toBe(true);
    const signature = field(dump.header, 12)?.value;
    if (signature !== null) expect(shown.signature).toBe(signature);
  });

  it.each(DUMPS)('%s: the values that it prints, where they do not depend on the certificate', (name) => {
    const dump = vectorJson<Dump>(name);
    const shown = readShow(showTrustList(rebuild(dump), { verified: true }));
    for (const [index, { fields }] of dump.records.entries()) {
      for (const expected of fields) {
        // our certificates are others, and shortened names were filled up
        if (expected.bytepos === 9 || (expected.bytepos === 2 && expected.value === null)) continue;
        const actual = field(shown.records[index]?.fields ?? [], expected.bytepos)?.value ?? '';
        expect(`${actual}`.replace(/~+$/, '')).toBe(`${expected.value ?? ''}`);
      }
    }
  });

  it.each(DUMPS)('%s: every LENGTH column adds up', (name) => {
    const dump = vectorJson<Dump>(name);
    const { header, records } = readShow(showTrustList(rebuild(dump), { verified: true }));
    const value = (fields: readonly Field[], bytepos: number): number =>
      Number(field(fields, bytepos)?.value);
    const sum = (fields: readonly Field[]): number =>
      fields.reduce((total, { length }) => total + 3 + length, 0);
    for (const { fields } of records) expect(sum(fields)).toBe(value(fields, 1));
    const flat = header.filter(({ bytepos }) => ![3, 7, 9].includes(bytepos));
    const unpadded = 10 + 3 * 3 + sum(flat);
    expect(Math.ceil(unpadded / 4) * 4).toBe(dump.headerLength);
    const inSigner = sum(header.filter(({ bytepos }) => [4, 5, 6].includes(bytepos)));
    expect([value(header, 3), value(header, 7), value(header, 9)]).toEqual([inSigner, 15, 8]);
    const total = records.reduce((length, { fields }) => length + value(fields, 1), dump.headerLength);
    expect(total).toBe(dump.fileLength);
  });
});

describe('show output, to the last tab', () => {
  const signer = makeSigner({ cn: 'pub', serial: '70caf64e' });
  const bytes = buildTrustList(
    {
      filename: 'CTLFile.tlv',
      timestamp: seconds('2015-03-06T20:56:07Z'),
      records: [
        certificateRecord('SAST', signer.certificate, { dnsName: 'pub', ipAddress: '10.0.0.1' }),
        emptyRecord('CCM+TFTP', { dnsName: '10.0.0.1', ipAddress: '10.0.0.1' }),
        emptyRecord(99),
      ],
    },
    signer,
  );

  it('header and records', () => {
    const lines = showTrustList(bytes, { verified: true }).split('\n');
    const file = parseTrustFile(bytes);
    expect(lines[0]).toBe('The checksum value of the CTL file:');
    expect(lines[1]).toMatch(/^[0-9a-f]{32}\(MD5\)$/);
    expect(lines[2]).toMatch(/^[0-9a-f]{40}\(SHA1\)$/);
    expect(lines.slice(3, 19)).toEqual([
      '',
      `Length of CTL file: ${bytes.length}`,
      'The CTL File was last modified on Fri Mar 06 20:56:07 UTC 2015',
      '',
      '\tParse CTL File',
      '\t----------------',
      '',
      'Version:\t1.2',
      `HeaderLength:\t${file.header.headerLength} (BYTES)`,
      '',
      'BYTEPOS\tTAG\t\tLENGTH\tVALUE',
      '-------\t---\t\t------\t-----',
      '3\tSIGNERID\t2\t123',
      '4\tSIGNERNAME\t55\tCN=pub;OU=Voice;O=Load Lab;L=Auckland;ST=Auckland;C=NZ',
      '5\tSERIALNUMBER\t4\t70:CA:F6:4E',
      '6\tCANAME\t\t55\tCN=pub;OU=Voice;O=Load Lab;L=Auckland;ST=Auckland;C=NZ',
    ]);
    expect(lines).toContain('8\tDIGESTALGORTITHM\t1');
    expect(lines).toContain('12\tSIGNATURE\t128');
    expect(lines).toContain('2\tDNSNAME\t\t4\tpub');
    expect(lines).toContain('4\tFUNCTION\t2\tSystem Administrator Security Token');
    expect(lines).toContain('4\tFUNCTION\t2\t99');
    expect(lines.filter((line) => line.startsWith('9\tCERTIFICATE'))).toEqual([
      expect.stringMatching(/^9\tCERTIFICATE\t\d+\t([0-9A-F]{2} ){20}\(SHA1 Hash HEX\)$/),
    ]);
    expect(lines.filter((line) => line.includes('etoken'))).toEqual([
      'This etoken was used to sign the CTL file.',
    ]);
    expect(lines.at(-2)).toBe('The CTL file was verified successfully.');
  });

  it('without the checksums, as show itl before 10.0 (13.1)', () => {
    const whole = showTrustList(bytes, { verified: true }).split('\n');
    expect(showTrustList(bytes, { verified: true, checksums: 'none' }).split('\n')).toEqual(whole.slice(4));
  });

  it('a signature that failed (13.2)', () => {
    expect(verifySignature(parseTrustFile(bytes), makeSigner({ kind: 512 }).certificate.publicKey)).toBe(
      false,
    );
    expect(showTrustList(bytes, { verified: false })).toMatch(
      /Verification of the CTL file failed\.\nError parsing the CTL File\.\n$/,
    );
  });

  it('no file at all (13.2)', () => {
    expect(showMissing('ctl').split('\n')).toEqual([
      'Length of CTL file: 0',
      'CTL File not found. Please run CTLClient plugin or run the CLI - utils ctl.. to generate the CTL file.',
      'Error parsing the CTL File.',
      '',
    ]);
    expect(showMissing('itl')).toContain('ITL File not found.');
  });

  it('a name with control characters cannot forge a line', () => {
    const forged = buildTrustList(
      {
        filename: 'CTLFile.tlv',
        timestamp: 0,
        records: [emptyRecord('CCM', { dnsName: 'x\nThis etoken was used\u001b[2J' })],
      },
      signer,
    );
    expect(showTrustList(forged, { verified: true })).toContain('x\\x0aThis etoken was used\\x1b[2J');
  });

  it('a signed file has none', () => {
    const signed = signFile(Buffer.from('<device/>'), { filename: 'a.sgn', timestamp: 0 }, signer);
    expect(() => showTrustList(signed, { verified: true })).toThrow(
      expect.objectContaining({ code: 'TF_USAGE' }),
    );
  });
});
