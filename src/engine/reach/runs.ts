import type { Json } from '../../domain/record.ts';
import type { RunContext, RunKind } from '../../ports/index.ts';
import { alertCallRun } from './alert-call.ts';
import { inviteRun } from './invite.ts';
import { pageRun } from './page.ts';
import { personRun } from './person.ts';
import type { ReachDeps } from './ports.ts';
import { roomRun } from './room.ts';
import { roomCheckRun } from './room-check.ts';
import { undeliveredRun } from './undelivered.ts';

/** The durable runs that reach people and keep an incident in a room. Kinds are stored: never rename one. */
export function reachRuns(deps: ReachDeps): Readonly<Record<string, RunKind>> {
  return {
    page: pageRun(deps),
    'page-person': personRun(deps),
    'room@2': roomRun(deps),
    'room-check': roomCheckRun(deps),
    'room-invite': inviteRun(deps),
    undelivered: undeliveredRun(deps),
    'alert-call': alertCallRun(deps),
    // As releases before this one started them.
    room: (run, input) => instead(deps, run, 'room@2', input),
    async summon(run, input) {
      const { how, incident, seq, who } = input as { how: string; incident: string; seq: number; who: Json };
      const page = { incident, seq, who, template: how === 'tell' ? 'escalated' : 'page' };
      await instead(deps, run, 'page', page);
    },
  };
}

async function instead({ store }: ReachDeps, run: RunContext, kind: string, input: Json): Promise<void> {
  await run.step('instead', async () => {
    await store.transaction((tx) => tx.startRun({ id: `${run.id}:${kind}`, kind, input }));
    return true;
  });
}
