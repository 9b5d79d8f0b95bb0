import type { Certificate } from '../pki/certificate.js';
import type { NameAttribute } from '../pki/name.js';

const ORDER = ['CN', 'OU', 'O', 'L', 'ST', 'C'] as const;

/**
 * Names of a hardware token's certificate as the CTL client stores them: lower-case keys, values quoted as Windows does
 * it, the whole cut at the first comma, so that `o="Cisco Systems, Inc."` loses its end and its closing quote
 * (trust-files.md 5.2).
 */
export function etokenNames(certificate: Certificate): { readonly subject: string; readonly issuer: string } {
  return {
    subject: render(certificate.subjectAttributes),
    issuer: render(certificate.issuerAttributes),
  };
}

function render(attributes: readonly NameAttribute[]): string {
  const text = ORDER.flatMap((key) =>
    attributes
      .filter((attribute) => attribute.key === key)
      .map(({ value }) => `${key.toLowerCase()}=${quote(value)}`),
  ).join(';');
  return text.split(',', 1)[0] ?? '';
}

/** CertNameToStr quotes a value with blanks at its ends or with characters that separate. */
function quote(value: string): string {
  return /^\s|\s$|[,+="\n<>#;]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Token serials are stored least significant octet first, as Windows keeps them (trust-files.md 6). */
export function reversedSerial(serial: string): string {
  return (serial.match(/../g) ?? []).reverse().join('');
}
