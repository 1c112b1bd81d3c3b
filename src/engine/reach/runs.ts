import { z } from 'zod';
import type { RunContext } from '../../ports/runs.ts';
import { defineRun, type Run, type RunStart } from '../../ports/runs.ts';
import { PAGE, ROOM } from '../run-kinds.ts';
import { alertCallRun } from './alert-call.ts';
import { archiveRun } from './archive.ts';
import { type CanvasDeps, canvasRun } from './canvas.ts';
import { inviteRun } from './invite.ts';
import { pageRun } from './page.ts';
import { personRun } from './person.ts';
import type { ReachDeps } from './ports.ts';
import { reviewAccessRun } from './review-access.ts';
import { type ReviewCanvasDeps, reviewCanvasRun } from './review-canvas.ts';
import { roomRun } from './room.ts';
import { roomCheckRun } from './room-check.ts';
import { callRun, topicRun } from './topic.ts';
import { undeliveredRun } from './undelivered.ts';

/** As releases before this one started them: each starts the kind that took its place. */
const FORMER_ROOM = defineRun('room', ROOM.schema);
const FORMER_CANVAS = defineRun('room-canvas', z.object({ incident: z.string(), channel: z.string() }));
const FORMER_SUMMON = defineRun('summon', z.object({ how: z.string(), incident: z.string(), seq: z.number().int(), who: PAGE.schema.shape.who }));

/** The durable runs that reach people and keep an incident in a room. */
export function reachRuns(deps: ReachDeps & CanvasDeps & ReviewCanvasDeps): readonly Run[] {
  return [
    pageRun(deps),
    personRun(deps),
    roomRun(deps),
    roomCheckRun(deps),
    archiveRun(deps),
    inviteRun(deps),
    topicRun(deps),
    callRun(deps),
    canvasRun(deps),
    reviewCanvasRun(deps),
    reviewAccessRun(deps),
    undeliveredRun(deps),
    alertCallRun(deps),
    FORMER_ROOM.does((run, input) => instead(deps, run, ROOM.with(input))),
    // The next record starts the one that goes on.
    FORMER_CANVAS.does(() => Promise.resolve()),
    FORMER_SUMMON.does((run, { how, incident, seq, who }) =>
      instead(deps, run, PAGE.with({ incident, seq, who, template: how === 'tell' ? 'escalated' : 'page' })),
    ),
  ];
}

async function instead({ store }: ReachDeps, run: RunContext, start: RunStart): Promise<void> {
  await run.step('instead', async () => {
    await store.transaction((tx) => tx.startRun({ id: `${run.id}:${start.kind}`, ...start }));
    return true;
  });
}
