import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { EXTERNAL_FEATURE_PORTS, type ExternalServices, FEATURE_PORTS } from '../cluster/external.js';
import type { FeatureService } from '../cluster/spec.js';
import { EXTERNAL_KNOWN_PORTS, type ExternalPort, type ServicePlace } from '../device/service-port.js';
import { found, isMap } from './yaml-words.js';

/** Services of a node as a file writes them; certificates are names of files still (node-certificates.ts). */
export interface WrittenServices {
  readonly services: readonly FeatureService[];
  readonly external: {
    readonly places: ExternalServices['places'];
    readonly certificates: Readonly<Partial<Record<FeatureService, string>>>;
  } | null;
}

type Report = (path: readonly PropertyKey[], message: string, at?: 'key' | 'value') => void;

const FEATURES = Object.keys(FEATURE_PORTS) as readonly FeatureService[];

const MAX_PORT = 65_535;

function isFeature(word: string): word is FeatureService {
  return Object.hasOwn(FEATURE_PORTS, word);
}

/**
 * `services:` of a node as a map: `{ TFTP: true, CAPF: { external: "127.0.0.5:3804", certificate: capf.pem } }`. `false` is a
 * service that the node does not run.
 */
export const serviceMap = z.unknown().transform((value, context): WrittenServices => {
  let isSound = true;
  const report: Report = (path, message, at = 'value') => {
    isSound = false;
    context.addIssue({ code: 'custom', message, path: [...path], params: { at } });
  };
  const read = isMap(value) ? readServices(value, report) : undefined;
  if (read === undefined) report([], `found ${found(value)}, expected a list or a map of services`);
  return read === undefined || !isSound ? z.NEVER : read;
});

/** `services:` of a node in a cluster file: a list of services that are all the cluster's own, or a map as above. */
export const nodeServices = z
  .unknown()
  .transform((value) =>
    Array.isArray(value) ? Object.fromEntries(value.map((name) => [name, true])) : value,
  )
  .pipe(serviceMap);

function readServices(map: Readonly<Record<string, unknown>>, report: Report): WrittenServices {
  const services: FeatureService[] = [];
  const places: Partial<Record<ExternalPort, ServicePlace>> = {};
  const certificates: Partial<Record<FeatureService, string>> = {};
  for (const [name, value] of Object.entries(map)) {
    if (!isFeature(name)) {
      report([name], `found unknown service "${name}", expected one of ${FEATURES.join(', ')}`, 'key');
      continue;
    }
    if (value === false) continue;
    services.push(name);
    if (value === true) continue;
    const at: Report = (path, message, where) => report([name, ...path], message, where);
    if (!isMap(value)) {
      at([], `found ${found(value)}, expected true, false, or { external: ADDRESS:PORT, certificate: FILE }`);
      continue;
    }
    const unknown = Object.keys(value).filter((key) => key !== 'external' && key !== 'certificate');
    for (const key of unknown)
      at([key], `found unknown key "${key}", expected external or certificate`, 'key');
    if (!('external' in value)) {
      // which the unknown key may well be
      if (unknown.length === 0) at([], 'found no external address, expected external: ADDRESS:PORT');
      continue;
    }
    Object.assign(
      places,
      readExternal(name, value.external, (path, message, where) => at(['external', ...path], message, where)),
    );
    const { certificate } = value;
    if (typeof certificate === 'string' && certificate !== '') certificates[name] = certificate;
    else if (certificate !== undefined)
      at(['certificate'], `found ${found(certificate)}, expected the name of a PEM file`);
  }
  if (services.length === 0) report([], 'found no service, expected at least one');
  return { services, external: Object.keys(places).length === 0 ? null : { places, certificates } };
}

/** Where the ports of a feature are: one text for all of them, or a map of ports. */
function readExternal(feature: FeatureService, value: unknown, report: Report): ExternalServices['places'] {
  const ports = EXTERNAL_FEATURE_PORTS[feature];
  const read = (
    port: ExternalPort,
    text: unknown,
    path: readonly PropertyKey[],
  ): ServicePlace | undefined => {
    const place = parsePlace(text, EXTERNAL_KNOWN_PORTS[port]);
    if (place === undefined)
      report(
        path,
        `found ${found(text)}, expected an address and a port such as "10.1.1.5:${EXTERNAL_KNOWN_PORTS[port]}"`,
      );
    else if (port === 'capfIpv6' && !isIPv6(place.address))
      report(path, `found ${place.address}, expected an IPv6 address such as "[2001:db8::5]:3804"`);
    else if (!port.startsWith('capf') && isIPv6(place.address))
      report(path, `found ${place.address}, expected an IPv4 address: phones reach CAPF alone over IPv6`);
    return place;
  };
  const places: Partial<Record<ExternalPort, ServicePlace>> = {};
  if (isMap(value)) {
    for (const [key, text] of Object.entries(value)) {
      const port = ports.find((one) => one === key);
      const place = port === undefined ? undefined : read(port, text, [key]);
      if (port === undefined)
        report([key], `found unknown port "${key}" of ${feature}, expected ${ports.join(', ')}`, 'key');
      else if (place !== undefined) places[port] = place;
    }
  } else if (feature === 'CallManager') {
    const place = parsePlace(value, 0);
    if (place?.port !== 0)
      report(
        [],
        `found ${found(value)}, expected an address alone, with all four real ports, or a map of ${ports.join(', ')}`,
      );
    else
      for (const port of ports) places[port] = { address: place.address, port: EXTERNAL_KNOWN_PORTS[port] };
  } else {
    const [port = 'tftp'] = ports;
    const place = read(port, value, []);
    if (place !== undefined) places[port] = place;
  }
  if (places.capfIpv6 !== undefined && places.capf === undefined)
    report(['capfIpv6'], 'found capfIpv6 alone, expected capf beside it: one CAPF has both addresses', 'key');
  // a file server is one machine: what phones ask for over HTTP is there as well
  if (places.tftp !== undefined)
    places.http ??= { address: places.tftp.address, port: EXTERNAL_KNOWN_PORTS.http };
  return places;
}

/** `10.1.1.5`, `10.1.1.5:3804`, `[2001:db8::5]:3804`, `2001:db8::5`. */
function parsePlace(text: unknown, standardPort: number): ServicePlace | undefined {
  if (typeof text !== 'string') return undefined;
  if (isIPv6(text)) return { address: text, port: standardPort };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const [, ipv6, ipv4, digits] = match ?? [];
  const port = digits === undefined ? standardPort : Number(digits);
  const isPort = digits === undefined || (port >= 1 && port <= MAX_PORT);
  if (!isPort) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { address: ipv6, port } : undefined;
  return ipv4 !== undefined && isIPv4(ipv4) ? { address: ipv4, port } : undefined;
}
