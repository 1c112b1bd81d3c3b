import { type Alert, isTaken } from '../../domain/alert/alerts.ts';
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
        ...endingOf(trigger),
        respond: alert.dueAt - Math.max(alert.openedAt, alert.watchedUntil ?? 0),
      };
    });
    if (terms === null) return;
    if (terms.watched) {
      await run.sleep('lasting', terms.wait);
      const lasts = await run.writeAfter(
        'confirm',
        () => confirmed(deps, id, terms),
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
    await Promise.all([callInTime(deps, run, id, terms), lookUntilOver(deps, run, id, terms.recovers)]);
  });
}

/** What a trigger says of the end of its alert. */
interface Ending {
  /** Whether it is an alert at all. */
  readonly confirm: string | null;
  /** Whether it is over, looked at regularly; `null` where the source itself or a schedule tells that. */
  readonly recovers: string | null;
  /** The same before anybody is called for it; a run of the release before has not kept it. */
  readonly over?: string | null;
}

/** What is no alert any more calls nobody, also where a trigger says only what is one. What has a schedule is looked at by that. */
function endingOf(trigger: Trigger | null): Ending {
  const { confirm = null, recovers = null } = trigger ?? {};
  const none = confirm === null ? null : `!(${confirm})`;
  const over = recovers === null || none === null ? (recovers ?? none) : `(${recovers}) || ${none}`;
  return { confirm, recovers: recovers ?? (trigger?.schedule === undefined ? none : null), over };
}

/** Nothing overdue is silent, and nobody is called for what is over by its own look. */
async function callInTime(
  { runbooks, alerts }: WatchingDeps,
  run: RunContext,
  id: string,
  { respond, over, recovers }: Ending & { readonly respond: number },
): Promise<void> {
  await run.sleep('respond', respond);
  await run.writeAfter(
    'overdue',
    async () => {
      const alert = await alerts.find(id);
      const ends = over ?? recovers;
      // Who is on it already is called by nothing.
      const look = alert === null || ends === null || isTaken(alert) ? null : await lookAt(runbooks, alert, ends);
      return { key: alert?.key ?? '', look };
    },
    async (tx, { key, look }) => {
      if (look?.holds === true) await alerts.tell(tx, { type: 'recover', key, summary: look.summary });
      else await alerts.tell(tx, { type: 'overdue', alert: id });
      return true;
    },
  );
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
async function confirmed({ runbooks, alerts }: WatchingDeps, id: string, { confirm, recovers }: Ending): Promise<Look> {
  const alert = await alerts.find(id);
  const expression = confirm ?? (recovers === null ? null : `!(${recovers})`);
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
