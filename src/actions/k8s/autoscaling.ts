import { type Cluster, ClusterError } from '../../ports/cluster.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { selects } from './selectors.ts';
import { type Hpa, hpaSchema, type Pdb, parsed, pdbSchema } from './shapes.ts';

export const HPA = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' } as const;
const PDB = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' } as const;

/** The autoscaler that decides about a workload's replicas, or `null`. */
export async function hpaOf(found: FoundWorkload): Promise<Hpa | null> {
  const objects = await found.cluster.list(HPA);
  const all = objects.map((object) => parsed(hpaSchema, object));
  return (
    all.find(({ spec }) => spec.scaleTargetRef.kind === found.workload.kind && spec.scaleTargetRef.name === found.workload.metadata.name) ?? null
  );
}

/** Disruption budgets that count a workload's pods. */
export async function pdbsOf(found: FoundWorkload): Promise<readonly Pdb[]> {
  const objects = await found.cluster.list(PDB);
  const { labels } = found.workload.spec.template.metadata;
  return objects.map((object) => parsed(pdbSchema, object)).filter((pdb) => pdb.spec.selector !== undefined && selects(pdb.spec.selector, labels));
}

/** `aureus-frontend-pdb (at least 2 available)` */
export function sayPdb(pdb: Pdb): string {
  const rule =
    pdb.spec.minAvailable === undefined ? `at most ${pdb.spec.maxUnavailable ?? 0} unavailable` : `at least ${pdb.spec.minAvailable} available`;
  return `${pdb.metadata.name} (${rule})`;
}

/** What may not be looked at is left out of a description. */
export async function ifAllowed<T>(cluster: Cluster, look: (cluster: Cluster) => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look(cluster);
  } catch (error) {
    if (error instanceof ClusterError && (error.reason === 'forbidden' || error.reason === 'not-found')) return otherwise;
    throw error;
  }
}
