import { Buffer } from 'node:buffer';

/**
 * The XML bodies of Cisco's SIP interface (sip.md 3.5, 4.2). MIME lines end with CRLF, lines inside the XML with LF only;
 * both matter for the length of 1313 octets that real phones send.
 */
const BOUNDARY = 'uniqueBoundary';

export const REGISTER_CONTENT_TYPE = `multipart/mixed; boundary=${BOUNDARY}`;
export const RESPONSE_CONTENT_TYPE = 'application/x-cisco-remotecc-response+xml';

const XML = '<?xml version="1.0" encoding="UTF-8"?>';

const PART_HEADERS =
  `--${BOUNDARY}\r\n` +
  'Content-Type: application/x-cisco-remotecc-request+xml\r\n' +
  'Content-Disposition: session;handling=optional\r\n' +
  '\r\n';

/** Register all lines of the device with this one message. */
const BULK_REGISTER = `${XML}
<x-cisco-remotecc-request>
<bulkregisterreq>
<contact all="true">
<register></register>
</contact>
</bulkregisterreq>
</x-cisco-remotecc-request>
`;

/** What the phone can do. */
const OPTIONS_INDICATION = `${XML}
<x-cisco-remotecc-request>
  <optionsind>
    <combine max="6">
      <remotecc>
        <status></status>
      </remotecc>
      <service-control></service-control>
    </combine>
    <dialog usage="hook status">
      <unot></unot>
      <sub></sub>
    </dialog>
    <dialog usage="shared line">
      <unot></unot>
      <sub></sub>
    </dialog>
    <presence usage="blf speed dial">
      <unot></unot>
      <sub></sub>
    </presence>
    <joinreq></joinreq>
    <cfwdall-anyline></cfwdall-anyline>
    <coaching></coaching>
    <oosalarm></oosalarm>
    <rpid-orig-called></rpid-orig-called>
    <x-cisco-number></x-cisco-number>
    <bfcp></bfcp>
    <ix></ix>
    <gatewayrecording></gatewayrecording>
    <conferenceDisplayInstance></conferenceDisplayInstance>
  </optionsind>
</x-cisco-remotecc-request>
`;

/** Body of the first REGISTER: 1313 octets, ASCII. The last LF of the second part is the CRLF before its boundary. */
export const REGISTER_BODY = `${PART_HEADERS}${BULK_REGISTER}\r\n${PART_HEADERS}${OPTIONS_INDICATION.trimEnd()}\r\n--${BOUNDARY}--\r\n`;

/** Body of the 200 to a REGISTER with body: 379 octets, ASCII. */
export const RESPONSE_BODY = `<x-cisco-remotecc-response>
<response>
<code>200</code>
<optionsind>
<combine max="6">
<remotecc><status/></remotecc>
<service-control/>
</combine>
<dialog usage="hook status"><unot/></dialog>
<dialog usage="shared line"><unot/></dialog>
<presence usage="blf speed dial"><unot/></presence>
<joinreq></joinreq>
<ix/>
<bfcp/>
</optionsind>
</response>
</x-cisco-remotecc-response>
`;

/**
 * Does the body of a 200 come from a Cisco registrar, which took all lines at once? Others leave `optionsind` out, and the
 * phone registers every further line by itself (sip.md 3.5). Also true inside the multipart of CUCM Express.
 */
export function hasOptionsIndication(body: Uint8Array): boolean {
  return text(body).includes('<optionsind');
}

/** Does the body of a REGISTER ask for all lines? */
export function asksForBulkRegistration(body: Uint8Array): boolean {
  return text(body).includes('<bulkregisterreq');
}

function text(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
}
