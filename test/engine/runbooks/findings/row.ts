/** What steps answer, by step; a text says why a step is unknown. `null` for a field: it could not be read. */
export type Answers = Readonly<Record<string, Readonly<Record<string, unknown>> | string>>;

/** A finding in the order of its runbook: what it says, with what answers it holds, and with what it does not. What is not named is as where all is well. */
export interface Row {
  readonly says: string;
  /** Missing for one that holds where all is well. */
  readonly when?: Answers;
  /** Missing where it does not hold while all is well. */
  readonly unless?: Answers;
  /** What the diagnosis was given. */
  readonly given?: Readonly<Record<string, string>>;
}

/** The findings of a runbook. `well`: what its steps answer where nothing is wrong. */
export interface Table {
  readonly well: Answers;
  readonly rows: readonly Row[];
}

/** Pods of a workload, as k8s.pods answers. Those that are not ready crash. */
export function pods(ready: number, desired: number, more: Readonly<Record<string, unknown>> = {}) {
  const all = Array.from({ length: desired }, (_, i) => {
    const isReady = i < ready;
    const base = { name: `pod-${i}`, phase: 'Running', age_s: 3_600, node: 'node-1' };
    return { ...base, ready: isReady, restarts: isReady ? 0 : 7, reason: isReady ? '' : 'CrashLoopBackOff' };
  });
  const bad = all.filter((pod) => !pod.ready).map(({ name }) => `${name}: CrashLoopBackOff`);
  return { found: true, desired, ready, total: desired, restarts: bad.length * 7, problems: bad, why: bad[0] ?? '', pods: all, ...more };
}

/** Of a workload that is not there nothing else is known. */
export const NOT_THERE = {
  found: false,
  desired: undefined,
  ready: undefined,
  total: undefined,
  restarts: undefined,
  problems: undefined,
  why: undefined,
  pods: undefined,
};

/** Lines of a log, as k8s.logs answers. */
export function log(more: Readonly<Record<string, unknown>> = {}) {
  return { pods: 3, lines: 100, matched: 0, top: [], slowest: '', p95_ms: 0, fatal: '', fatal_at: '', error: '', error_at: '', ...more };
}

/** A line with which a program ends. */
export function fatal(line: string) {
  return log({ fatal: line, fatal_at: '2026-11-21 08:00:05 UTC' });
}

/** An answer over HTTP. */
export function answered(status: number, more: Readonly<Record<string, unknown>> = {}) {
  return { reachable: true, status, ok: status < 400, ms: 12, body: '', json: null, problem: '', ...more };
}

export const NO_ANSWER = { reachable: false, status: 0, ok: false, ms: 5_000, body: '', json: null, problem: 'unreachable' };
export const CONNECTED = { reachable: true, ms: 3, tool: 'nc', problem: '' };
export const REFUSED = { reachable: false, ms: 3, tool: 'nc', problem: 'refused' };
export const UNKNOWN_NAME = { reachable: false, ms: 3, tool: 'nc', problem: 'dns' };

export function disk(percent: number) {
  return { found: true, size_bytes: 100_000, used_bytes: percent * 1_000, available_bytes: 100_000 - percent * 1_000, used_percent: percent };
}

/** Connections of a PostgreSQL. */
export function pool(count: number, more: Readonly<Record<string, unknown>> = {}) {
  const idle = { idle_long: 0, idle_over_10m: 0, active: 1, idle: count - 1, idle_in_transaction: 0, by_state: {} };
  return { found: true, exhausted: false, count, max: 100, ...idle, ...more };
}

export function revisions(back_to: number) {
  return { back_to, revisions: [{ revision: 4, image: 'app:0.2.0', created: '2026-11-21T07:50:00Z', change_cause: '', current: true }] };
}
