import { decide } from '../../../../src/actions/fabric/triage/decide.ts';
import { missesOf, riskOf } from '../../../../src/actions/fabric/triage/measure.ts';
import { sayDecision, sayDisagreement, sayGaps, sayPlatform } from '../../../../src/actions/fabric/triage/words.ts';
import { log, pods, type Table } from './row.ts';

const INVOICES = `sha256:${'3f'.repeat(32)}`;
const REPORTS = `sha256:${'a1'.repeat(32)}`;
const MAIL = `sha256:${'b2'.repeat(32)}`;
const OF_INVOICES = { capsule: INVOICES, tenant: 'tenant-123' };

const NO_ROLLBACK = {
  served: true,
  count: 0,
  active: 0,
  stuck: 0,
  newest: '',
  phase: '',
  message: '',
  over: false,
  decided: false,
  decision: '',
  refused: false,
  refusal: '',
  refused_fields: [],
  controllers: 1,
  says: 'There is no Rollback in this cluster.',
};
const RUNS = { count: 1, active: 1, newest: 'rollback-1', phase: 'InProgress', says: 'Rollback rollback-1 is InProgress.' };
const STUCK = { ...RUNS, stuck: 1, says: 'Rollback rollback-1 is InProgress. 1 rollback is stuck.' };
const WAITS = {
  ...RUNS,
  stuck: 1,
  phase: '',
  controllers: 0,
  says: 'Rollback rollback-1 is not begun. The rollback controller has no ready pod, so no rollback begins.',
};
const FAILED = {
  count: 1,
  newest: 'rollback-1',
  phase: 'Failed',
  message: 'no such release',
  over: true,
  says: 'Rollback rollback-1 is Failed: no such release.',
};
const COMPLETED = {
  count: 1,
  newest: 'rollback-1',
  phase: 'Completed',
  message: 'Rolled back to revision 2',
  over: true,
  says: 'Rollback rollback-1 is Completed: Rolled back to revision 2.',
};
const DECIDED = {
  decided: true,
  decision: '{"msg":"Rollback decision","shouldRollback":true}',
  says: 'There is no Rollback in this cluster. The incident bot decided a rollback.',
};
const REFUSAL = 'Rollback.ops.prov-fabric.io "rollback-1" is invalid: spec.reason: Unsupported value: "guard_trip"';
const REFUSED_SAYS =
  'There is no Rollback in this cluster. The incident bot decided a rollback, but the cluster refused what it wrote, so it rolled nothing back. It refused spec.reason.';
const REFUSED = { ...DECIDED, refused: true, refusal: REFUSAL, refused_fields: ['spec.reason'], says: REFUSED_SAYS };

const CAPSULES = {
  count: 3,
  hashes: [INVOICES, REPORTS, MAIL],
  tenants: ['tenant-123', 'tenant-456'],
  capsule_known: true,
  tenant_known: true,
  place: 'deployment/capsule-invoices in namespace tenant-123',
  replicas: 2,
  targets: ['capsule'],
  namespaces: ['tenant-123'],
  says: 'Capsule 3f3f3f3f3f3f is deployment/capsule-invoices in namespace tenant-123, 2 of 2 pods ready. Tenant tenant-123 has 2 capsules here.',
};
const UNKNOWN_CAPSULE = {
  capsule_known: false,
  place: '',
  replicas: 0,
  targets: [],
  says: 'Capsule 3f3f3f3f3f3f does not run in this cluster. Tenant tenant-123 has 2 capsules here.',
};

const USAGE = {
  found: true,
  count: 100,
  median_bytes: 1_048_576,
  average_bytes: 1_100_000,
  largest_bytes: 2_097_152,
  outliers: 0,
  outlier_bytes: 0,
  first: '',
  last: '',
  says: 'Tenant tenant-123 sends as usual: half of the last 100 events sent at most 1 MiB, none far more.',
};
const EXPORTS_SAYS =
  'Tenant tenant-123 sent 1.5 GiB in 3 events since 2026-11-21T08:00:05Z: far more than usual, for half of the last 100 events sent at most 1 MiB.';
const EXPORTS = {
  largest_bytes: 536_870_912,
  outliers: 3,
  outlier_bytes: 1_610_612_736,
  first: '2026-11-21T08:00:05Z',
  last: '2026-11-21T08:04:05Z',
  says: EXPORTS_SAYS,
};

const PODS = { total: 2, ready: 2, namespaces: ['tenant-123'], problems: [], pods: [] };
const POLICIES = { policies: 3, no_ingress: [], no_egress: [], denied: 0, denies: [], says: 'None lets nothing in or out of a pod.' };
const DENY_SAYS = 'tenant-123/deny-all-egress lets nothing out of 3 pods.';
const DENY = { policies: 4, no_egress: ['tenant-123/a', 'tenant-123/b', 'tenant-123/c'], denied: 3, denies: [DENY_SAYS], says: DENY_SAYS };
const HISTORY = {
  found: true,
  current: 3,
  current_hash: 'c'.repeat(64),
  current_version: '0.2.0',
  recent: 0,
  hashes: ['d'.repeat(64)],
  revisions: [],
  flux: true,
  flux_says: 'HelmRelease provability-fabric of Flux is ready: Upgrade succeeded.',
  says: 'provability-fabric is at revision 3 (0.2.0, deployed 3 d ago), of 3 revisions.',
};

function lives(alive: readonly string[], dead: readonly string[], says: string) {
  return { asked: alive.length + dead.length, alive, dead, unknown: [], says };
}

const ALL_ALIVE = lives([INVOICES, REPORTS, MAIL], [], '3 of 3 capsules are alive.');
const TWO_DEAD = lives([MAIL], [INVOICES, REPORTS], '1 of 3 capsules is alive. No heartbeat of 3f3f3f3f3f3f, a1a1a1a1a1a1.');
const ONE_DEAD = lives([REPORTS, MAIL], [INVOICES], '2 of 3 capsules are alive. No heartbeat of 3f3f3f3f3f3f.');
const ONLY_DEAD = lives([], [INVOICES], '0 of 1 capsule is alive. No heartbeat of 3f3f3f3f3f3f.');

function variable(name: string, value: string) {
  return { name, value, from: 'value' };
}

/** As fabric.triage answers for these numbers. */
function triage(risk: string, misses: string, automation = true) {
  const decision = decide({ risk: riskOf(risk), misses: missesOf(misses), thresholds: { risk: 0.8, misses: 3 }, automation });
  const { verdict, because, platform, platformBecause, agreement, treat, path, missing, riskBand, missesBand } = decision;
  return {
    verdict,
    because,
    says: sayDecision(decision),
    platform,
    platform_says: `The platform: ${sayPlatform(platform)}. ${platformBecause}.`,
    platform_because: `${platformBecause}.`,
    agreement,
    disagreement: sayDisagreement(decision),
    treat,
    gaps: sayGaps(decision),
    path: path.map(({ edge }) => edge),
    risk_action: riskBand?.action ?? '',
    likelihood: riskBand?.likelihood ?? '',
    heartbeats: missesBand?.action ?? '',
    facts: [],
    missing,
  };
}

const MEDIUM = triage('0.62', '2');

/** Sums that the incident bot counts. */
const TOTALS = { incident_bot_rollbacks_total: 2, incident_bot_decision_errors_total: 0, incident_bot_decision_latency_seconds_count: 2 };
const BOT = { reachable: true, totals: TOTALS, found: 5, missing: [], p95: 4.75, says: 'incident_bot_rollbacks_total 2.' };

/** As k8s.resources answers of a PrometheusRule with this alert. */
function rule(alert: string, flux = '') {
  const fields = { flux, argo_cd: '', groups: JSON.stringify([{ name: 'incident-response', rules: [{ alert, expr: 'up == 0' }] }]) };
  return { name: 'rules', namespace: 'monitoring', created: '2026-11-21T07:00:00Z', age_s: 3_600, fields };
}

const NO_RULES = { served: true, count: 1, names: ['rules'], items: [rule('TargetDown')] };
const RULES = { items: [rule('HighRollbackRate')] };
const FROM_GIT = { items: [rule('TargetDown', 'monitoring')] };
const NOT_SERVED = { served: false, count: undefined, names: undefined, items: undefined };

export const PROVABILITY_FABRIC: Readonly<Record<string, Table>> = {
  'provability-fabric/after': {
    well: { bot: BOT, rules: NO_RULES },
    rows: [
      {
        says: 'Rollback decisions are late: 95% take at most 43.846 s, which is more than 30 s.',
        when: { bot: { p95: 43.84615384615385 } },
        unless: { bot: { p95: 30 } },
      },
      {
        says: 'The incident bot counts decisions that failed. What it writes may be refused by the schema of Rollback (provability-fabric/containment shows it).',
        when: { bot: { totals: { ...TOTALS, incident_bot_decision_errors_total: 3 } } },
      },
      {
        says: 'GitOps applies PrometheusRules of this cluster from a repository. Propose the rules there; what is written past it has no source.',
        when: { rules: FROM_GIT },
      },
      { says: 'No PrometheusRule of this cluster has the alert HighRollbackRate.', unless: { rules: NOT_SERVED } },
      { says: 'The alert HighRollbackRate is in a PrometheusRule of this cluster.', when: { rules: RULES } },
    ],
  },
  'provability-fabric/containment': {
    well: { rollbacks: NO_ROLLBACK, releases: HISTORY, capsules: CAPSULES, usage: USAGE, pods: PODS, policies: POLICIES },
    rows: [
      { says: EXPORTS_SAYS, when: { usage: EXPORTS } },
      {
        says: 'Rollback rollback-1 does not begin: the rollback controller has no ready pod.',
        when: { rollbacks: WAITS },
        unless: { rollbacks: STUCK },
      },
      {
        says: 'No rollback that is started now begins. Start the rollback controller first.',
        when: { rollbacks: { ...COMPLETED, controllers: 0 } },
        unless: { rollbacks: WAITS },
      },
      {
        // The newest one is over: it is an older one that is stuck.
        says: '1 rollback is stuck, and the rollback controller runs. Read its log; meanwhile the capsule can be isolated.',
        when: { rollbacks: { ...COMPLETED, count: 2, active: 1, stuck: 1 } },
        unless: { rollbacks: WAITS },
      },
      { says: REFUSED_SAYS, when: { rollbacks: REFUSED }, unless: { rollbacks: DECIDED } },
      { says: FAILED.says, when: { rollbacks: FAILED }, unless: { rollbacks: { ...FAILED, refused: true } } },
      {
        says: 'A rollback goes on. Rollback rollback-1 is InProgress. Watch it to its end.',
        when: { rollbacks: RUNS },
        unless: { rollbacks: STUCK },
      },
      {
        says: 'The incident bot decided a rollback, but there is none in this cluster. Its log says what became of it.',
        when: { rollbacks: DECIDED },
        unless: { rollbacks: REFUSED },
      },
      { says: COMPLETED.says, when: { rollbacks: COMPLETED }, unless: { rollbacks: RUNS } },
      {
        says: 'Pods of tenant tenant-123 run where it has no capsule: default. It may have moved on.',
        given: OF_INVOICES,
        when: { pods: { total: 3, ready: 3, namespaces: ['default', 'tenant-123'] } },
      },
      { says: UNKNOWN_CAPSULE.says, given: OF_INVOICES, when: { capsules: UNKNOWN_CAPSULE } },
      { says: 'There is no Rollback, and the incident bot decided none.', unless: { rollbacks: DECIDED } },
    ],
  },
  'provability-fabric/false-positive': {
    well: {
      capsules: CAPSULES,
      liveness: ALL_ALIVE,
      policies: POLICIES,
      endpoints: { services: 6, without: [], says: 'Each service has a ready pod.' },
      maintenance: { found: false, data: {} },
      releases: HISTORY,
      bot: pods(1, 1),
      mode: { variables: [variable('RISK_SCORE_THRESHOLD', '0.8')] },
      flapping: log(),
    },
    rows: [
      {
        says: `The network, not the capsules: 2 of 3 capsules have no heartbeat. ${DENY_SAYS}`,
        when: { liveness: TWO_DEAD, policies: DENY },
        unless: { liveness: TWO_DEAD },
      },
      {
        says: '2 of 3 capsules have no heartbeat, and no network policy explains it. Look at the nodes and at the attestor.',
        when: { liveness: TWO_DEAD },
        unless: { liveness: TWO_DEAD, policies: DENY },
      },
      {
        says: `One capsule has no heartbeat, and 2 others have: this is no false positive of the network. ${ONE_DEAD.says}`,
        when: { liveness: ONE_DEAD },
        unless: { liveness: ONLY_DEAD },
      },
      {
        says: 'One capsule has no heartbeat, and there is no other to compare it with. Whether the network is the reason is open. None lets nothing in or out of a pod.',
        when: { liveness: ONLY_DEAD },
        unless: { liveness: ONE_DEAD },
      },
      {
        says: 'There is a maintenance window: configmap maintenance-status is there. HelmRelease provability-fabric of Flux is ready: Upgrade succeeded.',
        when: { maintenance: { found: true, data: { reason: 'Upgrade to 0.2.1' } } },
      },
      {
        says: '6 guards tripped just above the risk threshold within an hour: the threshold is too low.',
        when: { flapping: log({ matched: 6 }) },
        unless: { flapping: log({ matched: 4 }) },
      },
      { says: 'The incident bot is paused. It decides nothing until it runs again.', when: { bot: pods(0, 0) } },
      {
        says: '1 service without a ready pod: provability-fabric/ledger.',
        when: { endpoints: { without: ['provability-fabric/ledger'], says: '1 service without a ready pod: provability-fabric/ledger.' } },
        unless: { endpoints: { without: ['provability-fabric/incident-bot'] }, bot: pods(0, 0) },
      },
      {
        says: 'The incident bot has MAINTENANCE_MODE. Its code never reads it.',
        when: { mode: { variables: [variable('RISK_SCORE_THRESHOLD', '0.8'), variable('MAINTENANCE_MODE', 'true')] } },
      },
      {
        says: 'Heartbeats come through, no network policy stops them, there is no maintenance window, and no guards trip just above the threshold. Nothing here explains a false positive.',
        unless: { liveness: ONE_DEAD },
      },
    ],
  },
  'provability-fabric/guard-trip': {
    well: {
      triage: triage('0.2', '0'),
      capsules: CAPSULES,
      deployments: HISTORY,
      rollbacks: NO_ROLLBACK,
      liveness: lives([INVOICES], [], '1 of 1 capsule is alive.'),
      others: ALL_ALIVE,
    },
    rows: [
      {
        says: 'Legitimate incident. Risk 0.9 is high. Diagnose provability-fabric/containment to contain it.',
        when: { triage: triage('0.9', '4') },
        unless: { triage: MEDIUM },
      },
      {
        says: 'Undecided. The risk score is missing. Treat it as an incident until that is known. Diagnose provability-fabric/containment to contain it.',
        when: { triage: triage('', '2') },
      },
      {
        says: 'False positive: network issue. Risk 0.62 is medium, with 2 heartbeat misses. Treat it as an incident until somebody has confirmed that. Diagnose provability-fabric/containment if nobody can confirm it, and provability-fabric/false-positive if somebody does.',
        when: { triage: MEDIUM },
      },
      {
        says: 'False positive: thresholds. Risk 0.2 is low. Diagnose provability-fabric/false-positive for what to do about it.',
        unless: { triage: MEDIUM },
      },
      {
        says: 'The incident-bot decided a rollback, and the cluster refused it, so nothing was rolled back. Diagnose provability-fabric/containment to start it in the right shape.',
        when: { rollbacks: REFUSED },
        unless: { rollbacks: DECIDED },
      },
      { says: `${STUCK.says} Diagnose provability-fabric/containment.`, when: { rollbacks: STUCK }, unless: { rollbacks: RUNS } },
      {
        says: '2 capsules send no heartbeat. That speaks for the network. Diagnose provability-fabric/false-positive.',
        given: OF_INVOICES,
        when: { others: TWO_DEAD },
        unless: { others: ONE_DEAD },
      },
      {
        says: 'The platform does not roll back by itself; the playbook calls this an incident. Start the rollback by hand. Its incident-bot is paused.',
        when: { triage: triage('0.9', '4', false) },
        unless: { triage: triage('0.9', '4') },
      },
      {
        says: 'The tree calls medium risk with fewer than 3 misses a network issue, and the risk table calls a false positive unlikely. Where the playbook says nothing, or says two things, the more serious reading counts.',
        when: { triage: MEDIUM },
      },
      {
        says: 'The attestor hears nothing of the capsule.',
        given: OF_INVOICES,
        when: { liveness: ONLY_DEAD },
      },
      {
        says: 'The capsule does not run in this cluster: the event may be old, or from elsewhere.',
        when: { capsules: UNKNOWN_CAPSULE },
        // The event names none.
        unless: { capsules: { capsule_known: null } },
      },
      {
        says: 'The tenant has no capsule in this cluster.',
        when: { capsules: { tenant_known: false, namespaces: [] } },
        unless: { capsules: { tenant_known: null } },
      },
      {
        says: '1 deployment within 24 hours. provability-fabric is at revision 3 (0.2.0, deployed 2 h ago), of 3 revisions.',
        when: { deployments: { recent: 1, says: 'provability-fabric is at revision 3 (0.2.0, deployed 2 h ago), of 3 revisions.' } },
      },
    ],
  },
};
