import { asJson, readBack } from '../../domain/json.ts';
import { sayWho } from '../../domain/mentions.ts';
import type { Who } from '../../domain/policy.ts';
import type { Json } from '../../domain/record.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { PAGE, PAGE_PERSON } from '../run-kinds.ts';
import { lookWithin, NO_ANSWER } from './patience.ts';
import type { Line, ReachDeps } from './ports.ts';
import { isAnswered, isBesideLine, isPageOver } from './standing.ts';

/** How long (ms) a page waits for the word that somebody was reached. Each person's own run goes on beyond it. */
const PATIENCE = 5 * 60_000;

/** A line of which Slack did not say in time who is in it. */
const UNANSWERED: Line = { users: [], error: NO_ANSWER };

/**
 * One page: looks up who is behind each line, records whom it calls, and starts a run for each person. A line or a person that fails holds up
 * no other. When nobody could be told, it goes to the next in line at once (docs/explanation/security.md#reaching-people).
 */
export function pageRun(deps: ReachDeps): Run {
  return PAGE.does(async (run, { incident: id, seq, who, template, knows, fresh }) => {
    const calls = who.map((one, i): Call => ({ id, seq, who: one, template, knows, fresh, i }));
    const lines = await Promise.allSettled(calls.map((call) => callLine(run, deps, call)));
    const stuck = lines.find((line) => line.status === 'rejected');
    if (stuck !== undefined) throw stuck.reason;
    const called = new Set<string>();
    for (const line of lines) if (line.status === 'fulfilled') for (const user of line.value?.users ?? []) called.add(user);
    const isPartly = lines.some((line) => line.status === 'fulfilled' && line.value?.isPartly === true);
    const unanswered = calls.filter(({ i }) => lines[i]?.status === 'fulfilled' && lines[i].value === null);
    await Promise.all([
      callNext(run, deps, { id, seq, who, fresh }, [...called], { isUnanswered: unanswered.length > 0, isPartly }),
      // Once Slack says who is in them, they are called all the same.
      ...unanswered.map((call) => callLate(run, deps, call)),
    ]);
  });
}

interface Call extends Pick<InputOf<typeof PAGE>, 'seq' | 'template' | 'knows' | 'fresh'> {
  readonly id: string;
  readonly who: Who;
  /** Which line of the page it is. */
  readonly i: number;
}

/** Calls the next in line where nobody of those who were called could be told. */
async function callNext(
  run: RunContext,
  { store, incidents }: ReachDeps,
  { id, seq, who, fresh }: Omit<Call, 'who' | 'knows' | 'template' | 'i'> & { readonly who: readonly Who[] },
  called: readonly string[],
  { isUnanswered, isPartly }: { readonly isUnanswered: boolean; readonly isPartly: boolean },
): Promise<void> {
  // Everybody was called before.
  if (fresh === true && called.length === 0 && !isUnanswered) return;
  const reached = await Promise.all(called.map((user) => run.signal(`reached:${user}`, PATIENCE)));
  if (reached.some((way) => way !== null && way !== 'nobody')) return;
  const isHeld = await run.step('held', async () => {
    const now = await incidents.find(id);
    if (now === null) return false;
    // Somebody is at it, and others of those who are called now have been called for it before.
    if (now.milestones.acknowledged !== null && isPartly) return true;
    if ((await isPageOver(store, now, seq)) || (await isAnswered(store, now, seq))) return true;
    return now.milestones.acknowledged !== null && isBesideLine(store, id, seq);
  });
  if (isHeld) return;
  await run.write('next', async (tx) => {
    const missed = isPartly && called.length > 0 ? called.map((user): Who => ({ user })) : who;
    const reason = `Nobody who was called could be reached: ${missed.map(sayWho).join(', ')}.`;
    return (await incidents.tell(tx, id, { type: 'nobody-reached', reason }))?.records.length ?? 0;
  });
}

/** Whom a line called. `isPartly`: others of it were called before. */
interface CalledLine {
  readonly users: readonly string[];
  readonly isPartly: boolean;
}

/** Calls the people of a line. `null` where Slack does not say who they are: the incident hears of it, so that other ways are gone. */
async function callLine(run: RunContext, deps: ReachDeps, call: Call): Promise<CalledLine | null> {
  const { i, who } = call;
  const look = async () => asJson(await deps.workspace.members(who));
  const line = readBack<Line>(await lookWithin<Json>(run, deps.store, `members:${i}`, look, asJson(UNANSWERED)));
  const users = await recordCall(run, deps, call, `call:${i}`, line);
  return line.error === NO_ANSWER ? null : { users, isPartly: users.length < line.users.length };
}

/** The same when Slack answers later, unless nobody need be called any more. */
async function callLate(run: RunContext, deps: ReachDeps, call: Call): Promise<void> {
  const { i, id, seq, who } = call;
  const line = readBack<Line>(await run.step(`late-members:${i}`, async () => asJson(await deps.workspace.members(who))));
  const isOver = await run.step(`late-over:${i}`, async () => {
    const incident = await deps.incidents.find(id);
    return incident === null || (await isPageOver(deps.store, incident, seq)) || isAnswered(deps.store, incident, seq);
  });
  if (!isOver) await recordCall(run, deps, call, `late-call:${i}`, line);
}

/** Records whom a line calls, and starts a run for each of them. Returns them. */
async function recordCall(
  run: RunContext,
  { incidents }: ReachDeps,
  { id, seq, who, template, knows, fresh }: Call,
  step: string,
  line: Line,
): Promise<readonly string[]> {
  return run.writeAfter(
    step,
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
