import { z } from 'zod';
import type { KubeObject } from '../../ports/cluster.ts';
import { metadataSchema, parsed } from '../k8s/shapes.ts';

/** Cluster-scoped: `rollbacks.ops.prov-fabric.io`. */
export const ROLLBACK = { apiVersion: 'ops.prov-fabric.io/v1alpha1', kind: 'Rollback' } as const;

const text = z.string().default('');
const rollbackSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ targetRelease: text, reason: text, capsuleHash: text, tenantId: text }).prefault({}),
  status: z.looseObject({ phase: text, message: text, startedAt: text, completedAt: text }).prefault({}),
});

export interface Rollback {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** `''` while no controller has seen it. */
  readonly phase: string;
  readonly reason: string;
  readonly target: string;
  readonly capsule: string;
  readonly tenant: string;
  readonly message: string;
}

export function rollbackOf(object: KubeObject): Rollback {
  const { metadata, spec, status } = parsed(rollbackSchema, object);
  return {
    name: metadata.name,
    created: metadata.creationTimestamp,
    phase: status.phase,
    reason: spec.reason,
    target: spec.targetRelease,
    capsule: spec.capsuleHash,
    tenant: spec.tenantId,
    message: status.message,
  };
}

/** Whether it has come to its end. */
export function isOver({ phase }: Rollback): boolean {
  return phase === 'Completed' || phase === 'Failed';
}
