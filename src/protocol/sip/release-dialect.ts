import { isAtLeast, type Release } from '../../device/release.js';

/** What a CUCM of some release calls itself in Server and User-Agent: `Cisco-CUCM12.5`. */
export function serverName(release: Release): string {
  const [major, minor] = release.parts;
  return `Cisco-CUCM${major}.${minor}`;
}

/** Version of Cisco's SIP interface by release, newest first (sip.md 4.2). */
const INTERFACE_VERSIONS = [
  ['14', '10.0.0'],
  ['12.5', '9.1.0'],
  ['12.0', '9.0.0'],
  ['11.5', '8.0.0'],
] as const;

/** Value of Supported in a 200 to REGISTER. */
export function serverSupported(release: Release): string {
  const version = INTERFACE_VERSIONS.find(([floor]) => isAtLeast(release, floor))?.[1] ?? '6.0.0';
  return `X-cisco-srtp-fallback,X-cisco-sis-${version}`;
}
