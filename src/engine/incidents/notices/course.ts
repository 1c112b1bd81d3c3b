import type { RecordOf } from '../../../domain/incident/events.ts';
import { isOpen } from '../../../domain/incident/incident.ts';
import { respondersOf } from '../../../domain/incident/line.ts';
import type { COURSE_DATA } from '../../../domain/records/data/course.ts';
import { isGraver } from '../../../domain/severity.ts';
import { ROOM_CALL, ROOM_TOPIC } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { page } from './calling.ts';
import { type NoticesOf, saidInRoom, type Tell } from './tell.ts';

export const COURSE_NOTICES: NoticesOf<keyof typeof COURSE_DATA> = {
  'severity.changed': (record, tell) => [
    tell.inRoom('event'),
    ...(tell.incident.room === null ? [] : [starting(tell.key('topic'), ROOM_TOPIC.with({ incident: tell.incident.id }))]),
    ...raisedPage(record, tell),
  ],
  'impact.changed': saidInRoom,
  // Whom a declaration of that type calls is called, except for those who were called in this incident before.
  'type.changed': ({ seq, actor }, { incident, key, inRoom }) => [
    inRoom('event'),
    ...(isOpen(incident) ? [page(key('responders'), incident.id, seq, respondersOf(incident), 'page', { fresh: true, knows: actor.id })] : []),
  ],
  'status.changed': saidInRoom,
  'call.changed': (_, { incident, key, inRoom }) => [
    inRoom('event'),
    ...(incident.room === null ? [] : [starting(key('call'), ROOM_CALL.with({ incident: incident.id }))]),
  ],
  'note.added': saidInRoom,
  'note.edited': saidInRoom,
  'note.struck': saidInRoom,
  'message.pinned': saidInRoom,
  'checklist.ticked': saidInRoom,
  // Whoever made it says it there.
  'evidence.packed': () => [],
};

/** Graver: whom a declaration calls is called, except for those who were called in this incident before. Less grave calls nobody. */
function raisedPage({ data, actor, seq }: RecordOf<'severity.changed'>, { incident, key }: Tell): readonly Notice[] {
  if (!isGraver(data.to, data.from)) return [];
  const more = { fresh: true, ...(actor.kind === 'person' ? { knows: actor.id } : {}) };
  return [page(key('responders'), incident.id, seq, respondersOf(incident), 'page', more)];
}
