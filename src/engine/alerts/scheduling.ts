import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import { ALERT_SCHEDULE } from '../run-kinds.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import type { Runbook } from '../runbooks/load/runbook.ts';
import type { Trigger } from '../runbooks/load/schema.ts';
import { sleepUntil } from '../until.ts';
import { firedOf } from './firing.ts';
import { lookAt } from './looking.ts';
import type { WatchingDeps } from './watching.ts';

/** The run of a look at its time: what it finds is an alert or the end of one, and the next look is set. */
export function scheduleRun({ runbooks, alerts, respondMs }: WatchingDeps): Run {
  return ALERT_SCHEDULE.does(async (run, { runbook: id, trigger: index, at }) => {
    await sleepUntil(run, runbooks.store, at);
    const key = `schedule:${id}#${index}`;
    await run.writeAfter(
      'look',
      async () => {
        const found = scheduledTrigger(runbooks, id, index);
        return found === null || found.trigger.confirm === undefined
          ? null
          : { ...found, look: await lookAt(runbooks, { runbook: id, trigger: index }, found.trigger.confirm) };
      },
      async (tx, seen) => {
        if (seen === null) return true;
        const { runbook, trigger, look } = seen;
        if (look?.holds === true) {
          const told = { source: 'schedule', title: runbook.title, summary: look.summary, links: [] } as const;
          await alerts.fire(tx, firedOf({ key, service: runbook.service, runbook, trigger, index, told, respondMs }));
        } else if (look !== null) await alerts.tell(tx, { type: 'recover', key, summary: look.summary });
        await startNext(tx, runbook, index, trigger, await tx.now());
        return true;
      },
    );
  });
}

function scheduledTrigger(runbooks: RunbookDeps, id: string, index: number): { readonly runbook: Runbook; readonly trigger: Trigger } | null {
  const runbook = runbooks.catalogue.get(id);
  const trigger = runbook?.triggers[index];
  return runbook === null || trigger?.schedule === undefined ? null : { runbook, trigger };
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
