import { beats, noise, type Program } from '../../containers/program.ts';
import { basics } from '../../executables/basics.ts';
import { wget } from '../../executables/network.ts';
import type { PostgresEngine } from '../../executables/postgres.ts';
import { json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { pgTime, postgresProgram, SOCKET_REFUSED } from '../servers.ts';
import { type Aureus, line, NAMESPACE, POLICY_KEY } from './state.ts';

/** The policy engine, which decides by a bundle in the cache. */
export function policyEngine(state: Aureus): Program {
  return {
    namespace: NAMESPACE,
    image: /^aureus\/policy-engine:/,
    commands: { ...basics, wget },
    http: {
      8181: (_instance, request) => {
        const down = state.policyDown();
        if (pathOf(request) === '/health') return json(down ? 503 : 200, { status: down ? 'bundle broken' : 'ok' });
        return down ? json(503, { error: 'bundle digest mismatch' }) : json(200, { result: { allow: true } });
      },
    },
    health: () => ({ ready: !state.policyDown() }),
    start: (instance) => instance.log(line(instance.cluster.clock.now(), 'info', 'policy engine started', { bundle: 'bundle-0.1.0' })),
    tick(instance, from, now) {
      for (const at of beats(from, now, 5_000, instance.startedAt % 5_000))
        if (state.policyDown())
          instance.log(
            line(at, 'error', 'policy bundle in cache is broken: digest mismatch', {
              key: POLICY_KEY,
              hint: 'flush the cache or reload the policies',
            }),
            at,
          );
    },
  };
}

/** The platform's database. */
export function postgres(state: Aureus, kitOf: () => Kit, engine: PostgresEngine): Program {
  return postgresProgram({
    namespace: NAMESPACE,
    image: /^postgres:16$/,
    engine,
    reach(instance) {
      const kit = kitOf();
      if (kit.machine.instance(instance.pod(), 'postgres') === undefined) return { refused: SOCKET_REFUSED };
      return {
        server: {
          id: 'aureus',
          databases: ['aureus_metadata'],
          roles: ['aureus'],
          version: '16.6',
          schema: () => [
            'CREATE TABLE evidence (id text PRIMARY KEY, category text NOT NULL, created_at timestamptz NOT NULL, digest text NOT NULL)',
          ],
          backends: () => state.connections(kit),
          terminated(pids) {
            state.leaked = state.leaked.filter((each) => !pids.includes(each.pid));
          },
        },
      };
    },
    start() {
      // A server that starts anew has no connections.
      state.leaked = [];
    },
    tick(instance, from, now) {
      const kit = kitOf();
      for (const at of beats(from, now, 300_000)) instance.log(`${pgTime(at)} [27] LOG:  checkpoint complete: wrote 41 buffers (0.3%)`, at);
      for (const at of beats(from, now, 4_000))
        if (state.exhausted(kit))
          instance.log(
            `${pgTime(at)} [${2_000 + Math.floor(noise(at) * 900)}] FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute`,
            at,
          );
    },
  });
}
