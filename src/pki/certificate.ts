import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { type DerElement, expectDer, readDer } from './der.js';
import { type NameAttribute, readName, renderCucmName } from './name.js';
import { decodePem, encodePem } from './pem.js';

interface Layout {
  readonly tbs: DerElement;
  readonly serial: DerElement;
  readonly issuer: DerElement;
  readonly validity: DerElement;
  readonly subject: DerElement;
  readonly spki: DerElement;
  readonly signatureAlgorithm: DerElement;
  readonly signature: DerElement;
}

const SEQUENCE = 0x30;
const OID_RSA = '2a864886f70d010101';
const OID_EC = '2a8648ce3d0201';
const CURVES: Readonly<Record<string, number>> = {
  '2a8648ce3d030107': 256,
  '2b81040022': 384,
  '2b81040023': 521,
};

/**
 * An X.509 certificate read by a scan of its DER: the offsets of what trust lists need, everything else on demand and
 * then kept. `new X509Certificate` costs 200 us, this costs under 1 us (speed.md 1.3), and a fleet reads millions.
 */
export class Certificate {
  /** The whole certificate as it was given, not copied. */
  readonly der: Uint8Array;
  readonly #layout: Layout;
  #subject: string | undefined;
  #issuer: string | undefined;
  #serial: string | undefined;
  #sha1: string | undefined;
  #notAfterMs: number | undefined;
  #sha256: string | undefined;
  #key: KeyObject | undefined;

  private constructor(der: Uint8Array, layout: Layout) {
    this.der = der;
    this.#layout = layout;
  }

  /** @throws TrustfleetError TF_CERT_MALFORMED when the octets are no certificate, or are followed by others. */
  static fromDer(der: Uint8Array): Certificate {
    const outer = expectDer(der, 0, der.length, SEQUENCE, 'certificate');
    if (outer.end !== der.length) {
      throw new TrustfleetError(
        'TF_CERT_MALFORMED',
        `certificate ends at octet ${outer.end} of ${der.length}: ${der.length - outer.end} octets follow it`,
        { context: { offset: outer.end } },
      );
    }
    const tbs = expectDer(der, outer.content, outer.end, SEQUENCE, 'tbsCertificate');
    let at = tbs.content;
    const version = readDer(der, at, tbs.end);
    if (version.tag === 0xa0) at = version.end;
    const serial = expectDer(der, at, tbs.end, 0x02, 'serialNumber');
    const innerAlgorithm = expectDer(der, serial.end, tbs.end, SEQUENCE, 'signature');
    const issuer = expectDer(der, innerAlgorithm.end, tbs.end, SEQUENCE, 'issuer');
    const validity = expectDer(der, issuer.end, tbs.end, SEQUENCE, 'validity');
    const subject = expectDer(der, validity.end, tbs.end, SEQUENCE, 'subject');
    const spki = expectDer(der, subject.end, tbs.end, SEQUENCE, 'subjectPublicKeyInfo');
    const signatureAlgorithm = expectDer(der, tbs.end, outer.end, SEQUENCE, 'signatureAlgorithm');
    const signature = expectDer(der, signatureAlgorithm.end, outer.end, 0x03, 'signatureValue');
    if (signature.end !== outer.end) {
      throw new TrustfleetError(
        'TF_CERT_MALFORMED',
        `certificate: ${outer.end - signature.end} octets after the signature at offset ${signature.end}`,
        { context: { offset: signature.end } },
      );
    }
    if (serial.content === serial.end || signature.content === signature.end) {
      throw new TrustfleetError(
        'TF_CERT_MALFORMED',
        'certificate with an empty serialNumber or signatureValue',
      );
    }
    return new Certificate(der, {
      tbs,
      serial,
      issuer,
      validity,
      subject,
      spki,
      signatureAlgorithm,
      signature,
    });
  }

  /**
   * From PEM text; the first certificate of it. Text around the block is skipped, as `openssl x509 -text` and
   * `openssl pkcs12` write it.
   *
   * @throws TrustfleetError TF_CERT_MALFORMED
   */
  static fromPem(pem: string): Certificate {
    return Certificate.fromDer(
      decodePem(pem, ['CERTIFICATE', 'X509 CERTIFICATE'], 'TF_CERT_MALFORMED').octets,
    );
  }

  toPem(): string {
    return encodePem('CERTIFICATE', this.der);
  }

  /** Subject in CUCM's rendering (trust-files.md 5.1). */
  get subject(): string {
    this.#subject ??= renderCucmName(this.subjectAttributes);
    return this.#subject;
  }

  /** Issuer in CUCM's rendering. */
  get issuer(): string {
    this.#issuer ??= renderCucmName(this.issuerAttributes);
    return this.#issuer;
  }

  get subjectAttributes(): readonly NameAttribute[] {
    return readName(this.der, this.#layout.subject);
  }

  get issuerAttributes(): readonly NameAttribute[] {
    return readName(this.der, this.#layout.issuer);
  }

  /** The subject's DER Name, for a chain's next certificate. */
  get subjectDer(): Uint8Array {
    return this.der.subarray(this.#layout.subject.start, this.#layout.subject.end);
  }

  get issuerDer(): Uint8Array {
    return this.der.subarray(this.#layout.issuer.start, this.#layout.issuer.end);
  }

  /** Common name of the subject, or an empty string. */
  get commonName(): string {
    return this.subjectAttributes.find((attribute) => attribute.key === 'CN')?.value ?? '';
  }

  /** Content octets of the DER INTEGER without its leading zero octets (trust-files.md 6), lower-case hex. */
  get serial(): string {
    this.#serial ??= Buffer.from(this.serialOctets).toString('hex');
    return this.#serial;
  }

  get serialOctets(): Uint8Array {
    let { content } = this.#layout.serial;
    const { end } = this.#layout.serial;
    while (content < end - 1 && this.der[content] === 0) content += 1;
    return this.der.subarray(content, end);
  }

  get notBefore(): Date {
    return this.#time(0);
  }

  get notAfter(): Date {
    // asked for at every handshake of a phone
    this.#notAfterMs ??= this.#time(1).getTime();
    return new Date(this.#notAfterMs);
  }

  get keyType(): 'rsa' | 'ec' {
    const oid = this.#keyOid();
    if (oid === OID_RSA) return 'rsa';
    if (oid === OID_EC) return 'ec';
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `public key algorithm with OID octets ${oid}, expected RSA or EC`,
    );
  }

  /** Size of the modulus or of the curve, bits. */
  get keyBits(): number {
    if (this.keyType === 'ec') {
      const algorithm = expectDer(
        this.der,
        this.#layout.spki.content,
        this.#layout.spki.end,
        SEQUENCE,
        'algorithm',
      );
      const oid = readDer(this.der, algorithm.content, algorithm.end);
      const curve = readDer(this.der, oid.end, algorithm.end);
      const hex = Buffer.from(this.der.subarray(curve.content, curve.end)).toString('hex');
      const bits = CURVES[hex];
      if (bits === undefined)
        throw new TrustfleetError('TF_CERT_UNSUPPORTED', `curve with OID octets ${hex}`);
      return bits;
    }
    const key = this.listKey;
    const outer = expectDer(key, 0, key.length, SEQUENCE, 'RSAPublicKey');
    const modulus = expectDer(key, outer.content, outer.end, 0x02, 'modulus');
    let start = modulus.content;
    while (start < modulus.end && key[start] === 0) start += 1;
    const top = key[start];
    if (top === undefined || start === modulus.end) {
      throw new TrustfleetError('TF_CERT_UNSUPPORTED', 'RSA public key with a modulus of 0');
    }
    return (modulus.end - start - 1) * 8 + (32 - Math.clz32(top));
  }

  /** PUBLICKEY of a trust list record: PKCS#1 RSAPublicKey, or the uncompressed EC point (trust-files.md 7). */
  get listKey(): Uint8Array {
    const { spki } = this.#layout;
    const algorithm = expectDer(this.der, spki.content, spki.end, SEQUENCE, 'algorithm');
    const bits = expectDer(this.der, algorithm.end, spki.end, 0x03, 'subjectPublicKey');
    if (this.der[bits.content] !== 0 || bits.content === bits.end) {
      throw new TrustfleetError(
        'TF_CERT_MALFORMED',
        'subjectPublicKey is empty or no whole number of octets',
        {
          context: { offset: bits.start },
        },
      );
    }
    return this.der.subarray(bits.content + 1, bits.end);
  }

  /** Whole SubjectPublicKeyInfo. */
  get spki(): Uint8Array {
    return this.der.subarray(this.#layout.spki.start, this.#layout.spki.end);
  }

  /** What the issuer signed. */
  get tbs(): Uint8Array {
    return this.der.subarray(this.#layout.tbs.start, this.#layout.tbs.end);
  }

  /** The issuer's signature over `tbs`. */
  get signature(): Uint8Array {
    return this.der.subarray(this.#layout.signature.content + 1, this.#layout.signature.end);
  }

  /** Content octets of the signature algorithm's OID, lower-case hex. */
  get signatureOid(): string {
    const { signatureAlgorithm } = this.#layout;
    const oid = readDer(this.der, signatureAlgorithm.content, signatureAlgorithm.end);
    return Buffer.from(this.der.subarray(oid.content, oid.end)).toString('hex');
  }

  /**
   * The public key, imported once. RSA comes in as PKCS#1, 22 times cheaper than SPKI (speed.md 1.3).
   *
   * @throws TrustfleetError TF_CERT_UNSUPPORTED when OpenSSL refuses the key.
   */
  get publicKey(): KeyObject {
    if (this.#key === undefined) {
      try {
        this.#key =
          this.keyType === 'rsa'
            ? createPublicKey({ key: Buffer.from(this.listKey), format: 'der', type: 'pkcs1' })
            : createPublicKey({ key: Buffer.from(this.spki), format: 'der', type: 'spki' });
      } catch (cause) {
        if (cause instanceof TrustfleetError) throw cause;
        throw new TrustfleetError('TF_CERT_UNSUPPORTED', `public key of "${this.subject}" cannot be used`, {
          cause,
        });
      }
    }
    return this.#key;
  }

  /** Lower-case hex over the DER. */
  get sha1(): string {
    this.#sha1 ??= createHash('sha1').update(this.der).digest('hex');
    return this.#sha1;
  }

  get sha256(): string {
    this.#sha256 ??= createHash('sha256').update(this.der).digest('hex');
    return this.#sha256;
  }

  get selfIssued(): boolean {
    return Buffer.compare(this.subjectDer, this.issuerDer) === 0;
  }

  equals(other: Certificate): boolean {
    return this === other || Buffer.compare(this.der, other.der) === 0;
  }

  /** OpenSSL's view of it; dear, never on a phone's path. */
  toX509(): X509Certificate {
    return new X509Certificate(this.der);
  }

  #keyOid(): string {
    const { spki } = this.#layout;
    const algorithm = expectDer(this.der, spki.content, spki.end, SEQUENCE, 'algorithm');
    const oid = expectDer(this.der, algorithm.content, algorithm.end, 0x06, 'algorithm');
    return Buffer.from(this.der.subarray(oid.content, oid.end)).toString('hex');
  }

  #time(index: 0 | 1): Date {
    const { validity } = this.#layout;
    let element = readDer(this.der, validity.content, validity.end);
    if (index === 1) element = readDer(this.der, element.end, validity.end);
    return readTime(this.der, element);
  }
}

/** Octets of a time: `YYMMDDhhmmssZ` under UTCTime, `YYYYMMDDhhmmssZ` under GeneralizedTime (RFC 5280 4.1.2.5). */
const TIMES: Readonly<Record<number, RegExp>> = {
  23: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  24: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
};

function readTime(der: Uint8Array, element: DerElement): Date {
  const text = Buffer.from(
    der.subarray(element.content, Math.min(element.end, element.content + 32)),
  ).toString('latin1');
  const parts = TIMES[element.tag]?.exec(text)?.slice(1).map(Number) ?? [];
  const [written = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const year = element.tag === 0x18 ? written : written + (written < 50 ? 2000 : 1900);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  // a month 13 or a 30 February would have rolled over
  const rolled = time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day || hour > 23;
  if (parts.length === 0 || rolled || minute > 59 || second > 59) {
    throw new TrustfleetError(
      'TF_CERT_MALFORMED',
      `validity ${JSON.stringify(text)} at offset ${element.start} is no UTCTime or GeneralizedTime`,
      { context: { offset: element.start } },
    );
  }
  return time;
}
