/**
 * Names of nodes as people read and write them: `SUB1` where a run has one cluster, `destination/SUB1` where it has several
 * (contracts.md 3).
 */

const BETWEEN = '/';

interface Named {
  readonly name: string;
}

/** @param clusters all of the run. */
export function nodeLabel(clusters: readonly Named[], cluster: string, node: string): string {
  return clusters.length > 1 ? cluster + BETWEEN + node : node;
}

/** The cluster of a label; empty where the run has one only. */
export function clusterOfLabel(label: string): string {
  const at = label.indexOf(BETWEEN);
  return at < 0 ? '' : label.slice(0, at);
}

/** The node of a label: `SUB1` of `destination/SUB1`. */
export function nodeOfLabel(label: string): string {
  return label.slice(label.indexOf(BETWEEN) + 1);
}

/** A node of a run under its label. */
export interface LabelledNode<N> {
  readonly label: string;
  readonly cluster: string;
  readonly node: N;
}

/** Every node of every cluster, the publisher of the phones' home first. */
export function labelledNodes<N extends Named>(
  clusters: readonly { readonly name: string; readonly nodes: readonly N[] }[],
): LabelledNode<N>[] {
  return clusters.flatMap(({ name: cluster, nodes }) =>
    nodes.map((node) => ({ label: nodeLabel(clusters, cluster, node.name), cluster, node })),
  );
}
