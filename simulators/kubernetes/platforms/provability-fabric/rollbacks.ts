import { timestamp } from '../../clock.ts';
import type { Deployment, KubeObject } from '../../kinds.ts';
import type { Kit } from '../platform.ts';
import { deploy, type Revision, revisions } from './helm.ts';
import { type Fabric, FLUX, hashOf, ROLLBACKS } from './state.ts';

/** How long (ms) a rollback takes from its beginning. */
const TAKES = 1_500;

interface Rollback extends KubeObject {
  spec: { targetRelease: string; reason: string; capsuleHash?: string };
  status?: { phase?: string; startedAt?: string; completedAt?: string; message?: string; helmReleaseRevision?: number; previousRevision?: number };
}

/** The rollback controller: it moves each Rollback to its end, and writes the status by a plain update, as there is no subresource. */
export function reconcileRollbacks(state: Fabric, kit: Kit): void {
  if (!state.ready(kit, FLUX, 'rollback-controller')) return;
  for (const rollback of kit.cluster.store.list<Rollback>(ROLLBACKS)) {
    const phase = rollback.status?.phase ?? '';
    const now = kit.cluster.clock.now();
    if (phase === '') write(kit, rollback, { phase: 'Pending', message: 'Waiting for the release' });
    else if (phase === 'Pending') {
      const previousRevision = revisions(kit).at(-1)?.revision ?? 0;
      write(kit, rollback, { phase: 'InProgress', startedAt: timestamp(now), message: 'Rolling back', previousRevision });
    } else if (phase === 'InProgress' && !state.on.has('rollback-stuck') && now - Date.parse(rollback.status?.startedAt ?? '') >= TAKES)
      finish(state, kit, rollback);
  }
}

function finish(state: Fabric, kit: Kit, rollback: Rollback): void {
  const { targetRelease, capsuleHash } = rollback.spec;
  const completedAt = kit.cluster.time;
  const target = revisions(kit).findLast(({ hash }) => hash === targetRelease);
  if (target === undefined) {
    write(kit, rollback, { phase: 'Failed', completedAt, message: `No revision has the release hash ${targetRelease}` });
    return;
  }
  const revision = deploy(kit, target.version, `Rollback to ${target.revision}`);
  for (const capsule of state.capsules(kit)) if (capsuleHash === undefined || hashOf(capsule) === capsuleHash) setBack(kit, capsule, target);
  write(kit, rollback, { phase: 'Completed', completedAt, message: `Rolled back to revision ${target.revision}`, helmReleaseRevision: revision });
}

function setBack(kit: Kit, capsule: Deployment, { image }: Revision): void {
  kit.cluster.store.change<Deployment>('deployments.apps', capsule, (draft) => {
    for (const container of draft.spec.template.spec.containers) container.image = image;
  });
}

function write(kit: Kit, rollback: Rollback, status: NonNullable<Rollback['status']>): void {
  kit.cluster.store.change<Rollback>(ROLLBACKS, rollback, (draft) => {
    draft.status = { ...draft.status, ...status };
  });
}
