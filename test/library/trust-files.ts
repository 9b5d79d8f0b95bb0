import { readFileSync } from 'node:fs';
import {
  buildTrustList,
  certificateRecord,
  findSigner,
  inspectJson,
  loadIdentity,
  parseTrustFile,
  signFile,
  verifySignature,
} from 'trustfleet';

// one PEM file with the certificate and the private key of a CallManager
const pem = readFileSync(process.argv[2] ?? 'callmanager.pem', 'utf8');
const callManager = loadIdentity(pem, pem);
const timestamp = Math.floor(Date.now() / 1000);

const records = ['SAST', 'CCM+TFTP'] as const;
const itl = buildTrustList(
  {
    filename: 'ITLFile.tlv',
    timestamp,
    records: records.map((role) => certificateRecord(role, callManager.certificate, { dnsName: 'pub' })),
  },
  callManager,
);
const { signature } = inspectJson(itl, { file: 'ITLFile.tlv' });
console.log(`ITL of ${itl.length} octets: ${signature.status}, signed by ${signature.signedBy}`);

// would somebody who holds this ITL find the signer of a configuration in it?
const name = 'SEP001F9E266369.cnf.xml.sgn';
const configuration = parseTrustFile(
  signFile(Buffer.from('<device/>'), { filename: name, timestamp }, callManager),
);
const list = parseTrustFile(itl);
if (list.kind !== 'trust-list') throw new Error(`not a list but ${list.kind}`);
const key = findSigner(list.records, configuration.header.signer)?.certificate?.publicKey;
console.log(`${name}: ${key !== undefined && verifySignature(configuration, key)}`);
