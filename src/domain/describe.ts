import type { IncidentRecord } from './events.ts';
import { ROLE_NAMES } from './incident.ts';
import type { Who } from './policy.ts';
import { sayDuration } from './time.ts';

/** A person in a sentence: a mention that whoever shows it may turn into a name. */
export function mention(id: string): string {
  return `<@${id}>`;
}

export function sayWho(who: Who): string {
  return 'user' in who ? mention(who.user) : `<!subteam^${who.usergroup}>`;
}

/**
 * What somebody did about the incident, for the update's Actions Taken: what, not who, since an update mentions nobody and is
 * edited as plain text. `null` for what is bookkeeping, or is said elsewhere in the update.
 */
export function describeAction(record: IncidentRecord): string | null {
  if (record.outcome !== 'done') return null;
  switch (record.type) {
    case 'incident.acknowledged':
      return `Acknowledged after ${sayDuration(record.data.within_ms)}`;
    case 'severity.changed':
      return `Severity changed from ${record.data.from} to ${record.data.to}: ${record.data.reason}`;
    case 'impact.changed':
      return record.data.impact === null ? null : `Impact recorded: ${record.data.impact}`;
    case 'status.changed':
      return `Status changed to ${record.data.to}${record.data.note === null ? '' : `: ${record.data.note}`}`;
    case 'note.added':
    case 'message.pinned':
      return record.data.text;
    case 'incident.escalated':
      return record.data.cause === 'person' ? `Escalated: ${record.data.reason}` : null;
    case 'incident.absorbed':
      return `Merged ${record.data.from} into this incident`;
    case 'incident.reopened':
      return `Reopened: ${record.data.reason}`;
    default:
      return null;
  }
}

/** One record as one plain sentence; `null` for a type that is not an incident's. */
export function describe(record: IncidentRecord): string | null {
  const by = record.actor.kind === 'person' ? mention(record.actor.id) : 'Tocsin';
  switch (record.type) {
    case 'incident.declared':
      return `${by} declared ${record.data.severity} for ${record.data.service_name}: ${record.data.title}`;
    case 'incident.acknowledged':
      return `${by} acknowledged after ${sayDuration(record.data.within_ms)}`;
    case 'role.assigned':
      return record.data.handoff && record.data.previous !== null
        ? `${ROLE_NAMES[record.data.role]} handed over from ${mention(record.data.previous)} to ${mention(record.data.user)}${record.data.note === null ? '' : `: ${record.data.note}`}`
        : `${mention(record.data.user)} is ${ROLE_NAMES[record.data.role].toLowerCase()}`;
    case 'severity.changed':
      return `${by} changed severity from ${record.data.from} to ${record.data.to}: ${record.data.reason}`;
    case 'impact.changed':
      return `${by} recorded the impact: ${record.data.impact ?? 'none given'}${record.data.customer_impact ? ' (customers affected)' : ''}${record.data.data_exposure ? ' (data exposure)' : ''}`;
    case 'status.changed':
      return `${by} changed the status from ${record.data.from} to ${record.data.to}${record.data.note === null ? '' : `: ${record.data.note}`}`;
    case 'note.added':
      return `${by} noted: ${record.data.text}`;
    case 'message.pinned':
      return `${by} pinned a message${record.data.author === null ? '' : ` of ${mention(record.data.author)}`}: ${record.data.text}`;
    case 'update.offered':
      return 'Tocsin offered a draft of the update';
    case 'update.reminded':
      return 'Tocsin reminded of the update that is due';
    case 'update.posted':
      return `${record.data.automatic ? 'Tocsin posted an automatic update' : `${by} posted an update`}${record.data.late_ms > 0 ? `, ${sayDuration(record.data.late_ms)} late` : ''}: ${record.data.current_situation}`;
    case 'update.snoozed':
      return `${by} snoozed update reminders until ${record.data.until.slice(11, 16)} UTC: ${record.data.reason}`;
    case 'acknowledgement.reminded':
      return 'Tocsin reminded the responders that nobody has acknowledged';
    case 'breach.recorded':
      return record.data.target === 'acknowledgement'
        ? 'Breach: the acknowledgement target passed'
        : `Breach: the update is ${sayDuration(record.data.late_ms)} late`;
    case 'incident.escalated':
      return `Escalated to ${sayWho(record.data.who)} (step ${record.data.level}${record.data.last ? ', the last in line' : ''}): ${record.data.reason}`;
    case 'checklist.ticked':
      return `${by} ${record.data.done ? 'ticked' : 'unticked'} the checklist item ${record.data.item}`;
    case 'incident.merged':
      return `${by} merged this incident into ${record.data.into}`;
    case 'incident.absorbed':
      return `${by} merged ${record.data.from} (${record.data.title}) into this incident`;
    case 'incident.resolved':
      return `${by} resolved the incident: ${record.data.summary}`;
    case 'incident.reopened':
      return `${by} reopened the incident: ${record.data.reason}`;
    case 'incident.closed':
      return `${by} closed the incident`;
    case 'room.created':
      return record.data.thread_ts === null ? `The incident has its channel <#${record.data.channel}>` : 'The incident has its thread';
    case 'card.posted':
      return `The incident card was posted in <#${record.data.channel}>`;
    case 'message.failed':
      return `A message (${record.data.template}) could not be delivered: ${record.data.error}`;
    case 'command.refused':
      return `${by} was refused ${record.data.command}: ${record.data.reason}`;
    default:
      return null;
  }
}
