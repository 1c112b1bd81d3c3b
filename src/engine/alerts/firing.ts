import type { Alert, FiredAlert } from '../../domain/alert/alerts.ts';
import { clamp } from '../../lib/clamp.ts';
import type { Runbook } from '../runbooks/load/runbook.ts';
import type { Trigger } from '../runbooks/load/schema.ts';
import type { Told } from './signal.ts';

export interface FiringOptions {
  readonly key: string;
  readonly service: string;
  /** With the trigger that it was; `null` when no runbook knows of it. */
  readonly runbook: Runbook | null;
  readonly trigger: Trigger | null;
  readonly index: number | null;
  readonly told: Told;
  readonly respondMs: (service: string, severity: Alert['severity']) => number;
  /** The severity where neither the sender nor a runbook says one. */
  readonly severity?: Alert['severity'];
  /** The severity of the incident that every alert of the service opens by rule; `null` or missing where there is no such rule. */
  readonly declare?: Alert['severity'] | null;
}

/** What is fired: what was told, with what the runbook's trigger says of it. */
export function firedOf({
  key,
  service,
  runbook,
  trigger,
  index,
  told,
  respondMs,
  severity: byDefault = 'P2',
  declare: always = null,
}: FiringOptions): FiredAlert {
  const severity = trigger?.severity ?? told.severity ?? runbook?.severity ?? byDefault;
  const declare = trigger?.declare ?? always;
  return {
    key,
    service,
    severity,
    runbook: runbook?.id ?? null,
    trigger: index,
    source: told.source,
    title: clamp(trigger?.title ?? runbook?.title ?? told.title, 150),
    summary: clamp(told.summary, 1_500),
    component: trigger?.component ?? null,
    links: told.links.slice(0, 5).map(({ title, url }) => ({ title, url })),
    lastsMs: trigger?.lasting ?? 0,
    respondMs: respondMs(service, severity),
    ...(told.labels === undefined || Object.keys(told.labels).length === 0 ? {} : { labels: told.labels }),
    ...(declare === null ? {} : { declare }),
  };
}
