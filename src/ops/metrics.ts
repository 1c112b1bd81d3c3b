import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Tocsin's metrics, in Prometheus' naming. Gauges read their value when they are scraped. */
export interface Metrics {
  readonly registry: Registry;
  readonly commands: Counter<'command' | 'outcome'>;
  readonly rejected: Counter<'reason'>;
  readonly payloads: Counter<'delivery'>;
  readonly breaches: Counter<'target'>;
  readonly messagesFailed: Counter<'template'>;
  readonly slackFailures: Counter<'reason'>;
  readonly jobErrors: Counter<'queue'>;
  readonly forks: Counter<'stream'>;
  readonly altered: Counter;
  readonly unexpected: Counter<'kind'>;
  /** Adds a gauge whose value is asked for at each scrape. */
  gauge(name: string, help: string, read: () => Promise<number> | number): void;
}

/** A registry of its own for each instance, so that several can live in one process (tests). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) => new Counter({ name, help, labelNames, registers: [registry] });
  return {
    registry,
    commands: counter('tocsin_commands_total', 'Payloads worked on, by command and outcome.', ['command', 'outcome']),
    rejected: counter('tocsin_rejected_payloads_total', 'Payloads turned away before anything was stored.', ['reason']),
    payloads: counter('tocsin_payloads_total', 'Payloads stored, and redeliveries recognised.', ['delivery']),
    breaches: counter('tocsin_breaches_total', 'Missed targets: acknowledgements, updates, reviews and notices to customers.', ['target']),
    messagesFailed: counter('tocsin_messages_failed_total', 'Messages and edits that Slack refused, or took as text only.', ['template']),
    slackFailures: counter('tocsin_slack_failures_total', 'Calls that failed because Slack could not be talked to at all.', ['reason']),
    jobErrors: counter('tocsin_job_errors_total', 'Attempts at a job that failed and are tried again.', ['queue']),
    forks: counter('tocsin_evidence_forks_total', 'Streams whose evidence store holds other bytes than the database.', ['stream']),
    altered: counter('tocsin_database_altered_total', 'Times that something in the database did not fit its MAC.', []),
    unexpected: counter('tocsin_unexpected_errors_total', 'Errors that nothing handles; the process keeps running.', ['kind']),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          // What cannot be read now must not take all others with it.
          try {
            this.set(await read());
          } catch {
            this.set(Number.NaN);
          }
        },
      });
    },
  };
}
