import { answered, CONNECTED, disk, fatal, log, NO_ANSWER, NOT_THERE, pods, pool, REFUSED, type Table, UNKNOWN_NAME } from './row.ts';

const AT = '2026-11-21 08:00:05 UTC';
const TOO_MANY = 'FATAL: sorry, too many clients already';
const CRITICAL = { found: true, count: 0, servers: [], users: [], addresses: [], events: [] };
const READY = answered(200, { body: '{"ready": true}', json: { ready: true, database: true, redis: true, opa: true } });
const NOT_READY = answered(200, { body: '{"ready": false}', json: { ready: false, database: false, redis: true, opa: true } });
const PLAN = { query: 'SELECT 1', cost: 1.5, sequential_scan: false, problem: '' };

export const SARK: Readonly<Record<string, Table>> = {
  'sark/assess': {
    well: {
      critical: CRITICAL,
      api: pods(4, 4),
      gateway: READY,
      opa: pods(3, 3),
      policies: { reachable: true, count: 2, ids: ['mcp', 'base'] },
      decision: answered(200),
      database: pods(1, 1),
      connection: CONNECTED,
      pool: pool(10),
      redis: pods(1, 1),
      timescale: pods(1, 1),
      disk: disk(30),
      stuck: log(),
      siem: log(),
      latency: log({ p95_ms: 80 }),
    },
    rows: [
      { says: '2 CRITICAL audit events within 1 hour. Diagnose sark/security-incident.', when: { critical: { count: 2 } } },
      { says: 'API: 0 of 1 pod is ready.', when: { api: pods(0, 1) } },
      { says: 'The database is not ready. Diagnose sark/database-connection-failure.', when: { database: pods(0, 1) } },
      { says: 'The API cannot open a connection to the database. Diagnose sark/database-connection-failure.', when: { connection: REFUSED } },
      {
        says: 'The database has hardly a free connection: 100 of 100 are in use. Diagnose sark/database-connection-failure.',
        when: { pool: pool(100, { exhausted: true }) },
      },
      { says: 'OPA: 1 of 3 pods are ready. Diagnose sark/policy-evaluation-failure.', when: { opa: pods(1, 3) } },
      {
        says: 'OPA answers, but no policy is loaded. Diagnose sark/policy-evaluation-failure.',
        when: { policies: { count: 0, ids: [] } },
      },
      { says: 'OPA does not decide (status 500). Diagnose sark/policy-evaluation-failure.', when: { decision: answered(500) } },
      { says: 'TimescaleDB is not ready. Diagnose sark/audit-events-missing.', when: { timescale: pods(0, 1) } },
      { says: 'The volume of TimescaleDB is 96 % full. Diagnose sark/audit-events-missing.', when: { disk: disk(96) } },
      { says: 'Audit batches are stuck or failed. Diagnose sark/audit-events-missing.', when: { stuck: log({ matched: 2 }) } },
      {
        says: '1 of the newest API log lines says that audit events do not reach the SIEM. Ask its owner whether it takes events.',
        when: { siem: log({ matched: 1 }) },
      },
      {
        says: 'Redis is not ready, so every request asks the database and OPA anew. Diagnose sark/high-latency.',
        when: { redis: pods(0, 1) },
      },
      {
        says: 'The p95 latency is 201 ms (limit: 200 ms). Diagnose sark/high-latency.',
        when: { latency: log({ p95_ms: 201 }) },
        unless: { latency: log({ p95_ms: 200 }) },
      },
      {
        says: `The log of the API says (at ${AT}): ${TOO_MANY}`,
        when: { latency: fatal(TOO_MANY), pool: pool(95) },
        unless: { latency: fatal(TOO_MANY) },
      },
      { says: 'The API does not answer.', when: { gateway: NO_ANSWER } },
      { says: 'The API answers 503 when asked whether it is ready.', when: { gateway: answered(503) } },
      { says: 'The API is up, but says that it is not ready. It cannot use: database.', when: { gateway: NOT_READY } },
      {
        says: 'The API is up and says that it can use its database, its cache and OPA. That says nothing about the audit trail.',
        unless: { gateway: NOT_READY },
      },
    ],
  },
  'sark/audit-events-missing': {
    well: {
      pods: pods(1, 1),
      log: log(),
      disk: disk(30),
      stuck: log(),
      hours: { found: true, total: 240, gaps: [], per_hour: [] },
    },
    rows: [
      {
        says: 'There is no TimescaleDB workload in this cluster. It may be a managed database: then set absent: true for this target in tocsin.yml.',
        when: { pods: NOT_THERE },
      },
      { says: 'TimescaleDB is not ready: pod-0: CrashLoopBackOff.', when: { pods: pods(0, 1) } },
      {
        says: `The log of TimescaleDB says (at ${AT}): PANIC: could not write`,
        when: { pods: pods(0, 1), log: fatal('PANIC: could not write') },
        unless: { log: fatal('PANIC: could not write') },
      },
      { says: 'The volume of TimescaleDB is 98 % full.', when: { disk: disk(98) } },
      {
        says: '2 of the newest API log lines say that audit batches are stuck or failed, and the disk is not full. Check the batch processing (the audit_batch lines in the file below) with the owner of the audit service. Events that wait in the API are lost when its pods stop; save them before you restart it.',
        when: { stuck: log({ matched: 2 }) },
        unless: { stuck: log({ matched: 2 }), disk: disk(98) },
      },
      { says: 'No audit events in 1 of the last 24 hours: 2026-11-21T03:00Z.', when: { hours: { gaps: ['2026-11-21T03:00Z'] } } },
      { says: 'Each of the last 24 hours has audit events.', unless: { hours: { gaps: ['2026-11-21T03:00Z'] } } },
    ],
  },
  'sark/database-connection-failure': {
    well: { pods: pods(1, 1), log: log(), connection: CONNECTED },
    rows: [
      {
        says: 'There is no postgres workload in this cluster. It may be a managed database: then set absent: true for this target in tocsin.yml.',
        when: { pods: NOT_THERE },
      },
      { says: 'The database pod is not ready: pod-0: CrashLoopBackOff.', when: { pods: pods(0, 1) } },
      {
        says: `The log of the database says (at ${AT}): ${TOO_MANY}`,
        when: { log: fatal(TOO_MANY), connection: REFUSED },
        unless: { log: fatal(TOO_MANY) },
      },
      {
        says: 'The API does not know the name postgres. Set postgres_host in the settings of the service to the name of the database (newer installations call it sark-postgres); scaling or deleting pods does not help.',
        when: { connection: UNKNOWN_NAME },
      },
      { says: 'The API cannot open a connection to the database.', when: { connection: REFUSED }, unless: { connection: UNKNOWN_NAME } },
      {
        says: 'The database has no free connection.',
        when: { connection: REFUSED, log: fatal(TOO_MANY) },
        unless: { connection: REFUSED, log: fatal('PANIC: could not write') },
      },
    ],
  },
  'sark/high-latency': {
    well: {
      load: { available: true, pods: [], high: [] },
      latency: log({ p95_ms: 80 }),
      slow: log(),
      opa: answered(200),
      cache: { found: true, hits: 90, misses: 10, hit_rate: 0.9, keys: 4 },
      plans: { found: true, plans: [PLAN] },
    },
    rows: [
      { says: 'The p95 latency is 950 ms (limit: 200 ms).', when: { latency: log({ p95_ms: 950 }) } },
      { says: 'High CPU use: pod-0 (950m).', when: { load: { high: ['pod-0 (950m)'] } } },
      {
        says: '1 slow query in the log. The slowest took 900 ms: SELECT * FROM audit_events. Review its plan below.',
        when: { slow: log({ matched: 1, top: [{ ms: 900, line: 'slow_query' }], slowest: 'SELECT * FROM audit_events' }) },
        unless: { slow: log({ matched: 1, top: [{ ms: 150, line: 'slow_query' }], slowest: 'SELECT 1' }) },
      },
      { says: 'A call to OPA takes 450 ms.', when: { opa: answered(200, { ms: 450 }) } },
      {
        says: 'The cache answers fewer than 80 % of lookups.',
        when: { cache: { hits: 79, misses: 21 } },
        unless: { cache: { hits: 0, misses: 0 } },
      },
      { says: 'A slow query reads a whole table. Review its plan.', when: { plans: { plans: [{ ...PLAN, sequential_scan: true }] } } },
    ],
  },
  'sark/policy-evaluation-failure': {
    well: { opa: pods(3, 3), log: log(), policies: { reachable: true, count: 2, ids: ['mcp', 'base'] }, decision: answered(200) },
    rows: [
      { says: 'There is no OPA deployment in this cluster.', when: { opa: NOT_THERE } },
      { says: 'No OPA pod is ready: pod-0: CrashLoopBackOff.', when: { opa: pods(0, 3) }, unless: { opa: pods(1, 3) } },
      {
        says: `The log of OPA says (at ${AT}): rego_parse_error`,
        when: { opa: pods(0, 3), log: fatal('rego_parse_error') },
        unless: { log: fatal('rego_parse_error') },
      },
      { says: '2 of 3 OPA pods are ready: pod-2: CrashLoopBackOff.', when: { opa: pods(2, 3) }, unless: { opa: pods(0, 3) } },
      {
        says: 'OPA answers, but no policy is loaded.',
        when: { policies: { count: 0, ids: [] } },
        unless: { policies: { reachable: false, count: 0 } },
      },
      {
        says: 'OPA has its policies but cannot evaluate them (status 500). They are corrupt.',
        when: { decision: answered(500) },
        unless: { decision: answered(403) },
      },
      {
        says: 'The address of OPA answers 403. A proxy in front of OPA may have refused the request; whether OPA itself works is not known.',
        when: { decision: answered(403) },
        unless: { decision: answered(500) },
      },
      { says: 'OPA does not answer.', when: { policies: { reachable: false, count: 0, ids: [] } } },
    ],
  },
  'sark/security-incident': {
    well: { critical: CRITICAL },
    rows: [
      {
        says: '2 CRITICAL audit events within 1 hour. They name 1 server (crawler), 2 users (ada@sark, bob@sark) and 1 source address (203.0.113.9).',
        when: {
          critical: { count: 2, events: [{}, {}], servers: ['crawler'], users: ['ada@sark', 'bob@sark'], addresses: ['203.0.113.9'] },
        },
      },
      { says: 'No CRITICAL audit events within 1 hour.', unless: { critical: { count: 1, events: [{}] } } },
    ],
  },
};
