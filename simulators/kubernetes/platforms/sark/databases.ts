import { beats, type Program } from '../../containers/program.ts';
import { type DatabaseServer, type PostgresEngine } from '../../executables/postgres.ts';
import { manifest } from '../manifest.ts';
import type { Kit } from '../platform.ts';
import { pgTime, postgresProgram, SOCKET_REFUSED } from '../servers.ts';
import { auditInserts, criticalInserts } from './audit.ts';
import { NAMESPACE, type Sark } from './state.ts';

const NO_SPACE = 'could not extend file "base/16401/16590": No space left on device\nHINT:  Check free disk space.';

/** The platform's own database, postgres-0. */
export function postgres(state: Sark, kitOf: () => Kit, engine: PostgresEngine): Program {
  const server: DatabaseServer = {
    id: 'sark_main',
    databases: ['sark'],
    roles: ['sark'],
    version: '16.6',
    schema: () => [
      "CREATE TABLE mcp_servers (id uuid PRIMARY KEY, name text NOT NULL, status text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}')",
      ...state.servers.map(({ id, name, status }) => `INSERT INTO mcp_servers VALUES ('${id}', '${name}', '${status}', '{"team":"platform"}')`),
      'CREATE TABLE tool_invocations (id bigint PRIMARY KEY, user_id uuid, tool text, at timestamptz)',
      "INSERT INTO tool_invocations SELECT n, NULL, 'query_database', '2026-01-01'::timestamptz FROM generate_series(1, 2000) AS n",
      'CREATE TABLE sessions (id uuid PRIMARY KEY, last_seen timestamptz)',
      'CREATE TABLE policies (id uuid PRIMARY KEY, name text)',
      'CREATE TABLE bindings (policy_id uuid, team text)',
    ],
    refresh: () => state.servers.map(({ id, status }) => `UPDATE mcp_servers SET status = '${status}' WHERE id = '${id}'`),
    backends: () => state.backends(kitOf()),
  };
  const broken = (uid: string): boolean => state.brokenDatabase === uid;
  return postgresProgram({
    namespace: NAMESPACE,
    image: /^postgres:16/,
    engine,
    reach: (instance) => (broken(instance.podUid) ? { refused: SOCKET_REFUSED } : { server }),
    health: (instance) => ({ ready: !broken(instance.podUid) }),
    tick(instance, from, now) {
      for (const at of beats(from, now, 300_000))
        if (!broken(instance.podUid)) instance.log(`${pgTime(at)} [27] LOG:  checkpoint complete: wrote 88 buffers (0.5%)`, at);
      for (const at of beats(from, now, 1_500)) {
        if (!broken(instance.podUid)) continue;
        instance.log(`${pgTime(at)} [1] LOG:  server process (PID 311) was terminated by signal 6: Aborted`, at);
        instance.log(`${pgTime(at)} [1] FATAL:  the database system is in recovery mode`, at);
      }
    },
  });
}

/** What TimescaleDB tells of its tables and jobs, as far as compression goes. */
const INFORMATION = [
  'CREATE SCHEMA IF NOT EXISTS timescaledb_information',
  'CREATE TABLE timescaledb_information.hypertables (hypertable_schema name, hypertable_name name, compression_enabled boolean)',
  'CREATE TABLE timescaledb_information.jobs (job_id integer, proc_name name, hypertable_schema name, hypertable_name name, config jsonb)',
];

function informationOf(state: Sark): string[] {
  const config = `{"compress_after": "${state.compressAfter} seconds"}`;
  return [
    'DELETE FROM timescaledb_information.hypertables',
    `INSERT INTO timescaledb_information.hypertables VALUES ('public', 'audit_events', ${state.compression})`,
    'DELETE FROM timescaledb_information.jobs',
    ...(state.compressAfter === null
      ? []
      : [`INSERT INTO timescaledb_information.jobs VALUES (1000, 'policy_compression', 'public', 'audit_events', '${config}')`]),
  ];
}

/** Of `interval '604800 seconds'` or `INTERVAL '7 days'` in a statement. */
function secondsOf(statement: string): number {
  const [, amount = '0', unit = 'seconds'] = /interval\s+'(\d+)\s+(second|minute|hour|day)s?'/i.exec(statement) ?? [];
  return Number(amount) * ({ second: 1, minute: 60, hour: 3_600, day: 86_400 }[unit.toLowerCase()] ?? 1);
}

/** The audit trail's database, timescaledb-0. */
export function timescale(state: Sark, kitOf: () => Kit, engine: PostgresEngine): Program {
  let until: number | undefined;
  const server: DatabaseServer = {
    id: 'sark_audit',
    databases: ['sark_audit'],
    roles: ['sark'],
    version: '15.10',
    extensions: ['timescaledb'],
    schema: (now) => {
      until = now;
      return [
        ...INFORMATION,
        ...manifest('./sark/audit-events.sql')
          .split(/;\s*\n/)
          .filter((text) => text.trim() !== ''),
        ...auditInserts(0, now),
      ];
    },
    refresh(now) {
      const statements = auditInserts(until ?? now, now);
      until = now;
      for (const gap of state.gaps) {
        const to = gap.to === undefined ? '' : ` AND timestamp < '${new Date(gap.to).toISOString()}'`;
        statements.push(`DELETE FROM audit_events WHERE severity <> 'CRITICAL' AND timestamp >= '${new Date(gap.from).toISOString()}'${to}`);
      }
      if (state.clearCritical) statements.push("DELETE FROM audit_events WHERE severity = 'CRITICAL'");
      state.clearCritical = false;
      statements.push(...state.critical.map(criticalInserts), ...informationOf(state));
      return statements;
    },
    backends: () => state.backends(kitOf()),
    intercept(statement) {
      if (/remove_compression_policy/i.test(statement)) {
        state.compressAfter = null;
        return { fields: ['remove_compression_policy'], rows: [['t']], tag: 'SELECT' };
      }
      if (/compress_chunk|add_compression_policy|timescaledb\.compress/i.test(statement)) {
        if (/^\s*alter/i.test(statement)) {
          state.compression = true;
          return { fields: [], rows: [], tag: 'ALTER TABLE' };
        }
        if (!state.compression) return { error: 'columnstore not enabled on hypertable "audit_events"' };
        // The policy's job runs at once.
        if (!state.compressed) kitOf().machine.volume(NAMESPACE, 'timescaledb-data').hidden *= 0.35;
        state.compressed = true;
        if (/add_compression_policy/i.test(statement)) state.compressAfter = secondsOf(statement);
        return /compress_chunk/i.test(statement)
          ? { fields: ['compress_chunk'], rows: [['_timescaledb_internal._hyper_1_1_chunk']], tag: 'SELECT' }
          : { fields: ['add_compression_policy'], rows: [['1000']], tag: 'SELECT' };
      }
      if (/^\s*(insert|update|create)\b/i.test(statement) && kitOf().machine.volume(NAMESPACE, 'timescaledb-data').free < 2 ** 20)
        return { error: NO_SPACE };
      return undefined;
    },
  };
  return postgresProgram({
    namespace: NAMESPACE,
    image: /^timescale\//,
    engine,
    reach: () => ({ server }),
    tick(instance, from, now) {
      for (const at of beats(from, now, 300_000)) instance.log(`${pgTime(at)} [31] LOG:  checkpoint complete: wrote 212 buffers (1.3%)`, at);
      for (const at of beats(from, now, 5_000))
        if (state.timescaleFull(kitOf()))
          instance.log(`${pgTime(at)} [144] ERROR:  could not extend file "base/16401/16590": No space left on device`, at);
    },
    usage: () => ({ cpu: 90, memory: 1_100 * 2 ** 20 }),
  });
}
