import { played } from '../drill/drill.ts';
import { withNoticeOwed } from '../notice/promise.ts';
import { recordType } from '../records/record-types.ts';
import { describeAction } from './describe.ts';
import type { EventType, IncidentRecord, RecordOf } from './events.ts';
import type { Action, Incident } from './incident.ts';

const MAX_ACTIONS = 50;

/** One record further. Pure; `null` only before the declaration. Records that change no state (refusals) move `seq` alone. */
export function evolve<T extends EventType>(state: Incident | null, record: RecordOf<T>): Incident | null {
  const type = recordType(record.type);
  const at = Date.parse(record.time);
  if (type?.begins !== undefined) return withNoticeOwed(null, type.begins(record, at), at);
  if (state === null) return null;
  const next = played(withNoticeOwed(state, type?.evolve?.(state, record, at) ?? state, at), record, at);
  return { ...(type?.quiet === true ? next : touched(next, at)), seq: record.seq, actions: actionsAfter(next, record) };
}

/** What is closed is left alone only once nothing comes in of it any more. */
function touched(state: Incident, at: number): Incident {
  return state.status === 'closed' && state.policy.archive_after_ms !== undefined ? { ...state, touchedAt: at } : state;
}

/** State is always this (ADR 1). */
export function replay(records: Iterable<IncidentRecord>): Incident | null {
  let state: Incident | null = null;
  for (const record of records) state = evolve(state, record);
  return state;
}

/** What the next update lists as done. */
function actionsAfter<T extends EventType>(state: Incident, record: RecordOf<T>): readonly Action[] {
  const text = describeAction(record, state);
  if (text === null) return state.actions;
  const type = recordType(record.type);
  const note = record.type === 'note.added' ? { note: state.notes?.length ?? 1 } : {};
  const action: Action = { at: Date.parse(record.time), text, internal: type?.internal === true, ...note };
  if (type?.newest !== true) return [...state.actions, action].slice(-MAX_ACTIONS);
  const others = state.actions.filter(({ newestOf }) => newestOf !== record.type);
  return [...others, { ...action, newestOf: record.type }].slice(-MAX_ACTIONS);
}
