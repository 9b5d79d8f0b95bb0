import { familyOf } from './address-family.js';

/** The ports that phones talk to, by the names of `serve --json`. */
export const SERVICE_PORT_NAMES = [
  'tftp',
  'http',
  'tvs',
  'capf',
  'sccp',
  'sccps',
  'sip',
  'sips',
  'sipOauth',
  'tomcat',
] as const;

export type ServicePort = (typeof SERVICE_PORT_NAMES)[number];

/** An address, never a name (contracts.md 1), and a port of it. */
export interface ServicePlace {
  readonly address: string;
  readonly port: number;
}

/** The port that phones know each of them by: from their firmware, or where a file names none (phone-config.md 3 to 5). */
export const KNOWN_PORTS: Readonly<Record<ServicePort, number>> = {
  tftp: 69,
  http: 6970,
  tvs: 2445,
  capf: 3804,
  sccp: 2000,
  sccps: 2443,
  sip: 5060,
  sips: 5061,
  /** SIP OAuth on premises; 5091 is for phones behind Expressway (Cisco document 215572). */
  sipOauth: 5090,
  tomcat: 8443,
};

/** Ports by which services that are elsewhere are known: a CAPF may be reached over IPv6 as well, at an address of its own. */
export const EXTERNAL_PORT_NAMES = [...SERVICE_PORT_NAMES, 'capfIpv6'] as const;

export type ExternalPort = (typeof EXTERNAL_PORT_NAMES)[number];

export const EXTERNAL_KNOWN_PORTS: Readonly<Record<ExternalPort, number>> = {
  ...KNOWN_PORTS,
  capfIpv6: KNOWN_PORTS.capf,
};

/** `10.1.1.5:3804`, `[2001:db8::5]:3804`. */
export function placeText({ address, port }: ServicePlace): string {
  return familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Services that phones talk to, as an administrator starts and stops them. */
export const FRONT_SERVICES = ['TFTP', 'TVS', 'CallManager', 'CAPF', 'Tomcat'] as const;

export type FrontService = (typeof FRONT_SERVICES)[number];
