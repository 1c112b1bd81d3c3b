import type { Platforms } from '../../demo/platforms.ts';
import { compareControls } from '../../src/actions/drift/compare.ts';

/** People of the local workspace: ada is on call and commands, grace is an SRE too, marie is security. */
export const ADA = 'U0ADA';
const GRACE = 'U0GRACE';
const MARIE = 'U0MARIE';

const CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
const BRANCH = 'tune-guardrails';
const CAPSULE = `sha256:${'3f'.repeat(32)}`;
const KNOWLEDGE = 'archive/full-export.json';
/** CloudTrail shows an event up to 15 minutes after it (docs.aws.amazon.com): before that, nobody can know who did it. */
const TRAIL = 17;
/** What the drift's runbook asks for after any drift, whatever its cause was; none of it mends anything. */
const PAPERWORK = ['tag-evidence', 'alert-on-changes', 'mend-code-owners'];

/**
 * What must be said of one failure, and what must be done. It comes from the platform's written runbook and from what the failure is, never
 * from what the bot says.
 */
export interface Expected {
  /** Where the written runbook has it. */
  readonly source: string;
  readonly service: string;
  readonly severity: 'P0' | 'P1' | 'P2';
  /** What whoever declares the incident sees of it. */
  readonly symptom: string;
  readonly runbook: string;
  /** The headline of the diagnosis must say this. */
  readonly cause: RegExp;
  /** What the headline must not say, for it is not so. */
  readonly never?: RegExp;
  /** The remedy that must be offered first; `null` where none of the written runbook mends it. */
  readonly remedy: string | null;
  /** Where none mends it: what may be offered all the same. */
  readonly mayOffer?: readonly string[];
  /** Who has to press Approve. Who asks for a destructive remedy as the commander has approved by asking. */
  readonly approvers: readonly string[];
  /** What somebody puts into the form of the remedy, by the argument's name, having read the diagnosis. */
  readonly fills?: (read: string) => Readonly<Record<string, string>>;
  /** Whether the failure has come to what people notice, where that takes the platform a while. */
  readonly bites?: (platforms: Platforms) => boolean;
  /** Minutes from then until somebody looks. */
  readonly after?: number;
  /** Minutes from the diagnosis until somebody presses the remedy's button. */
  readonly waits?: number;
  /** Whether the platform is well, where its list of failures does not say so. */
  readonly well?: (platforms: Platforms) => boolean;
  /** The same besides what its list of failures says. */
  readonly works?: (platforms: Platforms) => boolean;
  /** What people do outside of Slack while a remedy waits for them. */
  readonly others?: (platforms: Platforms) => void;
}

/** Every failure of the local workspace, by its id. */
export const TABLE: Readonly<Record<string, Expected>> = {
  'frontend-down': {
    source: 'aureus.md, Scenario 1: “Option C: Rollback to previous version”; a restart starts the same bad release again',
    service: 'aureus',
    severity: 'P0',
    symptom: 'All user requests fail with 502',
    runbook: 'aureus/frontend-down',
    cause: /^(?=.*crash)(?=.*(?:release|version|revision|image))/is,
    never: /not in this cluster/i,
    remedy: 'rollback',
    approvers: [ADA],
    bites: (platforms) => readyOf(platforms, 'aureus', 'aureus-frontend') === 0,
  },
  'postgres-connections-exhausted': {
    source: 'aureus.md, Scenario 2: “Option B: Kill idle connections”; A is the last resort, and C takes two thirds of the frontend away',
    service: 'aureus',
    severity: 'P1',
    symptom: 'Queries time out: cannot connect to database',
    runbook: 'aureus/database-connections',
    cause: /\b\d+ of \d+ connections\b/i,
    never: /no postgres pod is ready|no postgres workload/i,
    remedy: 'terminate-idle',
    approvers: [GRACE],
  },
  'evidence-volume-full': {
    source: 'aureus.md, Scenario 3: “Option A: Archive old evidence to S3”',
    service: 'aureus',
    severity: 'P1',
    symptom: 'Evidence packs fail to save: disk full',
    runbook: 'aureus/evidence-volume-full',
    cause: /evidence volume.*\bfull\b/i,
    remedy: 'archive',
    approvers: [ADA],
  },
  'policy-engine-down': {
    source: 'aureus.md, Scenario 4: “Option C: Reload policies from config”; A is for extreme situations only, and B loses what is cached',
    service: 'aureus',
    severity: 'P1',
    symptom: 'All queries are blocked: policy check failed',
    runbook: 'aureus/policy-engine-failure',
    cause: /policy engine/i,
    never: /no policy engine workload/i,
    remedy: 'reload-policies',
    approvers: [ADA],
    bites: (platforms) => readyOf(platforms, 'aureus', 'aureus-policy-engine') === 0,
  },
  'rate-limits-false': {
    source: 'aureus.md, Scenario 5: “Option A: Temporarily increase limits (requires approval)”',
    service: 'aureus',
    severity: 'P2',
    symptom: 'Legitimate users are blocked: rate limit exceeded',
    runbook: 'aureus/rate-limiting',
    cause: /rate.?limit/i,
    remedy: 'raise-limits',
    approvers: [GRACE],
  },
  'opa-down': {
    source: 'sark.md, 1: “If OPA pods are down: scale deploy/opa --replicas=5”',
    service: 'sark',
    severity: 'P1',
    symptom: 'Authorization decisions fail',
    runbook: 'sark/policy-evaluation-failure',
    cause: /\bOPA pods?\b.*\b(?:ready|down|killed|memory)\b/i,
    never: /corrupt\.|They are corrupt|no OPA deployment/i,
    remedy: 'scale-opa',
    approvers: [ADA],
    bites: (platforms) => readyOf(platforms, 'sark-system', 'opa') === 0,
  },
  'opa-corrupt': {
    source: 'sark.md, 1: “If policy is corrupt: rollout undo deployment/opa”',
    service: 'sark',
    severity: 'P1',
    symptom: 'Authorization decisions fail with 500 errors from OPA',
    runbook: 'sark/policy-evaluation-failure',
    cause: /\bcorrupt\b/i,
    never: /No OPA pod is ready|OPA does not answer/i,
    remedy: 'roll-back',
    approvers: [ADA],
    bites: (platforms) => isRolledOut(platforms, 'sark-system', 'opa'),
  },
  'database-down': {
    source: 'sark.md, 2: “Restart database pod if needed: delete pod postgres-0”',
    service: 'sark',
    severity: 'P1',
    symptom: 'The API returns 500 errors: connection refused',
    runbook: 'sark/database-connection-failure',
    cause: /(?:database pod is not ready|cannot open a connection to the database)/i,
    never: /no postgres workload/i,
    remedy: 'restart-pod',
    approvers: [GRACE],
  },
  latency: {
    source: 'sark.md, 3: “Scale horizontally: scale deployment/sark-api --replicas=10”',
    service: 'sark',
    severity: 'P2',
    symptom: 'Responses are slow, clients time out',
    runbook: 'sark/high-latency',
    cause: /p95.*\b\d+ ms\b/i,
    remedy: 'scale-out',
    approvers: [ADA],
  },
  'audit-gap': {
    source: 'sark.md, 4: “Check batch processing”; the disk is not full, and the written runbook has nothing else that mends',
    service: 'sark',
    severity: 'P1',
    symptom: 'The compliance dashboard shows no audit events',
    runbook: 'sark/audit-events-missing',
    cause: /\b(?:audit_batch\w*|batch\w*|flush\w*|writers?)\b/i,
    never: /% full|each of the last 24 hours has audit events/i,
    remedy: null,
    approvers: [],
  },
  'timescale-disk-full': {
    source: 'sark.md, 4: “If disk full: extend PVC or enable compression”',
    service: 'sark',
    severity: 'P1',
    symptom: 'Audit events are missing in TimescaleDB',
    runbook: 'sark/audit-events-missing',
    cause: /TimescaleDB.*\bfull\b/i,
    remedy: 'extend-volume',
    // A volume cannot be made smaller again: what has no way back is destructive, and two people decide.
    approvers: [GRACE],
  },
  'compromised-server': {
    source: 'sark.md, 5: “Isolate affected resources: disable compromised server”',
    service: 'sark',
    severity: 'P0',
    symptom: 'A server makes suspicious tool invocations',
    runbook: 'sark/security-incident',
    cause: /\bCRITICAL\b/,
    never: /No CRITICAL/i,
    remedy: 'disable-server',
    approvers: [MARIE],
    fills: (read) => ({ server: mostFrequent(read, /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g) }),
  },
  'guardrail-console-change': {
    source: 'vaultmesh-oracle.md, Scenario A: “Revert remote to source of truth: make guardrails”',
    service: 'vaultmesh-oracle',
    severity: 'P1',
    symptom: 'Guardrail Drift failed',
    runbook: 'vaultmesh-oracle/guardrail-drift',
    cause: /by hand.*\bmallory\b/is,
    never: /\bB: |\bC: |False alarm/,
    remedy: 'apply-source',
    approvers: [MARIE],
    after: TRAIL,
    works: inSync,
  },
  'guardrail-source-on-branch': {
    source: 'vaultmesh-oracle.md, Scenario B: “Create a PR with the local changes”, lint, “merge after review by security”',
    service: 'vaultmesh-oracle',
    severity: 'P1',
    symptom: 'Guardrail Drift failed',
    runbook: 'vaultmesh-oracle/guardrail-drift',
    cause: /without a pull request.*\btune-guardrails\b/is,
    never: /\bA: |\bC: |False alarm/,
    remedy: 'open-pull-request',
    approvers: [ADA],
    fills: () => ({ branch: BRANCH }),
    after: TRAIL,
    works: (platforms) => inSync(platforms) && pullOf(platforms)?.state !== 'open',
    others: reviewAndMerge,
  },
  'guardrail-race': {
    source: 'vaultmesh-oracle.md, Scenario C: “Re-run the workflow manually; confirm it passes”, after five minutes',
    service: 'vaultmesh-oracle',
    severity: 'P1',
    symptom: 'Guardrail Drift failed',
    runbook: 'vaultmesh-oracle/guardrail-drift',
    cause: /\brace\b/i,
    never: /\bA: |\bB: |False alarm/,
    remedy: 'rerun-workflow',
    approvers: [ADA],
    // The race is past as soon as it is seen; what is left of it is that the workflow is red.
    well: (platforms) => inSync(platforms) && driftPasses(platforms),
  },
  'guardrail-shape-only': {
    source: 'vaultmesh-oracle.md has nothing for an alarm without a drift: live is what its source says, and nothing is to be applied',
    service: 'vaultmesh-oracle',
    severity: 'P1',
    symptom: 'Guardrail Drift failed',
    runbook: 'vaultmesh-oracle/guardrail-drift',
    cause: /false alarm/i,
    never: /\bA: |\bB: |\bC: |still differ/,
    remedy: null,
    mayOffer: PAPERWORK,
    approvers: [],
    after: TRAIL,
  },
  'sync-access-denied': {
    source: 'vaultmesh-oracle.md, Sync Failed: “data source role lacks s3:GetObject”; a person has to grant it, and a retry fails again',
    service: 'vaultmesh-qbusiness',
    severity: 'P2',
    symptom: 'SyncFailed alarm: answers are out of date',
    runbook: 'vaultmesh-qbusiness/sync-failed',
    cause: /s3:GetObject/,
    remedy: null,
    approvers: [],
  },
  'sync-timeout': {
    source: 'vaultmesh-qbusiness.md, 3: “Rollback via S3 versioning … restore the last known good”; a retry meets the same document again',
    service: 'vaultmesh-qbusiness',
    severity: 'P2',
    symptom: 'SyncFailed alarm: answers are out of date',
    runbook: 'vaultmesh-qbusiness/sync-failed',
    cause: /full-export\.json/,
    remedy: 'rollback',
    approvers: [MARIE],
    fills: () => ({ prefix: KNOWLEDGE, remove_later: 'yes' }),
    works: newestSyncSucceeded,
  },
  'sync-throttled': {
    source: 'vaultmesh-oracle.md, Sync Failed: “Q Business service throttling (rare)” and “Retry sync manually”; it passes in ten minutes',
    service: 'vaultmesh-qbusiness',
    severity: 'P2',
    symptom: 'SyncFailed alarm: answers are out of date',
    runbook: 'vaultmesh-qbusiness/sync-failed',
    cause: /throttl/i,
    remedy: 'start-sync',
    approvers: [ADA],
    after: 4,
    waits: 10,
    works: newestSyncSucceeded,
  },
  'sync-failed-alarm': {
    source: 'vaultmesh-qbusiness.md, Trigger conditions: the alarm fires; the newest sync has succeeded, so that no remedy mends a sync',
    service: 'vaultmesh-qbusiness',
    severity: 'P2',
    symptom: 'SyncFailed alarm',
    runbook: 'vaultmesh-qbusiness/sync-failed',
    cause: /QBusinessSyncFailed.*\b(?:ALARM|fir(?:es|ing))\b|\balarms?\b.*\bfir(?:es|ing)\b.*QBusinessSyncFailed/is,
    never: /newest sync is FAILED|cannot fire/i,
    remedy: null,
    approvers: [],
  },
  'no-sync-alert': {
    source: 'vaultmesh-oracle.md, Sync Failed > 24h: “Retry sync manually: make sync”',
    service: 'vaultmesh-oracle',
    severity: 'P2',
    symptom: 'No-Sync Daily failed',
    runbook: 'vaultmesh-oracle/sync-stale',
    cause: /no sync has succeeded for \d+ hours/i,
    remedy: 'start-sync',
    approvers: [ADA],
    works: newestSyncSucceeded,
  },
  'guard-trip-low': {
    source: 'provability-fabric.md, Triage: “Low Risk < 0.5: False Positive”; one miss is “Likely network issue”, and nothing is to be mended',
    service: 'provability-fabric',
    severity: 'P2',
    symptom: 'A guard tripped with a low risk',
    runbook: 'provability-fabric/false-positive',
    cause: /Heartbeats come through/,
    never: /network, not the capsules|maintenance window:/i,
    remedy: null,
    approvers: [],
  },
  'guard-trip-medium': {
    source: 'provability-fabric.md, Triage: “< 3 misses: False Positive - Network Issue”; the network is well, and nothing is to be mended',
    service: 'provability-fabric',
    severity: 'P2',
    symptom: 'A guard tripped with a medium risk',
    runbook: 'provability-fabric/false-positive',
    cause: /Heartbeats come through/,
    never: /network, not the capsules|maintenance window:/i,
    remedy: null,
    approvers: [],
  },
  'guard-trip-high': {
    source: 'provability-fabric.md, Legitimate Incident Response: “Check if rollback was triggered”; it was not, so that one is started by hand',
    service: 'provability-fabric',
    severity: 'P1',
    symptom: 'A guard tripped with a high risk',
    runbook: `provability-fabric/containment capsule=${CAPSULE} tenant=tenant-123`,
    cause: /decided a rollback.*refused/is,
    remedy: 'start-rollback',
    approvers: [MARIE],
  },
  'network-false-positive': {
    source: 'provability-fabric.md, Scenario 1: “Pause incident-bot temporarily”; the network itself is somebody else’s to mend',
    service: 'provability-fabric',
    severity: 'P2',
    symptom: 'Guards of several capsules trip at once',
    runbook: 'provability-fabric/false-positive',
    cause: /network.*deny-all-egress/is,
    remedy: 'pause-bot',
    approvers: [ADA],
    well: botIsPaused,
  },
  'maintenance-window': {
    source: 'provability-fabric.md, Scenario 2: “Temporarily disable automation”; its MAINTENANCE_MODE is never read, and to pause the bot works',
    service: 'provability-fabric',
    severity: 'P2',
    symptom: 'Guards trip during an upgrade',
    runbook: 'provability-fabric/false-positive',
    cause: /maintenance window/i,
    remedy: 'pause-bot',
    approvers: [ADA],
    well: botIsPaused,
  },
  'flapping-threshold': {
    source: 'provability-fabric.md, Scenario 3: “Adjust thresholds temporarily”: 0.9',
    service: 'provability-fabric',
    severity: 'P2',
    symptom: 'Guards trip again and again, and nothing is wrong',
    runbook: 'provability-fabric/false-positive',
    cause: /just above the risk threshold/i,
    remedy: 'raise-threshold',
    approvers: [MARIE],
  },
  'rollback-stuck': {
    source: 'provability-fabric.md: “Monitor rollback progress”; without its controller there is none',
    service: 'provability-fabric',
    severity: 'P1',
    symptom: 'A rollback does not come to its end',
    runbook: 'provability-fabric/containment',
    cause: /does not begin: the rollback controller has no ready pod/i,
    remedy: 'start-controller',
    approvers: [ADA],
  },
  'rollback-refused': {
    source: 'provability-fabric.md: “Check if rollback was triggered”; what the bot wrote is refused, so that one is started by hand',
    service: 'provability-fabric',
    severity: 'P1',
    symptom: 'A guard tripped, and nothing is rolled back',
    runbook: `provability-fabric/containment capsule=${CAPSULE} tenant=tenant-123`,
    cause: /spec\.targetRelease/,
    remedy: 'start-rollback',
    approvers: [MARIE],
  },
  exfiltration: {
    source: 'provability-fabric.md, Containment: “Isolate affected capsule”; Investigation: “Check for data exfiltration”',
    service: 'provability-fabric',
    severity: 'P1',
    symptom: 'A capsule sends out more than usual',
    runbook: `provability-fabric/containment capsule=${CAPSULE} tenant=tenant-123`,
    cause: /far more than usual/i,
    remedy: 'isolate',
    approvers: [MARIE],
  },
  'github-rate-limited': {
    source: 'No written runbook: GitHub cannot be read, so that what hangs on it is not known, and nothing is to be concluded from it',
    service: 'vaultmesh-oracle',
    severity: 'P1',
    symptom: 'Guardrail Drift failed',
    runbook: 'vaultmesh-oracle/guardrail-drift',
    cause: /rate limit/i,
    never: /\bA: |\bB: |\bC: |False alarm|CODEOWNERS does not name|does not require a review/,
    remedy: null,
    mayOffer: PAPERWORK,
    approvers: [],
  },
};

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly readyReplicas?: number; readonly updatedReplicas?: number };
}

function workloads({ kubernetes }: Platforms): readonly Deployment[] {
  return ['deployments.apps', 'statefulsets.apps'].flatMap((resource) => kubernetes.cluster.list(resource) as unknown as readonly Deployment[]);
}

/** Whether every workload of the cluster has all of its pods, each of them ready. */
export function allReady(platforms: Platforms): boolean {
  return workloads(platforms).every(({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1));
}

function named(platforms: Platforms, namespace: string, name: string): Deployment | undefined {
  return workloads(platforms).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

function readyOf(platforms: Platforms, namespace: string, name: string): number {
  return named(platforms, namespace, name)?.status?.readyReplicas ?? 0;
}

/** Whether all pods are of the newest template, and ready. */
function isRolledOut(platforms: Platforms, namespace: string, name: string): boolean {
  const deployment = named(platforms, namespace, name);
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  return replicas === (deployment?.spec.replicas ?? 1) && readyReplicas === replicas && updatedReplicas === replicas;
}

function botIsPaused(platforms: Platforms): boolean {
  const bot = named(platforms, 'monitoring', 'incident-bot');
  return bot?.spec.replicas === 0 && (bot.status?.replicas ?? 0) === 0;
}

function inSync({ vaultmesh }: Platforms): boolean {
  const compared = compareControls(vaultmesh.github.repository.file(CONTROLS) ?? '', vaultmesh.aws.vaultmesh.chatControls(), 'source', 'live');
  return compared.known && compared.equal;
}

/** Whether the newest run of the drift workflow has passed, on the newest commit. */
function driftPasses({ vaultmesh }: Platforms): boolean {
  const { repository } = vaultmesh.github;
  const newest = repository.runs().findLast(({ workflow }) => workflow.endsWith('guardrail-drift.yml'));
  return newest?.conclusion === 'success' && newest.sha === repository.head();
}

function newestSyncSucceeded({ vaultmesh }: Platforms): boolean {
  return vaultmesh.aws.vaultmesh.syncJobs()[0]?.status === 'SUCCEEDED';
}

function pullOf({ vaultmesh }: Platforms): { readonly number: number; readonly state: string } | undefined {
  return vaultmesh.github.repository.pulls().findLast(({ head }) => head === BRANCH);
}

/** Somebody of security reviews the pull request and merges it once Guardrail Lint has passed. */
function reviewAndMerge(platforms: Platforms): void {
  const pull = pullOf(platforms);
  if (pull?.state !== 'open') return;
  const hedy = platforms.vaultmesh.github.as('hedy');
  hedy.approve(pull.number);
  try {
    hedy.merge(pull.number);
  } catch {
    // The lint is still under way; it is tried again in a minute.
  }
}

/** What a text names most often: of all ids in a table of events, the one that they are about. */
function mostFrequent(text: string, pattern: RegExp): string {
  const found = Map.groupBy(text.match(pattern) ?? [], (one) => one);
  return [...found].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? '';
}
