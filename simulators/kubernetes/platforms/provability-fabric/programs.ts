import { beats, type Program } from '../../containers/program.ts';
import { basics } from '../../executables/basics.ts';
import type { KubeObject } from '../../kinds.ts';
import { json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { type Fabric, FLUX, hashOf, MONITORING, ROLLBACKS } from './state.ts';

const HEARTBEAT_MS = 5_000;
/** The attestor keeps a heartbeat this long (ms) and calls younger ones alive than ALIVE_MS. */
const KEPT_MS = 30_000;
const ALIVE_MS = 15_000;

/** The attestor: `GET /liveness/<hash>` says when it last heard of a capsule. */
export function attestor(state: Fabric, kitOf: () => Kit): Program {
  const note = (now: number): void => {
    for (const capsule of state.capsules(kitOf())) {
      const { namespace = 'default' } = capsule.metadata;
      const beating = state.ready(kitOf(), namespace, capsule.metadata.labels?.['app'] ?? '') && !state.cutOff(kitOf(), capsule);
      if (beating) state.heartbeats.set(hashOf(capsule) ?? '', Math.floor(now / HEARTBEAT_MS) * HEARTBEAT_MS);
    }
  };
  return {
    namespace: MONITORING,
    image: /attestor:/,
    commands: basics,
    http: {
      8080(instance, request) {
        const path = pathOf(request);
        const now = instance.cluster.clock.now();
        note(now);
        if (path === '/health') return json(200, { status: 'healthy', redis: 'connected' });
        const hash = /^\/liveness\/(.+)$/.exec(path)?.[1];
        if (hash === undefined || request.method !== 'GET') return json(404, { error: 'not found' });
        const last = state.heartbeats.get(decodeURIComponent(hash));
        if (last === undefined || now - last > KEPT_MS) return json(200, { alive: false, last_heartbeat: null, age_seconds: null });
        const last_heartbeat = new Date(last).toISOString().replace('.000Z', 'Z');
        return json(200, { alive: now - last < ALIVE_MS, last_heartbeat, age_seconds: Math.floor((now - last) / 1000) });
      },
    },
    start: (instance) => instance.log(`${stamp(instance.cluster.clock.now())} INFO attestor listening on 0.0.0.0:8080`),
    tick(instance, from, now) {
      note(now);
      for (const at of beats(from, now, 60_000)) {
        for (const capsule of state.capsules(kitOf())) {
          const hash = hashOf(capsule) ?? '';
          const last = state.heartbeats.get(hash) ?? 0;
          const age = Math.floor((now - last) / 1000);
          if (now - last <= KEPT_MS) instance.log(`${stamp(at)} INFO heartbeat ok capsule=${hash} age_seconds=${age % 60}`, at);
          else if (capsule.spec.replicas > 0) instance.log(`${stamp(at)} WARN heartbeat missed capsule=${hash} age_seconds=${age}`, at);
        }
      }
    },
    usage: () => ({ cpu: 9, memory: 31 * 2 ** 20 }),
  };
}

/** The watcher beside the capsules: it logs each guard that trips, in a shape of its own. */
export function sidecarWatcher(state: Fabric): Program {
  let told = 0;
  return {
    namespace: MONITORING,
    image: /sidecar-watcher:/,
    commands: {},
    start: (instance) => instance.log(JSON.stringify({ event: 'started', timestamp: iso(instance.cluster.clock.now()) })),
    tick(instance, from, now) {
      for (const at of beats(from, now, 120_000)) instance.log(JSON.stringify({ event: 'scan', violations: 0, timestamp: iso(at) }), at);
      for (; told < state.trips.length; told += 1) {
        const trip = state.trips[told];
        if (trip === undefined) continue;
        instance.log(
          JSON.stringify({ event: 'guard_trip', reason: trip.reason ?? 'Guard tripped', timestamp: trip.ts.replace(/\.\d+Z$/, '+00:00') }),
        );
      }
    },
    usage: () => ({ cpu: 7, memory: 28 * 2 ** 20 }),
  };
}

/** The rollback controller's own metrics and log; what it does is in rollbacks.ts. */
export function rollbackController(kitOf: () => Kit): Program {
  const phases = (): Map<string, number> => {
    const found = kitOf().cluster.store.list<KubeObject>(ROLLBACKS);
    const counts = new Map(['Pending', 'InProgress', 'Completed', 'Failed'].map((phase) => [phase, 0]));
    for (const { status } of found) {
      const phase = (status as { phase?: string } | undefined)?.phase ?? 'Pending';
      counts.set(phase, (counts.get(phase) ?? 0) + 1);
    }
    return counts;
  };
  return {
    namespace: FLUX,
    image: /rollback-controller:/,
    commands: {},
    http: {
      8080(_instance, request) {
        if (pathOf(request) !== '/metrics') return json(404, { error: 'not found' });
        const name = 'rollback_controller_rollbacks';
        const lines = [...phases()].map(([phase, count]) => `${name}{phase="${phase}"} ${count}`);
        const body = [`# HELP ${name} Rollbacks by phase`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
        return { status: 200, body, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
      },
    },
    start: (instance) => instance.log(`${stamp(instance.cluster.clock.now())} INFO Starting workers controller=rollback worker count=1`),
    usage: () => ({ cpu: 6, memory: 34 * 2 ** 20 }),
  };
}

/** The ledger: it notes what each tenant used. Its image has no psql. */
export function ledger(): Program {
  return {
    namespace: 'default',
    image: /ledger:/,
    commands: basics,
    http: { 4000: () => json(200, { status: 'healthy' }) },
    start: (instance) => instance.log(`${stamp(instance.cluster.clock.now())} INFO ledger ready at http://0.0.0.0:4000/graphql`),
    tick(instance, from, now) {
      for (const at of beats(from, now, 120_000))
        for (const tenant of ['tenant-123', 'tenant-456']) instance.log(`${stamp(at)} INFO usage event recorded tenantId=${tenant}`, at);
    },
    usage: () => ({ cpu: 22, memory: 140 * 2 ** 20 }),
  };
}

/** A tenant's agent. */
export function capsule(namespace: string): Program {
  return {
    namespace,
    image: /capsule:/,
    commands: basics,
    http: { 8080: () => json(200, { status: 'ok' }) },
    start: (instance) => instance.log(`${stamp(instance.cluster.clock.now())} INFO agent started`),
    usage: () => ({ cpu: 40, memory: 90 * 2 ** 20 }),
  };
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
}
