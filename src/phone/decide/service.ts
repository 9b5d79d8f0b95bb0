import type { PhoneConfiguration } from '../../protocol/cnf/model.js';
import type { Endpoint } from '../world.js';

/** Services of the phone's buttons that the configuration has an HTTPS URL for, with its element (phone-config.md 5.1). */
export const SERVICE_URLS = {
  directory: 'secureDirectoryURL',
  services: 'secureServicesURL',
  information: 'secureInformationURL',
  messages: 'secureMessagesURL',
  authentication: 'secureAuthenticationURL',
} as const;

export type PhoneService = keyof typeof SERVICE_URLS;

export const PHONE_SERVICES = Object.keys(SERVICE_URLS) as readonly PhoneService[];

/** Where a service is asked for. */
export interface ServiceAddress {
  readonly server: Endpoint;
  readonly path: string;
}

const HTTPS_PORT = 443;

/**
 * the URL names port and path; the request goes to the first server of the CallManager group, whatever host the URL
 * names. Undefined, with nothing to ask, without a configuration, a group or an HTTPS URL.
 */
export function serviceAddress(
  configuration: Pick<PhoneConfiguration, 'callManagers' | 'urls'> | null,
  service: PhoneService,
): ServiceAddress | undefined {
  const text = configuration?.urls[SERVICE_URLS[service]] ?? '';
  const [first] = [...(configuration?.callManagers ?? [])].sort((a, b) => a.priority - b.priority);
  if (first === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:') return undefined;
  const port = url.port === '' ? HTTPS_PORT : Number(url.port);
  return { server: { address: first.address, port }, path: `${url.pathname}${url.search}` };
}
