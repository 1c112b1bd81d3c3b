import { sayWho } from '../../domain/mentions.ts';
import type { Who } from '../../domain/policy.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import { PAGE, PAGE_PERSON } from '../run-kinds.ts';
import type { Line, ReachDeps } from './ports.ts';

/** How long (ms) a page waits for the word that somebody was reached. Each person's own run goes on beyond it. */
const PATIENCE = 5 * 60_000;

/**
 * One page: looks up who is behind each line, records whom it calls, and starts a run for each person. A line or a person that fails holds up
 * no other. When nobody could be told, it goes to the next in line at once (docs/explanation/security.md#reaching-people).
 */
export function pageRun(deps: ReachDeps): Run {
  return PAGE.does(async (run, { incident: id, seq, who, template, knows }) => {
    const called = new Set<string>();
    const lines = await Promise.allSettled(who.map(async (one, i) => callLine(run, deps, { id, seq, who: one, template, knows }, i)));
    const stuck = lines.find((line) => line.status === 'rejected');
    if (stuck !== undefined) throw stuck.reason;
    for (const line of lines) if (line.status === 'fulfilled') for (const user of line.value) called.add(user);
    const reached = await Promise.all([...called].map((user) => run.signal(`reached:${user}`, PATIENCE)));
    if (reached.some((way) => way !== null && way !== 'nobody')) return;
    const incident = await run.step('answered', async () => (await deps.incidents.find(id))?.milestones.acknowledged ?? null);
    if (template === 'page' && incident !== null) return;
    await run.write('next', async (tx) => {
      const reason = `Nobody who was called could be reached: ${who.map(sayWho).join(', ')}.`;
      return (await deps.incidents.tell(tx, id, { type: 'nobody-reached', reason }))?.records.length ?? 0;
    });
  });
}

async function callLine(
  run: RunContext,
  { incidents, workspace }: ReachDeps,
  { id, seq, who, template, knows }: { id: string; seq: number; who: Who; template: 'page' | 'escalated'; knows: string | undefined },
  i: number,
): Promise<readonly string[]> {
  const line = (await run.step(`members:${i}`, async () => ({ ...(await workspace.members(who)) }))) as unknown as Line;
  return run.writeAfter(
    `call:${i}`,
    async () => {
      const incident = await incidents.find(id);
      if (incident === null) throw new RetryLater(1_000);
      return incident;
    },
    async (tx, { reporter }) => {
      await incidents.tell(tx, id, { type: 'people-called', page: run.id, who, users: line.users, error: line.error });
      for (const user of line.users) {
        // Who declares or reopens it knows of it.
        if (template === 'page' && user === (knows ?? reporter)) await tx.signalRun(run.id, `reached:${user}`, 'declared');
        else {
          const page = { incident: id, seq, page: run.id, user, template };
          await tx.startRun({ id: `${run.id}:${user}`, ...PAGE_PERSON.with(page) });
        }
      }
      return [...line.users];
    },
  );
}
