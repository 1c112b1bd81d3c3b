import { asJson, readBack } from '../../domain/json.ts';
import { sayWho } from '../../domain/mentions.ts';
import type { Who } from '../../domain/policy.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { PAGE, PAGE_PERSON } from '../run-kinds.ts';
import type { Line, ReachDeps } from './ports.ts';
import { isBesideLine, isPageOver } from './standing.ts';

/** How long (ms) a page waits for the word that somebody was reached. Each person's own run goes on beyond it. */
const PATIENCE = 5 * 60_000;

/**
 * One page: looks up who is behind each line, records whom it calls, and starts a run for each person. A line or a person that fails holds up
 * no other. When nobody could be told, it goes to the next in line at once (docs/explanation/security.md#reaching-people).
 */
export function pageRun(deps: ReachDeps): Run {
  return PAGE.does(async (run, { incident: id, seq, who, template, knows, fresh }) => {
    const called = new Set<string>();
    const lines = await Promise.allSettled(who.map(async (one, i) => callLine(run, deps, { id, seq, who: one, template, knows, fresh }, i)));
    const stuck = lines.find((line) => line.status === 'rejected');
    if (stuck !== undefined) throw stuck.reason;
    for (const line of lines) if (line.status === 'fulfilled') for (const user of line.value) called.add(user);
    // Everybody was called before.
    if (fresh === true && called.size === 0) return;
    const reached = await Promise.all([...called].map((user) => run.signal(`reached:${user}`, PATIENCE)));
    if (reached.some((way) => way !== null && way !== 'nobody')) return;
    const incident = await run.step('answered', async () => {
      const now = await deps.incidents.find(id);
      if (now !== null && (await isPageOver(deps.store, now, seq))) return 0;
      const acknowledged = now?.milestones.acknowledged ?? null;
      return acknowledged !== null && (await isBesideLine(deps.store, id, seq)) ? 0 : acknowledged;
    });
    if (incident === 0) return;
    if (template === 'page' && incident !== null) return;
    await run.write('next', async (tx) => {
      const reason = `Nobody who was called could be reached: ${who.map(sayWho).join(', ')}.`;
      return (await deps.incidents.tell(tx, id, { type: 'nobody-reached', reason }))?.records.length ?? 0;
    });
  });
}

interface Call extends Pick<InputOf<typeof PAGE>, 'seq' | 'template' | 'knows' | 'fresh'> {
  readonly id: string;
  readonly who: Who;
}

async function callLine(
  run: RunContext,
  { incidents, workspace }: ReachDeps,
  { id, seq, who, template, knows, fresh }: Call,
  i: number,
): Promise<readonly string[]> {
  const line = readBack<Line>(await run.step(`members:${i}`, async () => asJson(await workspace.members(who))));
  return run.writeAfter(
    `call:${i}`,
    async () => {
      const incident = await incidents.find(id);
      if (incident === null) throw new RetryLater(1_000);
      return incident;
    },
    async (tx, { reporter, called }) => {
      const users = fresh === true ? line.users.filter((user) => !called.includes(user)) : line.users;
      if (fresh === true && users.length === 0 && line.users.length > 0) return [];
      await incidents.tell(tx, id, { type: 'people-called', page: run.id, who, users, error: line.error });
      for (const user of users) {
        // Who declares or reopens it knows of it.
        if (template === 'page' && user === (knows ?? reporter)) await tx.signalRun(run.id, `reached:${user}`, 'declared');
        else {
          const page = { incident: id, seq, page: run.id, user, template };
          await tx.startRun({ id: `${run.id}:${user}`, ...PAGE_PERSON.with(page) });
        }
      }
      return [...users];
    },
  );
}
