import { describe, expect, it } from 'vitest';
import { firmwareKey } from '../../src/pki/firmware-key.js';
import { parseTrustFile, signFirmware, verifySignature } from '../../src/trustfile/index.js';

const { privateKey, publicKey } = firmwareKey();

describe('signed firmware (trust-files.md 11)', () => {
  /** Names and header lengths of real files (trust-firmware-signed-headers.json). */
  it.each([
    ['SCCP11.9-4-2SR3-1S.loads', 412],
    ['SCCP6901.9-2-1-a.loads', 408],
    ['apps11.9-4-2ES26.sbn', 408],
    ['cnu11.9-4-2ES26.sbn', 404],
    ['GUI-1.4.6.3.SBN', 400],
  ])('%s has a header of %i octets, as the real one', (name, headerLength) => {
    const file = parseTrustFile(signFirmware(name, Buffer.from('payload'), privateKey));
    expect(file.kind).toBe('signed');
    expect(file.header).toMatchObject({
      headerLength,
      version: { major: 1, minor: 1 },
      filename: name,
      timestamp: null,
      digest: 'sha1',
      signerKeyBits: 2048,
      signer: {
        subject: 'CN=someSigner;OU=someOrgUnit;O=someOrg',
        issuer: 'CN=someCA;OU=someOrgUnit;O=someOrg',
        serial: '1234567890abcdef',
      },
    });
  });

  it('verifies with the key of the manufacturer, and not once an octet of it is changed', () => {
    const bytes = signFirmware('a.sbn', Buffer.from('payload'), privateKey);
    expect(verifySignature(parseTrustFile(bytes), publicKey)).toBe(true);
    bytes[bytes.length - 1] = 0;
    expect(verifySignature(parseTrustFile(bytes), publicKey)).toBe(false);
  });
});
