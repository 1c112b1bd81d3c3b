/** Which row of the written runbooks a step or remedy of a built-in runbook carries out. Those that are not here only help to decide. */
export interface Rows {
  readonly diagnose: Readonly<Record<string, readonly string[]>>;
  readonly remedies: Readonly<Record<string, readonly string[]>>;
}

/** What holds for every remedy: evidence before a change, everything on the timeline. */
export const EVERYWHERE = ['AU-06', 'AU-07'] as const;

/** What remedies that watch carry out. */
export const WATCHES = 'AU-08';

export const ROWS: Readonly<Record<string, Rows>> = {
  'aureus/assess': {
    diagnose: { frontend: ['AU-02'], database: ['AU-02'], engine: ['AU-02'], events: ['AU-02'], logs: ['AU-02'], health: ['AU-02'] },
    remedies: {},
  },
  'provability-fabric/guard-trip': {
    diagnose: {
      triage: ['PF-02', 'PF-03', 'PF-04'],
      capsules: ['PF-05'],
      deployments: ['PF-06'],
      releases: ['PF-06'],
      maintenance: ['PF-07'],
      rollbacks: ['PF-08'],
      similar: ['PF-08'],
      ledger: ['PF-09'],
      bot_log: ['PF-10'],
      attestor_log: ['PF-10'],
      watcher_log: ['PF-10'],
      pods: ['PF-10'],
      events: ['PF-10'],
      liveness: ['PF-11'],
      others: ['PF-11'],
    },
    remedies: {},
  },
  'sark/assess': {
    diagnose: {
      opa: ['SK-10'],
      policies: ['SK-12'],
      database: ['SK-20'],
      connection: ['SK-21'],
      timescale: ['SK-40'],
      disk: ['SK-40'],
      stuck: ['SK-41'],
      critical: ['SK-50'],
    },
    remedies: {},
  },
  'aureus/database-connections': {
    diagnose: { pods: ['AU-20'], connection: ['AU-21'], logs: ['AU-22'], descriptions: ['AU-15'], pool: ['AU-23'] },
    remedies: { 'terminate-idle': ['AU-25'], 'scale-down-frontend': ['AU-26'], 'restart-postgres': ['AU-24'] },
  },
  'aureus/evidence-volume-full': {
    diagnose: { volumes: ['AU-30'], disk: ['AU-31'], largest: ['AU-32'], retention: ['AU-36'] },
    remedies: { archive: ['AU-33'], expand: ['AU-34'], 'clean-up': ['AU-35'] },
  },
  'aureus/frontend-down': {
    diagnose: {
      pods: ['AU-10'],
      deployment: ['AU-10'],
      logs: ['AU-10', 'AU-15'],
      before_crash: ['AU-15'],
      descriptions: ['AU-15'],
      history: ['AU-13'],
    },
    remedies: { restart: ['AU-11', 'AU-14', 'AU-15'], 'scale-up': ['AU-12'], rollback: ['AU-13', 'AU-14'] },
  },
  'aureus/policy-engine-failure': {
    diagnose: {
      engine: ['AU-40'],
      denials: ['AU-41'],
      probe: ['AU-42'],
      engine_log: ['AU-15'],
      engine_pods: ['AU-15'],
      frontend_log: ['AU-15'],
      frontend_pods: ['AU-15'],
    },
    remedies: { bypass: ['AU-43', 'AU-44', 'AU-47', 'AU-48', 'AU-49'], 'reload-policies': ['AU-46'], 'flush-cache': ['AU-45'] },
  },
  'aureus/rate-limiting': {
    diagnose: { log: ['AU-50'], keys: ['AU-51'] },
    remedies: { 'raise-limits': ['AU-52', 'AU-55'], 'clear-user': ['AU-53'], disable: ['AU-54', 'AU-55'] },
  },
  'provability-fabric/after': {
    diagnose: { bot: ['PF-33'], controller: ['PF-33'] },
    remedies: { 'apply-rules': ['PF-31'], 'propose-rules': ['PF-31'], 'set-threshold': ['PF-14'] },
  },
  'provability-fabric/containment': {
    diagnose: {
      rollbacks: ['PF-20'],
      usage: ['PF-25'],
      pods: ['PF-23'],
      policies: ['PF-23'],
      watcher_log: ['PF-24'],
      attestor_log: ['PF-24'],
    },
    remedies: { 'start-controller': ['PF-20'], 'start-rollback': ['PF-21'], isolate: ['PF-22'] },
  },
  'provability-fabric/false-positive': {
    diagnose: { policies: ['PF-12'], endpoints: ['PF-12'], flapping: ['PF-14'] },
    remedies: {
      'pause-bot': ['PF-12'],
      'resume-bot': ['PF-12'],
      'maintenance-on': ['PF-13'],
      'maintenance-off': ['PF-13'],
      'raise-threshold': ['PF-14'],
    },
  },
  'sark/audit-events-missing': {
    diagnose: { pods: ['SK-40'], connection: ['SK-40'], disk: ['SK-40'], batches: ['SK-41'], hours: ['SK-43'] },
    remedies: { 'extend-volume': ['SK-42'], compress: ['SK-42'] },
  },
  'sark/database-connection-failure': {
    diagnose: { pods: ['SK-20'], log: ['SK-20'], connection: ['SK-21'], pool: ['SK-24'] },
    remedies: { 'restart-pod': ['SK-22'], 'scale-api': ['SK-23'] },
  },
  'sark/high-latency': {
    diagnose: { load: ['SK-30'], latency: ['SK-30'], slow: ['SK-31'], opa: ['SK-32'], cache: ['SK-34'], plans: ['SK-35'] },
    remedies: { 'scale-out': ['SK-33'] },
  },
  'sark/policy-evaluation-failure': {
    diagnose: { opa: ['SK-10'], log: ['SK-11'], policies: ['SK-12'], decision: ['SK-12'], changes: ['SK-16'], history: ['SK-14'] },
    remedies: { 'scale-opa': ['SK-13'], 'roll-back': ['SK-14'], 'fail-open': ['SK-15'] },
  },
  'sark/security-incident': {
    diagnose: { critical: ['SK-50'] },
    remedies: { 'disable-server': ['SK-51'], 'rotate-key': ['SK-52'] },
  },
};

/** Every row about diagnosis, change and their record that a built-in runbook has to carry out. */
export const WANTED: readonly string[] = [
  ...ids('AU', '02 06 07 08 10 11 12 13 14 15 20 21 22 23 24 25 26 30 31 32 33 34 35 36 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55'),
  ...ids('PF', '02 03 04 05 06 07 08 09 10 11'),
  ...ids('SK', '10 11 12 13 14 15 16 20 21 22 23 24 30 31 32 33 34 35 40 41 42 43 50 51 52'),
  ...ids('PF', '12 13 14 20 21 22 23 24 25 31 33'),
];

function ids(prefix: string, numbers: string): string[] {
  return numbers.split(' ').map((number) => `${prefix}-${number}`);
}
