import type { Table } from './row.ts';

const JOB = { id: 'job-7', status: 'SUCCEEDED', error: '', started: '2026-11-21T03:00:00Z', ended: '2026-11-21T03:20:00Z' };
const JOBS = {
  running: false,
  newest: JOB,
  succeeded: true,
  last_success: '2026-11-21T03:20:00Z',
  last_success_started: '2026-11-21T03:00:00Z',
  hours_since_success: 5,
  failures: 0,
  failed_ids: [],
  cause: 'none',
  reason: '',
  document: '',
  sizes: '',
  retry_at: '',
  scanned: 10,
  added: 1,
  modified: 0,
  deleted: 0,
  failed: 0,
};
const RUNS = { running: true, succeeded: false, newest: { ...JOB, status: 'SYNCING', ended: '' } };

function failed(cause: string, more: Readonly<Record<string, unknown>> = {}) {
  return { succeeded: false, failures: 1, newest: { ...JOB, status: 'FAILED' }, cause, reason: 'It says why.', ...more };
}

const LARGE = failed('document-or-timeout', { document: 's3://knowledge/big.pdf' });
const ACCESS = {
  ok: true,
  listable: 'yes',
  trusted: 'yes',
  may_list: 'yes',
  may_read: 'yes',
  judged_by: 'simulation',
  denied_by: [],
  problems: [],
  advice: '',
  statements: [],
};
const DENIED = { ok: false, may_read: 'no', problems: ['The role may not read the bucket.'], advice: 'Allow s3:GetObject.' };
const CONNECTOR = { same: true, lines: [], configuration: {}, schedule: 'cron(0 3 * * ? *)' };
const SUPPORT = { due: false, failures: 0, execution_ids: [], text: '', health: 'https://health.aws.amazon.com' };
const ALARM = {
  target: 'sync-failed',
  name: 'QBusinessSyncFailed',
  exists: true,
  state: 'OK',
  since: '2026-11-21T03:20:00Z',
  minutes: 60,
  can_fire: 'yes',
  why: '',
  problem: '',
  tells_recovery: true,
};
const ALARMS = { alarms: [ALARM], all_ok: true, firing: 0, cannot_fire: 0 };
const FIRING = { alarms: [{ ...ALARM, state: 'ALARM' }], all_ok: false, firing: 1 };
const MUTE_SAYS = 'QBusinessSyncFailed alerts nobody: Its actions are disabled.';
const MUTE = { alarms: [{ ...ALARM, can_fire: 'no', why: 'Its actions are disabled.', problem: MUTE_SAYS }], cannot_fire: 1 };
const INDEX = { status: 'ACTIVE', active: true, documents: 40, bytes: 1_000, updated: '2026-11-21T03:20:00Z', error: '' };
const SECRET = { secrets: [{ name: 'ALERT_SNS_TOPIC_ARN', configured: true, of: 'repository' }], missing: [], all: true };
const PROBE = { outcome: 'answered', as_expected: true, answer: 'Yes.', sources: ['handbook.pdf'], why: '' };
const LIVE = { equal: true, known: true, added: 0, removed: 0, lines: [], differs_in: '', digest: 'd'.repeat(64) };
const DIFFERS_IN = 'blocked phrase “salary” is missing';
const DIFFERS = { equal: false, removed: 1, lines: ['- blocked phrase: salary'], differs_in: DIFFERS_IN };
/** As drift.compare answers. */
const SAME = {
  known: true,
  equal: true,
  shape_differs: false,
  added: 0,
  removed: 0,
  lines: [],
  changed: '',
  differs_in: '',
  unmanaged: [],
  ignored: [],
  why: null,
};
const CHANGED = { ...DIFFERS, changed: 'blocked phrase “salary” was removed' };
const ERRORS = { errors: 0, lines: 12, newest: '', complete: true };
const VERDICT = {
  verdict: 'false-alarm',
  confidence: 'likely',
  because: 'The order differs.',
  facts: [],
  missing: [],
  who: '',
  when: '',
  from: '',
  differs: false,
};
const OWNERS = {
  branch: 'main',
  file: '.github/CODEOWNERS',
  covered: true,
  missing: [],
  errors: [],
  review_known: true,
  review_required: true,
  enforced: true,
};
const ALERTING = { in_force: true, rule: true, enabled: true, catches: true, target: true, topic_lets: 'yes', subscribers: 1, problems: [] };
const PROTECTION = {
  branch: 'main',
  protected: true,
  checks: ['lint'],
  strict: true,
  code_owners: true,
  approvals: 1,
  enforce_admins: true,
  by_rulesets: false,
  missing: [],
  never_reported: [],
  blocking: [],
  as_wanted: true,
};
const COMMITS = {
  path: 'guardrails.json',
  branch: 'main',
  sha: 'abc1234',
  author: 'ada',
  at: '2026-11-21T07:00:00Z',
  age_minutes: 60,
  message: 'Block more',
  url: 'https://github.com/x/y/commit/abc1234',
  pull: 7,
  workflows: [],
  failed: [],
  commits: [],
};
const EVIDENCE = { incomplete: [] };

function verdict(letter: string, more: Readonly<Record<string, unknown>> = {}) {
  return { verdict: { verdict: letter, confidence: 'confirmed', because: 'Ada changed it.', ...more } };
}

const DENIED_SAYS =
  'The connector lacks permissions. The role may not read the bucket. A new sync will fail again until this is fixed. Allow s3:GetObject.';
const THROTTLED = failed('throttling', { retry_at: '23:19 UTC' });
const THROTTLED_SAYS = 'Amazon Q Business throttled the sync. Wait until 23:19 UTC, then start it; an earlier sync will probably fail again.';
const SUPPORT_SAYS =
  'More than 3 failures in a row: ask AWS Support. The text with the execution IDs is in the file below. AWS reports its own outages at https://health.aws.amazon.com';
const NOTHING_AGAINST = 'No check found a reason against a new sync.';
const OTHER_CONNECTOR = 'The configuration of the connector differs from its source.';

export const VAULTMESH: Readonly<Record<string, Table>> = {
  'vaultmesh-oracle/branch-protection': {
    well: { protection: PROTECTION, owners: OWNERS },
    rows: [
      {
        says: 'The branch is not protected as required. Missing: reviews by code owners.',
        when: { protection: { as_wanted: false, missing: ['reviews by code owners'] } },
      },
      {
        says: 'No check has reported recently under the name Guardrail Lint. While it is required, no pull request can be merged: stop requiring it, or make its workflow run.',
        when: { protection: { never_reported: ['Guardrail Lint'] } },
      },
      {
        says: 'lint runs for some paths only. A required check that does not run blocks pull requests forever. Remove the filter from the workflow before you enforce the check.',
        when: { protection: { blocking: ['lint runs for some paths only'] } },
      },
      { says: 'CODEOWNERS does not name the required owners.', when: { owners: { covered: false } } },
      { says: 'The branch is protected as required.', unless: { owners: { covered: false } } },
    ],
  },
  'vaultmesh-oracle/guardrail-drift': {
    well: { verdict: VERDICT, live: SAME, shapes: { ...SAME, shape_differs: true }, owners: OWNERS, alerting: ALERTING, evidence: EVIDENCE },
    rows: [
      {
        says: 'GitHub cannot be read: its rate limit is used up. No conclusion is drawn from it, and no workflow or pull request can be started there now. GitHub takes no more requests until 09:00.',
        when: { run: 'GitHub takes no more requests until 09:00.', source: 'GitHub takes no more requests until 09:00.' },
        unless: { run: 'No such workflow.' },
      },
      { says: 'A: changed by hand (confirmed). Ada changed it.', when: verdict('A'), unless: verdict('B') },
      {
        says: 'The live guardrails still differ from their source: blocked phrase “salary” was removed.',
        when: { ...verdict('A', { differs: true }), live: CHANGED },
        unless: verdict('A'),
      },
      {
        says: `B: the source was changed without a pull request (confirmed). Ada changed it. In live, ${DIFFERS_IN}.`,
        when: { ...verdict('B', { differs: true }), live: CHANGED },
      },
      { says: 'C: a race (confirmed). Ada changed it.', when: verdict('C') },
      { says: 'False alarm: only the shape differs (likely). The order differs.', unless: verdict('A') },
      {
        says: `Undecided. Ada changed it. In live, ${DIFFERS_IN}.`,
        when: { ...verdict('undecided', { differs: true }), live: CHANGED },
      },
      {
        says: 'The workflow saw a difference that is gone by now: blocked phrase “salary” was removed.',
        when: { ...verdict('A'), shapes: CHANGED },
        unless: { ...verdict('A', { differs: true }), live: CHANGED, shapes: CHANGED },
      },
      { says: 'The trail could not be read.', when: { verdict: { missing: ['The trail could not be read.'] } } },
      { says: 'Governance gap: CODEOWNERS does not name security for the guardrails.', when: { owners: { covered: false, enforced: false } } },
      {
        says: 'Governance gap: the branch protection does not require a review by code owners. Diagnose vaultmesh-oracle/branch-protection.',
        when: { owners: { enforced: false } },
        unless: { owners: { covered: false, enforced: false } },
      },
      {
        says: 'Nobody is alerted when the guardrails change. There is no rule.',
        when: { alerting: { in_force: false, rule: false, problems: ['There is no rule.'] } },
      },
      { says: 'The evidence of the newest drift is incomplete (so far): no report', when: { evidence: { incomplete: ['no report'] } } },
    ],
  },
  'vaultmesh-oracle/guardrail-history': {
    well: { events: { people: 0 } },
    rows: [{ says: '2 changes by people within 90 days.', when: { events: { people: 2 } } }],
  },
  'vaultmesh-oracle/guardrail-status': {
    well: { live: LIVE },
    rows: [
      { says: 'The guardrails match their source.', unless: { live: DIFFERS } },
      {
        says: `The guardrails do not match their source: ${DIFFERS_IN}. Diagnose vaultmesh-oracle/guardrail-drift.`,
        when: { live: DIFFERS },
        unless: { live: { known: false, equal: false } },
      },
    ],
  },
  'vaultmesh-oracle/sync-stale': {
    well: { jobs: JOBS, access: ACCESS, connector: CONNECTOR, support: SUPPORT, secret: SECRET },
    rows: [
      { says: 'A sync runs now.', when: { jobs: RUNS } },
      {
        says: 'The newest sync job-7 is FAILED. Likely cause: throttling. It says why.',
        when: { jobs: THROTTLED },
        unless: { jobs: RUNS },
      },
      { says: DENIED_SAYS, when: { access: DENIED } },
      {
        says: 'The document s3://knowledge/big.pdf is too large. A new sync will fail again until the document is removed from the bucket (the remedy rollback of vaultmesh-qbusiness/sync-failed does that) or excluded from the connector.',
        when: { jobs: LARGE },
        unless: { jobs: failed('document-or-timeout') },
      },
      { says: THROTTLED_SAYS, when: { jobs: THROTTLED }, unless: { jobs: { ...THROTTLED, ...RUNS } } },
      { says: OTHER_CONNECTOR, when: { connector: { same: false } } },
      { says: NOTHING_AGAINST, when: { jobs: failed('permissions') }, unless: { jobs: failed('permissions'), access: DENIED } },
      {
        says: 'No sync has succeeded for 30 hours, and none has failed since.',
        when: { jobs: { hours_since_success: 30 } },
        unless: { jobs: { hours_since_success: 23 } },
      },
      {
        says: 'No sync has succeeded for 30 hours.',
        when: { jobs: failed('unknown', { hours_since_success: 30 }) },
        unless: { jobs: failed('unknown') },
      },
      { says: SUPPORT_SAYS, when: { support: { due: true, failures: 4 } } },
      {
        says: 'The secret ALERT_SNS_TOPIC_ARN is not configured, so the workflow alerts nobody.',
        when: { secret: { missing: ['ALERT_SNS_TOPIC_ARN'], all: false } },
      },
    ],
  },
  'vaultmesh-qbusiness/guardrail-blocking': {
    well: { probe: { ...PROBE, outcome: 'empty' }, commits: COMMITS, live: LIVE },
    rows: [
      {
        says: 'The guardrails block a harmless question. The last deployment was abc1234 by ada',
        when: { probe: { outcome: 'blocked' } },
      },
      { says: 'The probe question is answered.', when: { probe: PROBE } },
      {
        says: `The live guardrails differ from their source: ${DIFFERS_IN}.`,
        when: { live: DIFFERS },
        unless: { live: { known: false, equal: false } },
      },
    ],
  },
  'vaultmesh-qbusiness/runbook-entry': {
    well: { entry: { section: '### An incident', title: 'INC-2026-0001: An incident', private: false } },
    rows: [
      { says: 'The entry for the operations runbook is in the file below, filled from the record.', unless: { entry: { private: true } } },
      {
        says: 'This incident is private. Everybody who reads the repository reads what is added to the operations runbook.',
        when: { entry: { private: true } },
      },
    ],
  },
  'vaultmesh-qbusiness/sync-failed': {
    well: { jobs: JOBS, access: ACCESS, connector: CONNECTOR, alarms: ALARMS, index: INDEX, support: SUPPORT },
    rows: [
      { says: 'A sync runs now.', when: { jobs: RUNS } },
      {
        says: 'The connector docs is affected: its newest sync is FAILED. Likely cause: throttling. It says why.',
        when: { jobs: THROTTLED },
        unless: { jobs: { succeeded: false, newest: { id: '', status: '', error: '', started: '', ended: '' } } },
      },
      { says: DENIED_SAYS, when: { access: DENIED } },
      {
        says: 'Delete s3://knowledge/big.pdf (60 MiB, limit 50 MiB) and sync, or exclude it from the connector. Until then each sync fails.',
        when: { jobs: { ...LARGE, sizes: '60 MiB, limit 50 MiB' } },
        unless: { jobs: failed('document-or-timeout') },
      },
      { says: THROTTLED_SAYS, when: { jobs: THROTTLED } },
      { says: OTHER_CONNECTOR, when: { connector: { same: false } } },
      { says: NOTHING_AGAINST, when: { jobs: failed('connector') }, unless: { jobs: failed('connector'), connector: { same: false } } },
      {
        says: '2 failures in a row, and the schedule cron(0 3 * * ? *) starts the next sync.',
        when: { jobs: failed('unknown', { failures: 2 }) },
        unless: { jobs: failed('unknown') },
      },
      {
        says: '2 failures in a row. The data source has no schedule to remove.',
        when: { jobs: failed('unknown', { failures: 2 }), connector: { schedule: '' } },
        unless: { jobs: failed('unknown', { failures: 2 }) },
      },
      { says: SUPPORT_SAYS, when: { support: { due: true, failures: 4 } } },
      {
        says: 'The alarm QBusinessSyncFailed fires, but the newest sync has succeeded. No new sync is needed; the alarm ends when its metric has had no failure for its whole period. Watch it with /sync watch.',
        when: { alarms: FIRING },
        unless: { alarms: FIRING, jobs: failed('unknown') },
      },
      { says: MUTE_SAYS, when: { alarms: MUTE } },
      { says: 'The index is FAILED. No capacity.', when: { index: { status: 'FAILED', active: false, error: 'No capacity.' } } },
    ],
  },
  'vaultmesh-qbusiness/sync-logs': {
    well: { logs: ERRORS },
    rows: [
      { says: 'The newest error: AccessDenied', when: { logs: { errors: 2, newest: 'AccessDenied' } } },
      { says: 'No errors for docs within 24 hours.', unless: { logs: { errors: 2, newest: 'AccessDenied' } } },
    ],
  },
  'vaultmesh-qbusiness/sync-status': {
    well: { jobs: JOBS },
    rows: [
      { says: 'A sync runs.', when: { jobs: RUNS } },
      { says: 'The newest sync of docs has succeeded.', unless: { jobs: RUNS } },
      {
        says: 'The newest sync of docs has not succeeded (It says why.). Diagnose vaultmesh-qbusiness/sync-failed.',
        when: { jobs: failed('unknown') },
        unless: { jobs: RUNS },
      },
    ],
  },
  'vaultmesh-qbusiness/sync-verify': {
    well: {
      jobs: JOBS,
      connector: CONNECTOR,
      access: ACCESS,
      alarms: ALARMS,
      secret: SECRET,
      index: INDEX,
      probe: PROBE,
      danger: { inside: false, danger: false, versioning: 'on' },
    },
    rows: [
      {
        says: 'The knowledge base works: a question is answered, the alarms are OK, the newest sync has succeeded and the index is active.',
        unless: { index: { active: false } },
      },
      {
        says: 'A guardrail blocks a harmless question. Diagnose vaultmesh-qbusiness/guardrail-blocking.',
        when: { probe: { outcome: 'blocked' } },
      },
      {
        says: 'Tocsin’s credentials cannot ask a question, so a person has to try it. Access denied.',
        when: { probe: { outcome: 'cannot-ask', why: 'Access denied.' } },
      },
      { says: 'The probe question found nothing in the index.', when: { probe: { outcome: 'empty' } } },
      { says: 'An alarm is not OK.', when: { alarms: FIRING } },
      { says: MUTE_SAYS, when: { alarms: MUTE } },
      { says: 'The connector lacks permissions. The role may not read the bucket.', when: { access: DENIED } },
      { says: OTHER_CONNECTOR, when: { connector: { same: false } } },
      {
        says: 'Nobody is alerted, because a secret is not configured: ALERT_SNS_TOPIC_ARN',
        when: { secret: { missing: ['ALERT_SNS_TOPIC_ARN'], all: false } },
      },
      {
        says: 'Evidence is in a place where a sync deletes objects, and no versions are kept.',
        when: { danger: { inside: true, danger: true, versioning: 'suspended' } },
        unless: { danger: { inside: true } },
      },
    ],
  },
  'vaultmesh-qbusiness/unauthorised-content': {
    well: {
      outside: { outside: 0, keys: [], scanned: 40, clean: true },
      documents: { total: 0, present: [], absent: true, failed: 0 },
    },
    rows: [
      { says: '1 object in the bucket outside the allowed prefixes.', when: { outside: { outside: 1, keys: ['salaries.pdf'], clean: false } } },
      { says: 'In the index: salaries.pdf.', when: { documents: { total: 1, present: ['salaries.pdf'], absent: false } } },
      { says: 'All objects are under the allowed prefixes.', unless: { outside: { outside: 1, keys: ['salaries.pdf'], clean: false } } },
    ],
  },
};
