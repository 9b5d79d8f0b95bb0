/** A non-secure CTL in the shape of `inspect --json`, cut down to what expectations look at. */
export const bigCtl = {
  header: { digest: 'sha1', headerLength: 304 },
  records: [
    { role: 'CAPF', length: 1004, serial: 'ab', certificate: { keyType: 'rsa', keyBits: 2048 } },
    { role: 'CCM+TFTP', length: 31, serial: null, certificate: null },
    { role: 'CCM+TFTP', length: 31, serial: null, certificate: null },
  ],
  signature: { status: 'valid' },
};
