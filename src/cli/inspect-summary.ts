import { type Inspection, printable } from '../trustfile/index.js';

const KINDS: Readonly<Record<Inspection['kind'], string>> = {
  'trust-list': 'trust list',
  signed: 'signed file',
  encrypted: 'encrypted file',
};

/** What `inspect` prints without `--json` and `--show`: verdict first, then header and one line a record. */
export function summarize(inspection: Inspection): string {
  const { header, signature, checksums, encryption, payload, plaintext } = inspection;
  const lines = [
    `${inspection.file}: ${KINDS[inspection.kind]}, ${inspection.bytes} octets, signature ${verdict(signature)}`,
    ...field('reason', signature.reason),
    ...field('FILENAME', header.filename),
    ...field('version', versions(inspection)),
    ...field('timestamp', header.timestamp ?? 'none'),
    ...field('signer', header.signer.subject),
    ...field('issuer', header.signer.issuer),
    ...field('serial', header.signer.serial),
    ...field('signature', `${header.digest}, RSA ${header.signatureBytes * 8} bits`),
    ...field('MD5', checksums.md5),
    ...field('SHA-1', checksums.sha1),
    ...field('payload', payload === undefined ? undefined : `${payload.bytes} octets from ${payload.offset}`),
    ...field(
      'encryption',
      encryption === undefined ? undefined : `AES-128, key wrapped with RSA ${encryption.keyBits} bits`,
    ),
    ...field('plaintext', plaintext === undefined ? undefined : describePlaintext(plaintext)),
  ];
  if (inspection.kind === 'trust-list') lines.push('', ...table(inspection));
  return `${lines.join('\n')}\n`;
}

function verdict(signature: Inspection['signature']): string {
  return signature.signedBy === null
    ? signature.status
    : `${signature.status}, signer is ${printable(signature.signedBy)}`;
}

function versions({ header }: Inspection): string {
  const signer = header.signerVersion === null ? '' : `, signer version ${header.signerVersion}`;
  return `${header.version}${signer}, header of ${header.headerLength} octets`;
}

function describePlaintext(plaintext: NonNullable<Inspection['plaintext']>): string {
  if (plaintext.bytes === null) return plaintext.reason ?? 'cannot be decrypted';
  return `${plaintext.bytes} octets, digest ${plaintext.digestMatches ? 'matches' : 'DOES NOT MATCH'}`;
}

function field(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`  ${name.padEnd(11)}${printable(value)}`];
}

function table({ records }: Inspection): string[] {
  const rows = [
    ['#', 'role', 'octets', 'dns name', 'address', 'key', 'not after', 'subject'],
    ...records.map((record, index) => [
      `${index + 1}`,
      record.role,
      `${record.length}`,
      printable(record.dnsName ?? '-'),
      record.ipAddress ?? '-',
      record.certificate === null
        ? record.certificateHash === undefined
          ? 'none'
          : 'hash only'
        : `${record.certificate.keyType} ${record.certificate.keyBits ?? ''}`.trim(),
      record.certificate?.notAfter.slice(0, 10) ?? '-',
      printable(record.subject ?? '-'),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
