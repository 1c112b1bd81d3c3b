import type { Alert } from '../../domain/alert/alerts.ts';
import { clamp } from '../../lib/clamp.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import { ALERT_WATCH } from '../run-kinds.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import type { Trigger } from '../runbooks/load/schema.ts';
import { type DeclaringDeps, declareByRule, placeFor } from './declaring.ts';
import { type Look, lookAt } from './looking.ts';

const MINUTE = 60_000;
/** Between two looks whether an alert is over (ms): soon at first, and never longer apart than this. */
const LOOKS = [MINUTE, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE];
/** An alert that goes on longer than this (ms) is not looked at any more. */
const LOOK_FOR = 7 * 24 * 60 * MINUTE;

export interface WatchingDeps extends DeclaringDeps {
  /** Within what time (ms) somebody has to take an alert. */
  readonly respondMs: (service: string, severity: Alert['severity']) => number;
}

/** The run of one alert: waits until it counts, puts it under an open incident, calls when nobody takes it, looks until it is over. */
export function watchAlertRun(deps: WatchingDeps): Run {
  const { runbooks, alerts } = deps;
  const { store } = runbooks;
  return ALERT_WATCH.does(async (run, { alert: id }) => {
    const terms = await run.step('terms', async () => {
      const alert = await alerts.find(id);
      if (alert === null) return null;
      const trigger = triggerOf(runbooks, alert.runbook, alert.trigger);
      const wait = alert.watchedUntil === null ? 0 : Math.max(0, alert.watchedUntil - (await store.now()));
      return {
        wait,
        watched: alert.status === 'watching',
        confirm: trigger?.confirm ?? null,
        recovers: trigger?.recovers ?? null,
        respond: alert.dueAt - Math.max(alert.openedAt, alert.watchedUntil ?? 0),
      };
    });
    if (terms === null) return;
    if (terms.watched) {
      await run.sleep('lasting', terms.wait);
      const lasts = await run.writeAfter(
        'confirm',
        () => confirmed(deps, id, terms.confirm),
        async (tx, look) => {
          await alerts.tell(tx, { type: look.holds ? 'confirm' : 'dismiss', alert: id, summary: look.summary });
          return look.holds;
        },
      );
      if (!lasts) return;
    }
    await run.writeAfter(
      'attach',
      () => placeFor(deps, id),
      async (tx, place) => {
        if (place?.incident != null) await alerts.attach(tx, place.alert, place.incident, null);
        else if (place !== null) await declareByRule(deps, tx, place);
        return true;
      },
    );
    await Promise.all([callInTime(deps, run, id, terms.respond), lookUntilOver(deps, run, id, terms.recovers)]);
  });
}

/** Nothing overdue is silent. */
async function callInTime({ alerts }: WatchingDeps, run: RunContext, id: string, ms: number): Promise<void> {
  await run.sleep('respond', ms);
  await run.write('overdue', async (tx) => {
    await alerts.tell(tx, { type: 'overdue', alert: id });
    return true;
  });
}

/** Looks, ever less often, until the alert is over by what its trigger says of that. */
async function lookUntilOver({ runbooks, alerts }: WatchingDeps, run: RunContext, id: string, recovers: string | null): Promise<void> {
  if (recovers === null) return;
  let waited = 0;
  for (let round = 0; waited < LOOK_FOR; round += 1) {
    const ms = LOOKS[Math.min(round, LOOKS.length - 1)] ?? MINUTE;
    await run.sleep(`look:${round}`, ms);
    waited += ms;
    const over = await run.writeAfter(
      `looked:${round}`,
      async () => {
        const alert = await alerts.find(id);
        return alert === null ? null : { key: alert.key, look: await lookAt(runbooks, alert, recovers) };
      },
      async (tx, seen) => {
        if (seen === null) return true;
        if (seen.look?.holds !== true) return false;
        await alerts.tell(tx, { type: 'recover', key: seen.key, summary: seen.look.summary });
        return true;
      },
    );
    if (over) return;
  }
}

/** What cannot be looked at counts as an alert: silence would be the worse mistake. */
async function confirmed({ runbooks, alerts }: WatchingDeps, id: string, expression: string | null): Promise<Look> {
  const alert = await alerts.find(id);
  if (expression === null) return { holds: true, summary: alert?.summary ?? '' };
  const look = (alert === null ? null : await lookAt(runbooks, alert, expression)) ?? {
    holds: true,
    summary: 'It could not be checked again, so it counts.',
  };
  return look.holds && alert !== null ? { holds: true, summary: clamp(`${alert.summary}\n${look.summary}`, 1_500) } : look;
}

function triggerOf(runbooks: RunbookDeps, id: string | null, index: number | null): Trigger | null {
  return (id === null || index === null ? null : runbooks.catalogue.get(id)?.triggers[index]) ?? null;
}
