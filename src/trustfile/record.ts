import { digestName } from '../device/digest.js';
import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { addressText } from './address.js';
import type { TrustRecord } from './model.js';
import { u8, u16 } from './octets.js';
import { SLOT, slot, valueLength, valueOffset } from './table.js';
import { RECORD_TAG } from './tags.js';
import { decodeText, hex } from './text.js';

/**
 * A record on top of a scan table. Each field is decoded when somebody looks at it and then kept: a phone that looks for
 * one signer in a list of twenty records reads twenty serials and one certificate (speed.md 1.4).
 */
export class ScannedRecord implements TrustRecord {
  readonly offset: number;
  readonly length: number;
  readonly role: number;
  readonly #bytes: Uint8Array;
  readonly #table: Int32Array;
  readonly #base: number;
  #dnsName: string | null | undefined;
  #subject: string | null | undefined;
  #issuer: string | null | undefined;
  #serial: string | null | undefined;
  #certificate: Certificate | null | undefined;

  constructor(bytes: Uint8Array, table: Int32Array, base: number) {
    this.#bytes = bytes;
    this.#table = table;
    this.#base = base;
    this.offset = slot(table, base + SLOT.RECORD_OFFSET);
    this.length = slot(table, base + SLOT.RECORD_LENGTH);
    this.role = u16(bytes, valueOffset(table, RECORD_TAG.FUNCTION, base));
  }

  get dnsName(): string | null {
    if (this.#dnsName === undefined) this.#dnsName = this.#text(RECORD_TAG.DNSNAME);
    return this.#dnsName;
  }

  get subject(): string | null {
    if (this.#subject === undefined) this.#subject = this.#text(RECORD_TAG.SUBJECTNAME);
    return this.#subject;
  }

  get issuer(): string | null {
    if (this.#issuer === undefined) this.#issuer = this.#text(RECORD_TAG.ISSUERNAME);
    return this.#issuer;
  }

  get serial(): string | null {
    if (this.#serial === undefined) {
      const octets = this.#octets(RECORD_TAG.SERIALNUMBER);
      this.#serial = octets === null ? null : hex(octets);
    }
    return this.#serial;
  }

  get publicKey(): Uint8Array | null {
    return this.#octets(RECORD_TAG.PUBLICKEY);
  }

  get signature(): Uint8Array | null {
    return this.#octets(RECORD_TAG.SIGNATURE);
  }

  /** @throws TrustfleetError TF_CERT_MALFORMED, with the offset in the file, when its octets are no certificate. */
  get certificate(): Certificate | null {
    if (this.#certificate === undefined) {
      const octets = this.#octets(RECORD_TAG.CERTIFICATE);
      this.#certificate = octets === null ? null : this.#decodeCertificate(octets);
    }
    return this.#certificate;
  }

  get certificateHash(): TrustRecord['certificateHash'] {
    const value = this.#octets(RECORD_TAG.CERTHASH);
    if (value === null) return null;
    const digest = digestName(
      u8(this.#bytes, valueOffset(this.#table, RECORD_TAG.HASHALGORITHM, this.#base)),
    );
    return digest === undefined ? null : { digest, value };
  }

  get ipAddress(): string | null {
    const octets = this.#octets(RECORD_TAG.IPADDRESS);
    return octets === null ? null : addressText(octets);
  }

  #octets(tag: number): Uint8Array | null {
    const offset = valueOffset(this.#table, tag, this.#base);
    return offset === 0
      ? null
      : this.#bytes.subarray(offset, offset + valueLength(this.#table, tag, this.#base));
  }

  #text(tag: number): string | null {
    const offset = valueOffset(this.#table, tag, this.#base);
    return offset === 0 ? null : decodeText(this.#bytes, offset, valueLength(this.#table, tag, this.#base));
  }

  #decodeCertificate(octets: Uint8Array): Certificate {
    try {
      return Certificate.fromDer(octets);
    } catch (cause) {
      if (!(cause instanceof TrustfleetError)) throw cause;
      const start = valueOffset(this.#table, RECORD_TAG.CERTIFICATE, this.#base);
      const offset = start + (cause.context.offset ?? 0);
      throw new TrustfleetError(
        cause.code,
        `CERTIFICATE (tag 9) of the record at offset ${this.offset}: ${cause.message}`,
        { context: { ...cause.context, offset, tag: RECORD_TAG.CERTIFICATE }, cause },
      );
    }
  }
}
