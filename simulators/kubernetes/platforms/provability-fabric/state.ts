import type { Deployment, KubeObject, Pod } from '../../kinds.ts';
import type { Kit } from '../platform.ts';

export const MONITORING = 'monitoring';
export const FLUX = 'flux-system';
export const ROLLBACKS = 'rollbacks.ops.prov-fabric.io';
export const HASH_ANNOTATION = 'prov-fabric.io/capsule-hash';
export const INVOICES = `sha256:${'3f'.repeat(32)}`;
export const REPORTS = `sha256:${'7a'.repeat(32)}`;
export const CRAWLER = `sha256:${'9c'.repeat(32)}`;
/** The release whose capsules trip their guards. */
export const BAD_IMAGE = 'provability-fabric/capsule:v0.2.0';

/** As the platform publishes it on `provability.events.v1.GuardTrip`. */
export interface GuardTrip {
  readonly capsuleHash: string;
  readonly tenantId: string;
  readonly riskScore: number;
  readonly heartbeatMisses: number;
  readonly ts: string;
  readonly eventType: 'guard_trip';
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export type Trip = Pick<GuardTrip, 'capsuleHash' | 'tenantId' | 'riskScore' | 'heartbeatMisses' | 'reason'>;

/** What is wrong with Provability-Fabric, and what is right. */
export class Fabric {
  /** Faults that are switched on, by id. */
  readonly on = new Set<string>();
  /** Guards that have tripped, oldest first. */
  readonly trips: GuardTrip[] = [];
  /** How many of them the incident bot has seen. */
  handled = 0;
  readonly counters = { rollbacks: new Map<string, number>(), trips: 0, alerts: 0, errors: 0 };
  /** Seconds that each of the bot's decisions took. */
  readonly latencies: number[] = [];
  /** When the attestor last heard of a capsule (ms), by hash. */
  readonly heartbeats = new Map<string, number>();
  readonly #listeners = new Set<(event: GuardTrip) => void>();

  /** A guard trips: the watcher logs it, the bot decides about it, and whoever listens hears of it. */
  trip(kit: Kit, trip: Trip): GuardTrip {
    const event: GuardTrip = { ...trip, ts: new Date(kit.cluster.clock.now()).toISOString(), eventType: 'guard_trip' };
    this.trips.push(event);
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  onTrip(listener: (event: GuardTrip) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  deployment(kit: Kit, namespace: string, name: string): Deployment | undefined {
    return kit.cluster.store.get<Deployment>('deployments.apps', namespace, name);
  }

  /** The deployments that run capsules. */
  capsules(kit: Kit): Deployment[] {
    return kit.cluster.store.list<Deployment>('deployments.apps').filter((each) => hashOf(each) !== undefined);
  }

  capsule(kit: Kit, hash: string): Deployment | undefined {
    return this.capsules(kit).find((each) => hashOf(each) === hash);
  }

  /** Whether a capsule runs the release that trips. */
  suspect(kit: Kit, hash: string): boolean {
    const found = this.capsule(kit, hash);
    return found !== undefined && found.spec.replicas > 0 && found.spec.template.spec.containers.some((one) => one.image === BAD_IMAGE);
  }

  ready(kit: Kit, namespace: string, app: string): boolean {
    return kit.cluster.store
      .list<Pod>('pods', namespace)
      .some(
        (pod) =>
          pod.metadata.labels?.['app'] === app &&
          pod.metadata.deletionTimestamp === undefined &&
          pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true,
      );
  }

  /** Whether a network policy lets nothing out of a capsule's pods. */
  cutOff(kit: Kit, capsule: Deployment): boolean {
    return kit.cluster.store.list<KubeObject>('networkpolicies.networking.k8s.io', capsule.metadata.namespace).some((policy) => {
      const spec = policy.spec as { podSelector?: { matchLabels?: object }; policyTypes?: string[]; egress?: unknown[] } | undefined;
      const all = Object.keys(spec?.podSelector?.matchLabels ?? {}).length === 0;
      return all && spec?.policyTypes?.includes('Egress') === true && (spec.egress ?? []).length === 0;
    });
  }
}

export function hashOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[HASH_ANNOTATION];
}
