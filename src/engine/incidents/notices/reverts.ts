import { isLookedAfter } from '../../../domain/change/reverts.ts';
import type { RecordOf } from '../../../domain/incident/events.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { Json } from '../../../domain/record.ts';
import type { REVERT_DATA } from '../../../domain/records/data/reverts.ts';
import { PACK, RECURRENCE, REVERT } from '../../run-kinds.ts';
import { type Notice, revertRunId, starting } from '../notice.ts';
import { type NoticesOf, type Tell } from './tell.ts';

export const REVERT_NOTICES: NoticesOf<keyof typeof REVERT_DATA> = {
  'revert.reminded': withButtons,
  'revert.extended': ({ data }, { incident, inRoom }) => [inRoom('event'), ...turn(incident, data.plan, { kind: 'extended' })],
  'revert.requested': ({ data, actor }, { incident, inRoom }) => [
    inRoom('event'),
    starting(revertRunId(data.plan), REVERT.with({ incident: incident.id, plan: data.plan })),
    ...turn(incident, data.plan, { kind: 'revert', by: actor.id }),
  ],
  'revert.failed': withButtons,
  'revert.conflict': withButtons,
  'revert.waiting': withButtons,
  'revert.settled': ({ data }, { incident, inRoom }) => [inRoom('event'), ...settled(incident, data.plan, data.keep)],
  'remedy.reverted': reverted,
};

/** With the buttons for what can be done about it. */
function withButtons(_: unknown, { inRoom }: Tell): readonly Notice[] {
  return [inRoom('change')];
}

function reverted({ data }: RecordOf<'remedy.reverted'>, { incident, key, inRoom, outsideRoom }: Tell): readonly Notice[] {
  const plan = incident.plans[data.plan];
  if (plan === undefined) return [inRoom('change')];
  const look = isLookedAfter(plan, data.kept ?? 0)
    ? [starting(key('cause'), RECURRENCE.with({ incident: incident.id, plan: plan.id, after: 'revert' }))]
    : [];
  if (plan.risk !== 'emergency') return [inRoom('change'), ...look];
  return [inRoom('change'), ...outsideRoom('change'), starting(key('pack'), PACK.with({ incident: incident.id, plan: plan.id })), ...look];
}

function settled({ plans }: Incident, id: string, keep: boolean): readonly Notice[] {
  const plan = plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: revertRunId(id), name: `settled:${plan.conflicts}`, payload: { keep } }];
}

/** What a person told a revert: the run waits for each turn by its number. */
function turn({ plans }: Incident, id: string, payload: Json): readonly Notice[] {
  const plan = plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: revertRunId(id), name: `turn:${plan.turns}`, payload }];
}
