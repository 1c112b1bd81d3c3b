import { type Cluster, ClusterError, type Kind, type KubeObject, type Selection } from '../../ports/cluster.ts';

/** The objects of a kind, or `null` where the cluster does not serve the kind at all: its CRD is not installed. No objects is another thing. */
export async function listServed(cluster: Cluster, kind: Kind, selection: Selection = {}): Promise<readonly KubeObject[] | null> {
  try {
    return await cluster.list(kind, selection);
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'not-found') return null;
    throw error;
  }
}

/** `This cluster has no kind Capsule in ops.prov-fabric.io/v1: its CRD is not installed.` */
export function sayNotServed({ apiVersion, kind }: Kind): string {
  return `This cluster has no kind ${kind} in ${apiVersion}: its CRD is not installed.`;
}
