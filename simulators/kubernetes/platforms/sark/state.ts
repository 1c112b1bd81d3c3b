import type { Backend } from '../../executables/postgres.ts';
import type { ConfigMap, Deployment, Pod } from '../../kinds.ts';
import type { Kit } from '../platform.ts';
import { RedisServers } from '../servers.ts';
import { COMPROMISED } from './audit.ts';

export const NAMESPACE = 'sark-system';
export const TIMESCALE_CLAIM = 'timescaledb-data';
export const BAD_POLICIES = 'opa-policies-v2';
const GIB = 2 ** 30;

export interface RegisteredServer {
  readonly id: string;
  readonly name: string;
  status: string;
}

/** What is wrong with the SARK platform, and what is right. */
export class Sark {
  /** More policy decisions are asked for than three OPA pods bear. */
  opaLoad = false;
  /** The pod of the database that hangs, by uid. */
  brokenDatabase: string | undefined;
  slow = false;
  /** Pods whose audit writer is stuck, by uid. */
  readonly stuckWriters = new Set<string>();
  /** Hours without audit events: from and, once repaired, to, in ms. */
  gaps: { from: number; to: number | undefined }[] = [];
  /** CRITICAL events to insert, by the moment they belong to. */
  critical: number[] = [];
  clearCritical = false;
  compressed = false;
  /** Whether compression is enabled for the audit events. */
  compression = false;
  /** Seconds after which the compression policy of the audit events compresses; null without a policy. */
  compressAfter: number | null = null;
  readonly servers: RegisteredServer[] = [
    { id: COMPROMISED, name: 'crawler-mcp', status: 'active' },
    { id: '6fa459ea-ee8a-3ca4-894e-db77e160355e', name: 'tickets-mcp', status: 'active' },
    { id: '16fd2706-8baf-433b-82eb-8c7fada847da', name: 'warehouse-mcp', status: 'active' },
  ];
  compromised = false;
  readonly redis = new RedisServers((server, instance) => {
    const now = instance.cluster.clock.now();
    for (let index = 0; index < 40; index += 1) server.set(`policy:decision:${index}`, 'allow', now + 24 * 3_600_000);
    server.hits = 91_204;
    server.misses = 7_930;
  });

  deployment(kit: Kit, name: string): Deployment | undefined {
    return kit.cluster.store.get<Deployment>('deployments.apps', NAMESPACE, name);
  }

  pods(kit: Kit, app: string): Pod[] {
    return kit.cluster.store.list<Pod>('pods', NAMESPACE).filter((pod) => pod.metadata.labels?.['app'] === app);
  }

  ready(kit: Kit, app: string): boolean {
    return this.pods(kit, app).some((pod) => pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true);
  }

  /** The policies that the current template of OPA mounts do harm. */
  corrupt(kit: Kit): boolean {
    const volumes = this.deployment(kit, 'opa')?.spec.template.spec.volumes ?? [];
    return volumes.some((volume) => volume.configMap?.name === BAD_POLICIES);
  }

  overloaded(kit: Kit): boolean {
    return this.opaLoad && (this.deployment(kit, 'opa')?.spec.replicas ?? 0) < 5;
  }

  databaseDown(kit: Kit): boolean {
    return this.brokenDatabase !== undefined && this.pods(kit, 'postgres').some((pod) => pod.metadata.uid === this.brokenDatabase);
  }

  /** 95th percentile of the API's answers, in ms: falls as replicas are added. */
  p95(kit: Kit): number {
    const replicas = Math.max(1, this.pods(kit, 'sark-api').filter((pod) => pod.status.phase === 'Running').length);
    return this.slow ? Math.round(70 + 720 / replicas) : 62;
  }

  timescaleFull(kit: Kit): boolean {
    return kit.machine.volume(NAMESPACE, TIMESCALE_CLAIM).free < 0.05 * kit.machine.volume(NAMESPACE, TIMESCALE_CLAIM).capacity();
  }

  auditStuck(kit: Kit): boolean {
    return this.pods(kit, 'sark-api').some((pod) => this.stuckWriters.has(pod.metadata.uid));
  }

  auditStopped(kit: Kit): boolean {
    return this.auditStuck(kit) || this.timescaleFull(kit);
  }

  backends(kit: Kit): Backend[] {
    const now = kit.cluster.clock.now();
    return this.pods(kit, 'sark-api').flatMap((pod, index) =>
      [0, 1, 2].map((each) => ({
        pid: 200 + index * 10 + each,
        user: 'sark',
        application: 'sark-api',
        client: pod.metadata.name,
        address: pod.status.podIP ?? '10.244.0.1',
        state: this.slow && each === 0 ? 'active' : 'idle',
        changed: now - 4_000 - each * 9_000,
        query: this.slow && each === 0 ? "SELECT * FROM mcp_servers WHERE metadata->>'team' = $1" : 'COMMIT',
      })),
    );
  }

  /** Sets how much of the audit volume is taken, in bytes: a share of its capacity. */
  fillTimescale(kit: Kit, share: number): void {
    const volume = kit.machine.volume(NAMESPACE, TIMESCALE_CLAIM);
    volume.hidden = Math.round(Math.max(GIB, volume.capacity() * share));
  }

  policies(kit: Kit): ConfigMap | undefined {
    const volumes = this.deployment(kit, 'opa')?.spec.template.spec.volumes ?? [];
    const name = volumes.find((volume) => volume.configMap !== undefined)?.configMap?.name ?? 'opa-policies';
    return kit.cluster.store.get<ConfigMap>('configmaps', NAMESPACE, name);
  }
}
