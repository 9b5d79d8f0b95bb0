import { z } from 'zod';
import { CONNECTION_OBJECTS } from '../cluster/serving.js';
import type { AddressFamily } from '../device/address-family.js';
import type { Fault, PowerPoint } from '../fleet/model.js';
import { isMap, readWith, reportTo } from './problem.js';
import { ALL_NODES, nodes, nodesText, SERVICES } from './schema-operation.js';
import { selection } from './selection.js';
import { duration, oneOfKinds, oneOrMany, ratio, strictMap } from './values.js';

interface PlannedFault {
  readonly fault: Fault;
  readonly about: string;
}

const services = oneOrMany(z.enum(SERVICES));

const FAMILIES = ['ipv4', 'ipv6'] as const satisfies readonly AddressFamily[];
const POINTS = ['ctl', 'itl', 'config', 'capf', 'register'] as const satisfies readonly PowerPoint[];

const everywhere = { nodes: nodes.default(ALL_NODES) };

/** `{ refuse: ipv6, service: CAPF }`: one address family. */
const familyRefusal = strictMap({
  refuse: z.enum(FAMILIES),
  service: z.enum(SERVICES),
  ...everywhere,
}).transform(
  (value): PlannedFault => ({
    fault: value,
    about: `${value.service} refuses ${value.refuse} ${nodesText(value.nodes)}`,
  }),
);

/** `{ refuse: CAPF, eachPhone: 75s }`: all of a service, for each phone from its own first attempt on. */
const serviceRefusal = strictMap({
  refuse: z.enum(SERVICES),
  eachPhone: duration.optional(),
  ...everywhere,
}).transform(({ refuse: service, eachPhone, nodes: chosen }): PlannedFault => {
  const whom = eachPhone === undefined ? 'everybody' : `each phone for ${eachPhone / 1000} s`;
  return {
    fault: { refuse: service, nodes: chosen, eachPhoneMs: eachPhone ?? null },
    about: `${service} refuses ${whom} ${nodesText(chosen)}`,
  };
});

const refuse = z.unknown().transform((value, context): PlannedFault => {
  const isFamily = isMap(value) && FAMILIES.some((family) => family === value.refuse);
  return readWith(isFamily ? familyRefusal : serviceRefusal, value, reportTo(context)) ?? z.NEVER;
});

/** Longest delay of a datagram, milliseconds: a phone gives a transfer up after five unanswered tries in 2.5 s. */
const MAX_DELAY_MS = 10_000;

/** `{ datagrams: { drop: 5%, duplicate: 1%, delay: 20ms } }` */
const datagrams = strictMap({
  drop: ratio.optional(),
  duplicate: ratio.optional(),
  delay: duration.optional(),
}).transform(({ drop, duplicate, delay }, context): PlannedFault => {
  const report = reportTo(context);
  if (delay !== undefined && delay > MAX_DELAY_MS)
    report(['delay'], `found ${delay / 1000} s, expected a delay of at most ${MAX_DELAY_MS / 1000} s`);
  const words = [
    ...(drop === undefined ? [] : [`${percent(drop)} dropped`]),
    ...(duplicate === undefined ? [] : [`${percent(duplicate)} duplicated`]),
    ...(delay === undefined ? [] : [`delayed by ${delay} ms`]),
  ];
  if (words.length === 0)
    report([], 'found an empty map, expected at least one of drop, duplicate and delay');
  return {
    fault: { datagrams: { drop, duplicate, delayMs: delay } },
    about: `datagrams ${words.join(', ')}`,
  };
});

/** `{ leak: TFTP, objects: 2, nodes: [PUB] }` (222878) */
const leak = strictMap({
  leak: z.literal('TFTP'),
  objects: z.int().min(1).max(CONNECTION_OBJECTS).default(1),
  ...everywhere,
}).transform(
  (value): PlannedFault => ({
    fault: value,
    about: `TFTP leaks ${value.objects} of its ${CONNECTION_OBJECTS} connection objects ${nodesText(value.nodes)}`,
  }),
);

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** What breaks (contracts.md 4, "Steps"). */
export const fault = oneOfKinds<PlannedFault>('a fault', {
  stop: strictMap({ stop: services, ...everywhere }).transform((value) => ({
    fault: value,
    about: `stop ${value.stop.join(', ')} ${nodesText(value.nodes)}`,
  })),
  start: strictMap({ start: services, ...everywhere }).transform((value) => ({
    fault: value,
    about: `start ${value.start.join(', ')} ${nodesText(value.nodes)}`,
  })),
  refuse,
  leak,
  power: strictMap({ power: strictMap({ at: z.enum(POINTS), of: selection }) }).transform((value) => ({
    fault: value,
    about: `power goes at ${value.power.at}`,
  })),
  datagrams: strictMap({ datagrams }).transform((value) => value.datagrams),
  clear: strictMap({ clear: z.literal('all') }).transform((value) => ({
    fault: value,
    about: 'clear all faults',
  })),
});
