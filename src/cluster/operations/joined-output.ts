import type { Operation } from '../operation.js';

/**
 * Is an operation about all that is known of phones, whoever they are? Where several replicas of a cluster have a part of the
 * phones each, each does its part of it, and those that have nothing to do refuse.
 */
export function isAboutKnownPhones(operation: Operation): boolean {
  return operation.op === 'utils-capf' || (operation.op === 'sign' && operation.purpose === 'phones');
}

/** Their one figure, where a line has one. */
const FIGURE = /\d+/;

/**
 * What the console prints of all phones ({@link isAboutKnownPhones}), from what it prints of those of each replica: lines about
 * one phone by its name, and a line that counts them with the sum.
 *
 * @param outputs at least one
 */
export function joinOutputs(
  operation: Operation,
  outputs: readonly (readonly string[])[],
): readonly string[] {
  switch (operation.op === 'utils-capf' ? operation.command.name : operation.op) {
    case 'set keep_alive':
      return outputs[0] ?? [];
    case 'csr count':
    case 'csr delete':
    case 'csr dump':
    case 'stale-lsc delete all': {
      const heads = outputs.flatMap(([head]) => (head === undefined ? [] : [head]));
      const sum = heads.reduce((total, head) => total + Number(FIGURE.exec(head)?.[0] ?? 0), 0);
      const phones = outputs.flatMap(([, ...lines]) => lines);
      return [...heads.slice(0, 1).map((head) => head.replace(FIGURE, String(sum))), ...phones.sort()];
    }
    default:
      return outputs.flat().sort();
  }
}
