import type { TocsinError } from '../domain/errors.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { OpsServer } from '../ops/server.ts';
import type { ReportUnexpected } from '../ops/survival.ts';
import type { Store } from '../ports/store.ts';
import type { Database, DatabaseTarget } from '../store/database.ts';
import type { StoreQueue } from '../store/queue.ts';

/** A running Tocsin, as main, the local workspace and the tests see it. */
export interface Tocsin {
  readonly store: Store;
  readonly database: Database;
  readonly incidents: Incidents;
  readonly queue: StoreQueue;
  readonly metrics: Metrics;
  readonly ops: OpsServer;
  /** The port of HTTP delivery; `null` in Socket Mode. */
  readonly slackPort: number | null;
  /** The port that webhooks come in by; `null` when none are taken. */
  readonly intakePort: number | null;
  /** Takes note of an error that nothing handles. */
  readonly unexpected: ReportUnexpected;
  /** Resolves with why the bot has to end, if it has to. */
  readonly mustEnd: Promise<TocsinError>;
  /** Takes nothing new, finishes what is at work, closes everything. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Another database than the configuration says: tests keep theirs in memory. */
  readonly database?: DatabaseTarget;
  /** For a Slack with other limits than the published ones, or with none. */
  readonly editsPerMinute?: number;
  /** How many messages it posts in channels in a minute at most; what Slack takes unless told. */
  readonly postsPerMinute?: number;
  /** ms of a clock that only goes forward, for a workspace whose clock is moved; this machine's when unset. */
  readonly elapsed?: () => number;
  /**
   * The platforms are the simulated ones of the local workspace: a drill breaks and changes them. Nothing in the configuration can say so. `inject`: breaks
   * (`on`) or mends one.
   */
  readonly simulated?: { readonly inject: (fault: string, on: boolean) => Promise<void> };
}
