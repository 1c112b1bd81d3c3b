import { parseAllDocuments } from 'yaml';
import type { Deployment, KubeObject } from '../../kinds.ts';
import type { NewObject } from '../../objects/store.ts';
import { manifest } from '../manifest.ts';
import type { Fault, Kit } from '../platform.ts';
import { releaseHash } from './helm.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { CRAWLER, type Fabric, FLUX, INVOICES, MONITORING, REPORTS, ROLLBACKS, type Trip } from './state.ts';

const POLICIES = 'networkpolicies.networking.k8s.io';
const POLICY = 'deny-all-egress';
const STUCK = 'rollback-smoke-test';
const WINDOW_MS = 2 * 3_600_000;

const tripOf = (capsuleHash: string, tenantId: string, riskScore: number, heartbeatMisses: number, reason: string): Trip => ({
  capsuleHash,
  tenantId,
  riskScore,
  heartbeatMisses,
  reason,
});

/** What can go wrong with Provability-Fabric. */
export function fabricFaults(state: Fabric, database: LedgerDatabase): Fault[] {
  /** A fault that is nothing but an event, until its cause is gone. */
  function tripping(id: string, title: string, trip: Trip, bites: (kit: Kit) => boolean = () => true): Fault {
    return {
      id,
      title,
      active: (kit) => state.on.has(id) && bites(kit),
      inject(kit) {
        state.on.add(id);
        state.trip(kit, trip);
      },
      clear: () => void state.on.delete(id),
    };
  }

  return [
    tripping(
      'guard-trip-low',
      'A guard trips with a low risk (0.25) and one missed heartbeat',
      tripOf(REPORTS, 'tenant-123', 0.25, 1, 'Spam score 0.071 > 0.070'),
    ),
    tripping(
      'guard-trip-medium',
      'A guard trips with a medium risk (0.62) and two missed heartbeats',
      tripOf(CRAWLER, 'tenant-456', 0.62, 2, 'Assumption violated: 3 of 10 actions'),
    ),
    tripping(
      'guard-trip-high',
      'A guard trips with a high risk (0.92) and four missed heartbeats: the new release of a capsule',
      tripOf(INVOICES, 'tenant-123', 0.92, 4, 'Budget limit exceeded: $310.00 > $300.00'),
      (kit) => state.suspect(kit, INVOICES),
    ),
    networkFault(state),
    maintenanceFault(state),
    flappingFault(state),
    stuckFault(state),
    tripping(
      'rollback-refused',
      'The incident bot decides a rollback, and the cluster refuses what it writes',
      tripOf(INVOICES, 'tenant-123', 0.6, 5, 'Heartbeats missed: 5'),
      (kit) => state.suspect(kit, INVOICES),
    ),
    {
      id: 'exfiltration',
      title: 'A capsule of a tenant sends out far more than ever before',
      active: (kit) => database.exporting.has('tenant-123') && (state.capsule(kit, INVOICES)?.spec.replicas ?? 0) > 0,
      inject(kit) {
        database.exporting.set('tenant-123', kit.cluster.clock.now());
        state.trip(kit, tripOf(INVOICES, 'tenant-123', 0.88, 0, 'Egress budget exceeded'));
      },
      clear: () => void database.exporting.delete('tenant-123'),
    },
  ];
}

function networkFault(state: Fabric): Fault {
  const policies = (kit: Kit) => kit.cluster.store.list<KubeObject>(POLICIES).filter(({ metadata }) => metadata.name === POLICY);
  return {
    id: 'network-false-positive',
    title: 'A network policy cuts several capsules off from the attestor',
    active: (kit) => policies(kit).length > 0,
    inject(kit) {
      if (policies(kit).length > 0) return;
      for (const namespace of ['tenant-123', 'default'])
        kit.cluster.create(POLICIES, {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: POLICY, namespace },
          spec: { podSelector: {}, policyTypes: ['Egress'] },
        });
      for (const capsule of state.capsules(kit)) {
        const hash = capsule.metadata.annotations?.['prov-fabric.io/capsule-hash'] ?? '';
        state.heartbeats.delete(hash);
        state.trip(kit, tripOf(hash, capsule.metadata.labels?.['tenant'] ?? '', 0.35, 4, 'Heartbeats missed: 4'));
      }
    },
    clear(kit) {
      for (const policy of policies(kit)) kit.cluster.store.remove(POLICIES, policy);
    },
  };
}

function maintenanceFault(state: Fabric): Fault {
  const found = (kit: Kit) => kit.cluster.store.get('configmaps', MONITORING, 'maintenance-status');
  const objects = (): NewObject[] => parseAllDocuments(manifest('./provability-fabric/flux.yaml')).map((document) => document.toJS() as NewObject);
  return {
    id: 'maintenance-window',
    title: 'Guards trip during a maintenance window: Flux upgrades the release',
    active: (kit) => found(kit) !== undefined,
    inject(kit) {
      if (found(kit) !== undefined) return;
      const now = kit.cluster.clock.now();
      kit.cluster.create('configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'maintenance-status', namespace: MONITORING },
        data: { active: 'true', until: new Date(now + WINDOW_MS).toISOString(), reason: 'Upgrade to 0.2.1' },
      });
      for (const object of objects()) {
        const type = kit.cluster.types.ofKind(object.apiVersion, object.kind);
        if (
          type !== undefined &&
          kit.cluster.store.get(`${type.plural}.${type.group}`, object.metadata.namespace, object.metadata.name ?? '') === undefined
        )
          kit.cluster.store.create(type, object);
      }
      for (const hash of [INVOICES, REPORTS]) state.trip(kit, tripOf(hash, 'tenant-123', 0.55, 2, 'Heartbeats missed: 2'));
    },
    clear(kit) {
      const object = found(kit);
      if (object !== undefined) kit.cluster.store.remove('configmaps', object);
      for (const one of objects().toReversed()) {
        const type = kit.cluster.types.ofKind(one.apiVersion, one.kind);
        const resource = type === undefined ? '' : `${type.plural}.${type.group}`;
        const stored = kit.cluster.store.get(resource, one.metadata.namespace, one.metadata.name ?? '');
        if (stored !== undefined) kit.cluster.store.remove(resource, stored);
      }
    },
  };
}

/** Guards that trip again and again, with a score a little above the threshold. */
function flappingFault(state: Fabric): Fault {
  return {
    id: 'flapping-threshold',
    title: 'Guards trip again and again, just above the risk threshold, and nothing is wrong',
    active: (kit) => state.on.has('flapping-threshold') && thresholdOf(state, kit) < 0.85,
    inject(kit) {
      state.on.add('flapping-threshold');
      for (let each = 0; each < 8; each += 1) state.trip(kit, flap(each));
    },
    clear: () => void state.on.delete('flapping-threshold'),
  };
}

/** The n-th of the trips that flap. */
export function flap(index: number): Trip {
  return tripOf(REPORTS, 'tenant-123', 0.81 + (index % 4) / 100, 0, 'Spam score 0.071 > 0.070');
}

export function thresholdOf(state: Fabric, kit: Kit): number {
  const [container] = state.deployment(kit, MONITORING, 'incident-bot')?.spec.template.spec.containers ?? [];
  return Number(container?.env?.find(({ name }) => name === 'RISK_SCORE_THRESHOLD')?.value ?? '0.8');
}

function stuckFault(state: Fabric): Fault {
  const rollback = (kit: Kit) => kit.cluster.store.get<KubeObject>(ROLLBACKS, undefined, STUCK);
  const scale = (kit: Kit, replicas: number): void => {
    const controller = state.deployment(kit, FLUX, 'rollback-controller');
    if (controller !== undefined)
      kit.cluster.store.change<Deployment>('deployments.apps', controller, (draft) => void (draft.spec.replicas = replicas));
  };
  return {
    id: 'rollback-stuck',
    title: 'A rollback does not begin: the rollback controller has no pods',
    active: (kit) => rollback(kit) !== undefined && (rollback(kit)?.status as { phase?: string } | undefined)?.phase !== 'Completed',
    inject(kit) {
      scale(kit, 0);
      if (rollback(kit) === undefined)
        kit.cluster.create(ROLLBACKS, {
          apiVersion: 'ops.prov-fabric.io/v1alpha1',
          kind: 'Rollback',
          metadata: { name: STUCK },
          spec: { targetRelease: releaseHash('0.1.1'), reason: 'smoke_test_fail', capsuleHash: INVOICES, tenantId: 'tenant-123' },
        });
    },
    clear(kit) {
      scale(kit, 1);
      const object = rollback(kit);
      if (object !== undefined) kit.cluster.store.remove(ROLLBACKS, object);
    },
  };
}
