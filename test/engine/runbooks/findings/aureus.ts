import { answered, CONNECTED, disk, fatal, log, NO_ANSWER, NOT_THERE, pods, pool, REFUSED, revisions, type Table, UNKNOWN_NAME } from './row.ts';

const NO_SLOT = 'FATAL: remaining connection slots are reserved';
const AT = '2026-11-21 08:00:05 UTC';
const CLAIM = { name: 'evidence', status: 'Bound', capacity_bytes: 50_000, class: 'gp3', expandable: true, used_percent: 40 };

export const AUREUS: Readonly<Record<string, Table>> = {
  'aureus/assess': {
    well: {
      frontend: pods(3, 3),
      database: pods(1, 1),
      connection: CONNECTED,
      pool: pool(10),
      engine: pods(2, 2),
      disk: disk(40),
      limits: log(),
      logs: log(),
      health: answered(200),
    },
    rows: [
      { says: 'Frontend: 1 of 3 pods are ready. Diagnose aureus/frontend-down.', when: { frontend: pods(1, 3) } },
      { says: 'The database is not ready. Diagnose aureus/database-connections.', when: { database: pods(0, 1) } },
      {
        says: 'The frontend cannot open a connection to the database. Diagnose aureus/database-connections.',
        when: { connection: REFUSED },
      },
      {
        says: 'The database has hardly a free connection: 95 of 100 are in use. Diagnose aureus/database-connections.',
        when: { pool: pool(95) },
      },
      { says: 'The evidence volume is 97 % full. Diagnose aureus/evidence-volume-full.', when: { disk: disk(97) } },
      { says: 'No policy engine pod is ready. Diagnose aureus/policy-engine-failure.', when: { engine: pods(0, 2) } },
      {
        says: '1 of the newest log lines says that a user is over the rate limit. Diagnose aureus/rate-limiting.',
        when: { limits: log({ matched: 1 }) },
      },
      {
        says: `The log of the frontend says (at ${AT}): FATAL: no such host`,
        when: { logs: fatal('FATAL: no such host') },
        // What says that there are no connections is over once there are.
        unless: { logs: fatal(NO_SLOT) },
      },
      {
        says: 'Enough frontend pods are ready, but there are problems: pod-9: ImagePullBackOff. Diagnose aureus/frontend-down.',
        when: { frontend: pods(3, 3, { problems: ['pod-9: ImagePullBackOff'] }) },
      },
      { says: 'The health page answers 503. Diagnose aureus/frontend-down.', when: { health: answered(503) } },
      { says: 'The health page does not answer. Diagnose aureus/frontend-down.', when: { health: NO_ANSWER } },
      {
        says: 'The frontend is up and its health page answers. That page is static text, so it says nothing about the database or the policy engine.',
        unless: { frontend: pods(2, 3) },
      },
    ],
  },
  'aureus/database-connections': {
    well: { pods: pods(1, 1), connection: CONNECTED, logs: log(), pool: pool(10) },
    rows: [
      {
        says: 'There is no postgres workload in this cluster. It may be a managed database: then set absent: true for this target in tocsin.yml.',
        when: { pods: NOT_THERE },
      },
      { says: 'No postgres pod is ready: pod-0: CrashLoopBackOff.', when: { pods: pods(0, 1) } },
      {
        says: `The log of postgres says (at ${AT}): ${NO_SLOT}`,
        when: { logs: fatal(NO_SLOT), pool: 'The database accepts no more connections' },
        unless: { logs: fatal(NO_SLOT) },
      },
      { says: '90 of 100 connections are in use.', when: { pool: pool(90) }, unless: { pool: pool(89) } },
      {
        says: 'The frontend does not know the name aureus-postgres. Set postgres_host in the settings of the service to the name of the database; scaling or restarting does not help.',
        when: { connection: UNKNOWN_NAME },
      },
      { says: 'The frontend cannot open a connection to postgres.', when: { connection: REFUSED }, unless: { connection: UNKNOWN_NAME } },
      { says: '2 connections have been idle for more than 10 minutes.', when: { pool: pool(10, { idle_long: 2 }) } },
    ],
  },
  'aureus/evidence-volume-full': {
    well: {
      disk: disk(40),
      old: { found: true, count: 0, bytes: 0, size: '0 bytes', largest: [], complete: true },
      retention: { found: true, kept: 4, freed: 0, unknown: 0, freed_bytes: 0, freed_size: '0 bytes', overdue: [], complete: true },
      claim: { claims: [CLAIM], full: [] },
    },
    rows: [
      { says: 'The evidence volume is 90 % full.', when: { disk: disk(90) }, unless: { disk: disk(89) } },
      {
        says: '12 files are older than 60 days: archiving frees 1.2 GiB.',
        when: { disk: disk(95), old: { count: 12, bytes: 1_288_490_189, size: '1.2 GiB' } },
        unless: { old: { count: 12, bytes: 1_288_490_189, size: '1.2 GiB' } },
      },
      {
        says: '1 file is past the retention period: deleting frees 40.0 MiB.',
        when: { disk: disk(95), retention: { freed: 1, freed_bytes: 41_943_040, freed_size: '40.0 MiB' } },
        unless: { disk: disk(95) },
      },
      {
        says: 'The evidence volume cannot be expanded, because its storage class does not allow it: evidence.',
        when: { claim: { claims: [{ ...CLAIM, expandable: false }] } },
      },
    ],
  },
  'aureus/frontend-down': {
    well: { pods: pods(3, 3), logs: log(), before_crash: log(), history: revisions(0), health: answered(200) },
    rows: [
      { says: 'The frontend deployment is not in this cluster.', when: { pods: NOT_THERE } },
      { says: 'Crashing or not starting: pod-2 (CrashLoopBackOff).', when: { pods: pods(2, 3) } },
      {
        says: 'The log before the crash says: panic: no such column',
        when: { pods: pods(2, 3), before_crash: fatal('panic: no such column') },
        unless: { before_crash: fatal('panic: no such column') },
      },
      {
        says: `The log says (at ${AT}): FATAL: no such host`,
        when: { pods: pods(2, 3), logs: fatal('FATAL: no such host') },
        unless: { pods: pods(2, 3), logs: fatal('FATAL: no such host'), before_crash: fatal('panic') },
      },
      // With a reason in the log a restart is not suggested, without one it is.
      { says: 'No frontend pod is ready.', when: { pods: pods(0, 3), logs: fatal('FATAL') }, unless: { pods: pods(0, 3) } },
      {
        says: 'No frontend pod is ready.',
        when: { pods: pods(0, 3), before_crash: 'No container has ended before' },
        unless: { pods: pods(0, 3), logs: fatal('FATAL') },
      },
      { says: '1 of 3 frontend pods are ready.', when: { pods: pods(1, 3) }, unless: { pods: pods(0, 3) } },
      {
        says: 'Enough pods are ready, but another pod does not start: pod-3: CrashLoopBackOff.',
        when: { pods: pods(3, 4, { desired: 3 }) },
      },
      {
        says: 'The previous version (revision 3) has a different pod template.',
        when: { pods: pods(2, 3), history: revisions(3) },
        unless: { history: revisions(3) },
      },
      { says: 'The health page answers 502.', when: { health: answered(502) }, unless: { health: NO_ANSWER } },
    ],
  },
  'aureus/policy-engine-failure': {
    well: { engine: pods(2, 2), probe: answered(200, { json: { allowed: true, bypass: false } }), engine_log: log() },
    rows: [
      {
        says: 'The test evaluation is answered by a bypass, so queries are answered unchecked. Whether the policy engine decides is not known from it.',
        when: { probe: answered(200, { json: { bypass: true } }) },
      },
      {
        says: 'There is no policy engine workload in this cluster. The frontend may evaluate policies itself.',
        when: { engine: NOT_THERE },
      },
      { says: 'No policy engine pod is ready: pod-0: CrashLoopBackOff.', when: { engine: pods(0, 2) }, unless: { engine: pods(1, 2) } },
      {
        says: `The log of the policy engine says (at ${AT}): panic: bundle`,
        when: { engine: pods(1, 2), engine_log: fatal('panic: bundle') },
        unless: { engine_log: fatal('panic: bundle') },
      },
      {
        says: `The log of the policy engine says (at ${AT}): bundle is not signed`,
        when: { engine: pods(1, 2), engine_log: log({ error: 'bundle is not signed', error_at: AT }) },
        unless: { engine: pods(1, 2), engine_log: log({ ...fatal('panic'), error: 'bundle is not signed', error_at: AT }) },
      },
      { says: 'A test evaluation answers 500, so queries are blocked.', when: { probe: answered(500) }, unless: { probe: NO_ANSWER } },
      { says: 'The policy API does not answer.', when: { probe: NO_ANSWER }, unless: { probe: answered(500) } },
    ],
  },
  'aureus/rate-limiting': {
    well: { log: log(), keys: { found: true, count: 0, keys: [], complete: true } },
    rows: [
      { says: '3 of the newest 500 log lines mention rate limits.', when: { log: log({ matched: 3 }) } },
      { says: '1 user is counted in the cache now.', when: { keys: { count: 1, keys: [{ key: 'ratelimit:bob', ttl_s: 60 }] } } },
    ],
  },
};
