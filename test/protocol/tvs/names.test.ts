import { describe, expect, it } from 'vitest';
import { decodeTvs, encodeTvs } from '../../../src/protocol/tvs/codec.js';
import { decodeText, encodeText } from '../../../src/trustfile/text.js';

describe('names that are no UTF-8', () => {
  it('are the same text in a trust list and in the TVS question about it', () => {
    const octets = Buffer.concat([Buffer.from('CN=M\u00fcller;O='), Buffer.of(0xdc), Buffer.from('ber\0')]);
    const subject = decodeText(octets, 0, octets.length);
    expect(encodeText(subject).equals(octets)).toBe(true);
    const asked = decodeTvs(
      encodeTvs({
        command: 'QUERY_REQUEST',
        sessionId: 1,
        deviceName: 'SEP001F9E266369',
        signer: { subject, issuer: subject, serial: '01' },
      }),
    );
    expect(asked).toMatchObject({ signer: { subject, issuer: subject } });
  });
});
