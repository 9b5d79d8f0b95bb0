/**
 * How much a TFTP service takes on (222878; cluster-operations.md 4, S-04): over TFTP and HTTP together it works on a few
 * requests at a time, lets more wait, and turns away whoever comes then.
 */

/** Connection objects of a TFTP service: requests in service at a time. */
export const CONNECTION_OBJECTS = 5;

/**
 * Whether a request finds the server busy: 503 over HTTP, an ERROR over TFTP.
 *
 * @param inside requests that were let in, those in service and those that wait
 * @param servingCount `Maximum Serving Count`
 */
export function turnsAway(inside: number, servingCount: number): boolean {
  return inside >= servingCount;
}

/**
 * Objects that are left to serve with: a request for a static file that is missing keeps its own until TFTP is restarted.
 *
 * @param leaked objects that were never released
 */
export function objectsLeft(objects: number, leaked: number): number {
  return Math.max(0, objects - leaked);
}
