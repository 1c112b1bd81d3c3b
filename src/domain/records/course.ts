import { sayAsked } from '../asked-words.ts';
import { sayMark } from '../conditions.ts';
import { withTick } from '../incident/checklist.ts';
import type { EventData } from '../incident/events.ts';
import { type Incident, isOpen } from '../incident/incident.ts';
import { withNote, withNoteEdited, withNoteStruck } from '../incident/notes.ts';
import { withSeverity, withType } from '../incident/promises.ts';
import { sayIncidentType } from '../incident-type.ts';
import { mention } from '../mentions.ts';
import { COURSE_DATA } from './data/course.ts';
import type { RecordTypes } from './record-type.ts';

/** How an incident goes on, as people say it. */
export const COURSE: RecordTypes<keyof typeof COURSE_DATA> = {
  'severity.changed': {
    data: COURSE_DATA['severity.changed'],
    evolve: (state, { data }, at) => withSeverity(state, data.to, at),
    says: ({ data }, { by }) => `${by} changed severity from ${data.from} to ${data.to}: ${data.reason}`,
    action: ({ data }) => `Severity changed from ${data.from} to ${data.to}: ${data.reason}`,
  },
  'impact.changed': {
    data: COURSE_DATA['impact.changed'],
    evolve: (state, { data }) => ({
      ...state,
      impact: data.impact,
      customerImpact: data.customer_impact,
      dataExposure: data.data_exposure,
      ...(data.marks === undefined ? {} : { marks: data.marks }),
    }),
    says: ({ data }, { by }) =>
      `${by} recorded the impact: ${data.impact ?? 'none given'}${data.customer_impact ? ' (customers affected)' : ''}${data.data_exposure ? ' (data exposure)' : ''}${(data.marks ?? []).map((mark) => ` (${sayMark(mark)})`).join('')}`,
    action: ({ data }) => (data.impact === null ? null : `Impact recorded: ${data.impact}`),
  },
  'type.changed': {
    data: COURSE_DATA['type.changed'],
    evolve: (state, { data }, at) => withType(state, data.to, at, state.milestones.acknowledged !== null || !isOpen(state)),
    says: ({ data }, { by }) => `${by} ${sayTypes(data)}${data.reason === null ? '' : `: ${data.reason}`}`,
    action: ({ data }) => `Type set to ${sayIncidentType(data.to).toLowerCase()}`,
  },
  'status.changed': {
    data: COURSE_DATA['status.changed'],
    evolve: (state, { data }, at) => ({ ...withStatus(state, data.to, at), ...saidWith(state, data) }),
    says: ({ data }, { by }) => `${by} changed the status from ${data.from} to ${data.to}${data.note === null ? '' : `: ${data.note}`}`,
    action: ({ data }) => `Status changed to ${data.to}${data.note === null ? '' : `: ${data.note}`}`,
  },
  'call.changed': {
    data: COURSE_DATA['call.changed'],
    evolve: (state, { data }) => ({ ...state, call: data.url }),
    says: ({ data }, { by }) => (data.url === null ? `${by} removed the link to the call` : `${by} set the link to the call: ${data.url}`),
  },
  'note.added': {
    data: COURSE_DATA['note.added'],
    evolve: (state, { actor }) => withNote(state, actor.id),
    says: ({ data }, { by }) => `${by} noted: ${data.text}`,
    action: ({ data }) => data.text,
    internal: true,
  },
  'note.edited': {
    data: COURSE_DATA['note.edited'],
    evolve: (state, { data }) => withNoteEdited(state, data.number, data.text),
    says: ({ data }, { by }) => `${by} edited note ${data.number}: ${data.text}`,
    internal: true,
  },
  'note.struck': {
    data: COURSE_DATA['note.struck'],
    evolve: (state, { data }) => withNoteStruck(state, data.number),
    says: ({ data }, { by }) => `${by} struck note ${data.number}${data.why === null ? '' : `: ${data.why}`}`,
    internal: true,
  },
  'message.pinned': {
    data: COURSE_DATA['message.pinned'],
    evolve: (state, { data }) => ({ ...state, pinned: [...state.pinned, `${data.channel}:${data.ts}`] }),
    says: ({ data }, { by }) => `${by} pinned a message${data.author === null ? '' : ` of ${mention(data.author)}`}: ${data.text}`,
    action: ({ data }) => data.text,
    internal: true,
  },
  'checklist.ticked': {
    data: COURSE_DATA['checklist.ticked'],
    evolve: (state, { data, actor }, at) => withTick(state, data.item, data.done, { by: actor.id, at }),
    says: ({ data }, { by }) =>
      `${by} ${data.done ? 'ticked' : 'unticked'} ${data.text === undefined ? `the checklist item ${data.item}` : `“${data.text}”`}`,
  },
  'evidence.packed': {
    data: COURSE_DATA['evidence.packed'],
    evolve: (state, { data }, at) => ({ ...state, packed: { number: data.number, at } }),
    says: ({ data }) => `Evidence pack ${data.number} was made of ${data.records === 1 ? 'record 1' : `records 1 to ${data.records}`}`,
  },
  'command.refused': {
    data: COURSE_DATA['command.refused'],
    says: ({ data }, { by }) => `${by} ${sayAsked(data.command)} and was refused: ${data.reason}`,
  },
};

function withStatus(state: Incident, status: Incident['status'], at: number): Incident {
  const { milestones } = state;
  const identified = status === 'investigating' ? milestones.identified : (milestones.identified ?? at);
  const mitigated = status === 'monitoring' ? (milestones.mitigated ?? at) : null;
  return { ...state, status, milestones: { ...milestones, identified, mitigated } };
}

/** What a change of status says in a person's words: the cause, or how it stands. Without any, what was said before stays. */
function saidWith(
  { situation, situationStatus, cause }: Incident,
  { to, note }: EventData['status.changed'],
): Pick<Incident, 'situation' | 'situationStatus' | 'cause'> {
  if (note === null) return { situation, situationStatus, cause: to === 'investigating' ? null : cause };
  if (to === 'identified') return { situation: null, situationStatus: null, cause: note };
  return { situation: note, situationStatus: to, cause: to === 'investigating' ? null : cause };
}

function sayTypes({ from, to }: EventData['type.changed']): string {
  const now = sayIncidentType(to).toLowerCase();
  return from === null ? `set the type to ${now}` : `changed the type from ${sayIncidentType(from).toLowerCase()} to ${now}`;
}
