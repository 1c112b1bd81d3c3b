import type { Alert } from '../../domain/alert/alerts.ts';
import { clamp } from '../../lib/clamp.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import { ALERT_SCHEDULE, ALERT_WATCH } from '../run-kinds.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import { readDiagnosis } from '../runbooks/diagnose/diagnosis.ts';
import { diagnosisArguments } from '../runbooks/load/needs.ts';
import type { Runbook } from '../runbooks/load/runbook.ts';
import type { Trigger } from '../runbooks/load/schema.ts';
import { stepsNamedIn } from '../runbooks/load/syntax.ts';
import type { AlertBook } from './alerts.ts';
import { belongingRun } from './belonging.ts';
import { carryRun } from './carrying.ts';
import { firedOf } from './firing.ts';

const MINUTE = 60_000;
/** Between two looks whether an alert is over (ms): soon at first, and never longer apart than this. */
const LOOKS = [MINUTE, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE];
/** An alert that goes on longer than this (ms) is not looked at any more. */
const LOOK_FOR = 7 * 24 * 60 * MINUTE;

export interface WatchingDeps {
  readonly runbooks: RunbookDeps;
  readonly alerts: AlertBook;
  /** Within what time (ms) somebody has to take an alert. */
  readonly respondMs: (service: string, severity: Alert['severity']) => number;
}

/** What a look has found. */
interface Look {
  readonly holds: boolean;
  /** What was seen, for people. */
  readonly summary: string;
}

/** The durable runs of alerts: from the first message to its recovery, and looks at regular times. */
export function alertRuns(deps: WatchingDeps): readonly Run[] {
  const { runbooks, alerts } = deps;
  const { store } = runbooks;

  /** Waits until it counts, puts it under an open incident, calls when nobody takes it, looks until it is over. */
  async function watch(run: RunContext, { alert: id }: InputOf<typeof ALERT_WATCH>): Promise<void> {
    const terms = await run.step('terms', async () => {
      const alert = await alerts.find(id);
      if (alert === null) return null;
      const trigger = triggerOf(alert.runbook, alert.trigger);
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
        () => confirmed(id, terms.confirm),
        async (tx, look) => {
          await alerts.tell(tx, { type: look.holds ? 'confirm' : 'dismiss', alert: id, summary: look.summary });
          return look.holds;
        },
      );
      if (!lasts) return;
    }
    await run.writeAfter(
      'attach',
      () => openIncident(id),
      async (tx, found) => {
        if (found !== null) await alerts.attach(tx, found.alert, found.incident, null);
        return true;
      },
    );
    await Promise.all([callInTime(run, id, terms.respond), lookUntilOver(run, id, terms.recovers)]);
  }

  /** Nothing overdue is silent. */
  async function callInTime(run: RunContext, id: string, ms: number): Promise<void> {
    await run.sleep('respond', ms);
    await run.write('overdue', async (tx) => {
      await alerts.tell(tx, { type: 'overdue', alert: id });
      return true;
    });
  }

  async function lookUntilOver(run: RunContext, id: string, recovers: string | null): Promise<void> {
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
          return alert === null ? null : { key: alert.key, look: await lookAt(alert.runbook, recovers) };
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
  async function confirmed(id: string, expression: string | null): Promise<Look> {
    const alert = await alerts.find(id);
    if (expression === null) return { holds: true, summary: alert?.summary ?? '' };
    const look = (await lookAt(alert?.runbook ?? null, expression)) ?? { holds: true, summary: 'It could not be checked again, so it counts.' };
    return look.holds && alert !== null ? { holds: true, summary: clamp(`${alert.summary}\n${look.summary}`, 1_500) } : look;
  }

  /** Whether an expression over a runbook's diagnosis holds now; `null` when it cannot be told. */
  async function lookAt(runbookId: string | null, expression: string): Promise<Look | null> {
    const runbook = runbookId === null ? null : runbooks.catalogue.get(runbookId);
    if (runbook === null) return null;
    const results = await readDiagnosis(runbooks, runbook, stepsNamedIn(expression), null);
    const seen = [...results.values()].map(({ summary }) => summary).join(' ');
    if ([...results.values()].some(({ ok }) => !ok)) return null;
    try {
      const diagnose = Object.fromEntries([...results].map(([name, { output }]) => [name, output]));
      return {
        holds: runbook.overDiagnosis.evaluate(expression, { diagnose, arg: diagnosisArguments(runbook, {}), setting: runbook.setting }) === true,
        summary: clamp(seen, 600),
      };
    } catch {
      return null;
    }
  }

  /** An alert of a service with an open incident belongs to that: the newest. */
  async function openIncident(id: string): Promise<{ readonly alert: Alert; readonly incident: string } | null> {
    const alert = await alerts.find(id);
    if (alert === null || alert.incident !== null) return null;
    const [incident] = await runbooks.incidents.list({ open: true, service: alert.service, limit: 1 });
    return incident === undefined || incident.private ? null : { alert, incident: incident.id };
  }

  /** A look at its time, and the next one set. */
  async function scheduled(run: RunContext, { runbook: id, trigger: index, at }: InputOf<typeof ALERT_SCHEDULE>): Promise<void> {
    const left = await run.step('left', async () => Math.max(0, at - (await store.now())));
    await run.sleep('until', left);
    const key = `schedule:${id}#${index}`;
    await run.writeAfter(
      'look',
      async () => {
        const found = scheduledTrigger(id, index);
        return found === null || found.trigger.confirm === undefined ? null : { ...found, look: await lookAt(id, found.trigger.confirm) };
      },
      async (tx, seen) => {
        if (seen === null) return true;
        const { runbook, trigger, look } = seen;
        if (look?.holds === true) {
          const told = { source: 'schedule', title: runbook.title, summary: look.summary, links: [] } as const;
          await alerts.fire(tx, firedOf({ key, service: runbook.service, runbook, trigger, index, told, respondMs: deps.respondMs }));
        } else if (look !== null) await alerts.tell(tx, { type: 'recover', key, summary: look.summary });
        await startNext(tx, runbook, index, trigger, await tx.now());
        return true;
      },
    );
  }

  function scheduledTrigger(id: string, index: number): { readonly runbook: Runbook; readonly trigger: Trigger } | null {
    const runbook = runbooks.catalogue.get(id);
    const trigger = runbook?.triggers[index];
    return runbook === null || trigger?.schedule === undefined ? null : { runbook, trigger };
  }

  function triggerOf(id: string | null, index: number | null): Trigger | null {
    return (id === null || index === null ? null : runbooks.catalogue.get(id)?.triggers[index]) ?? null;
  }

  return [ALERT_WATCH.does(watch), ALERT_SCHEDULE.does(scheduled), carryRun(runbooks), belongingRun({ incidents: runbooks.incidents, alerts })];
}

/** Starts the next look of every trigger that has a schedule; one a time, whoever asks. */
export async function startSchedules(tx: StoreTx, runbooks: readonly Runbook[], now: number): Promise<void> {
  for (const runbook of runbooks) {
    for (const [i, trigger] of runbook.triggers.entries()) await startNext(tx, runbook, i, trigger, now);
  }
}

async function startNext(tx: StoreTx, { id }: Runbook, index: number, { schedule }: Trigger, now: number): Promise<void> {
  if (schedule === undefined) return;
  const at = (Math.floor(now / schedule.every) + 1) * schedule.every;
  await tx.startRun({ id: `schedule:${id}#${index}:${at}`, ...ALERT_SCHEDULE.with({ runbook: id, trigger: index, at }) });
}
