import { z } from 'zod';
import { DEFAULT_VIRTUAL, type ServiceModel, type VirtualSettings } from '../virtual/settings.js';
import { duration, ratio, strictMap } from './values.js';

const MAX_SERVERS = 100_000;

/** `{ servers: 5, serviceTime: 2ms }`. */
function model({ servers, serviceMs }: ServiceModel) {
  return {
    servers: z.int().min(1).max(MAX_SERVERS).default(servers),
    serviceTime: duration.default(serviceMs),
  };
}

function service(defaults: ServiceModel) {
  return strictMap(model(defaults))
    .transform(({ servers, serviceTime }): ServiceModel => ({ servers, serviceMs: serviceTime }))
    .prefault({});
}

/** What stands in place of the network (docs/virtual-time.md); it means nothing with the network clock. */
export const virtual = strictMap({
  delay: duration
    .refine(
      (ms) => ms > 0,
      'found 0, expected a time above 0: without a way shards could not run side by side',
    )
    .default(DEFAULT_VIRTUAL.delayMs),
  jitter: duration.default(DEFAULT_VIRTUAL.jitterMs),
  loss: ratio
    .refine((share) => share < 1, 'found 100%, expected less: nothing would ever arrive')
    .default(DEFAULT_VIRTUAL.loss),
  tftp: service(DEFAULT_VIRTUAL.tftp),
  tvs: strictMap({
    ...model(DEFAULT_VIRTUAL.tvs),
    modern: duration.default(DEFAULT_VIRTUAL.tvs.modernMs),
    legacy: duration.default(DEFAULT_VIRTUAL.tvs.legacyMs),
  })
    .transform(({ servers, serviceTime, modern, legacy }) => ({
      servers,
      serviceMs: serviceTime,
      modernMs: modern,
      legacyMs: legacy,
    }))
    .prefault({}),
  capf: service(DEFAULT_VIRTUAL.capf),
  tomcat: service(DEFAULT_VIRTUAL.tomcat),
  registrar: service(DEFAULT_VIRTUAL.registrar),
  configurations: z.enum(['form', 'each']).default(DEFAULT_VIRTUAL.configurations),
}).transform(
  ({ delay, jitter, ...rest }): VirtualSettings => ({ delayMs: delay, jitterMs: jitter, ...rest }),
);
