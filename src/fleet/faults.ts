import type { ClusterFault, Fault, PhoneFault } from './model.js';

/** Faults of services: those who answer for the clusters hear of them. */
export function concernsClusters(fault: Fault): fault is ClusterFault {
  return !('refuse' in fault || 'power' in fault);
}

/** Faults at the phones' edge: whoever holds phones hears of them. */
export function concernsPhones(fault: Fault): fault is PhoneFault {
  return !('stop' in fault || 'start' in fault || 'leak' in fault);
}
