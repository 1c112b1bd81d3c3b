import { commandMoved } from '../change/on-plan.ts';
import type { EventData } from '../incident/events.ts';
import { sayHandedOver } from '../incident/handover.ts';
import { type Incident, isOpen, ROLE_NAMES } from '../incident/incident.ts';
import { calledBy } from '../incident/line.ts';
import { climb } from '../incident/promises.ts';
import { mention, sayWho } from '../mentions.ts';
import { PEOPLE_DATA } from './data/people.ts';
import type { RecordTypes } from './record-type.ts';

/** Who has which part in an incident, and who was asked for help. */
export const PEOPLE: RecordTypes<keyof typeof PEOPLE_DATA> = {
  'role.assigned': {
    data: PEOPLE_DATA['role.assigned'],
    evolve(state, { data: { role, user } }) {
      const next = { ...state, roles: { ...state.roles, [role]: user } };
      return role === 'incident-commander' ? commandMoved(next, user) : next;
    },
    says: ({ data }) =>
      `${sayAssigned(data)}${data.approves === false ? ' (not in the group of incident commanders, so their approval does not count; `/incident handoff` moves the command)' : ''}`,
  },
  'incident.escalated': {
    data: PEOPLE_DATA['incident.escalated'],
    evolve: (state, { data }, at) => escalated(state, data, at),
    says: ({ data }, { by }) => sayEscalated(data, by),
    action: ({ data }) => (data.cause === 'person' ? `Escalated: ${data.reason}` : null),
  },
};

/** A condition and a name call people beside the line, which stays where it is. */
function escalated(state: Incident, data: EventData['incident.escalated'], at: number): Incident {
  if (data.cause === 'named') return state;
  if (data.cause !== 'condition')
    return { ...state, escalation: climb(state, at, data.level, state.milestones.acknowledged !== null || !isOpen(state)) };
  const calledLevel = state.calledLevel === 'L3' ? state.calledLevel : data.to;
  return {
    ...state,
    ...(calledLevel === undefined ? {} : { calledLevel }),
    ...(data.conditions?.includes('unresolved') === true ? { unresolvedCalled: true } : {}),
  };
}

function sayEscalated(data: EventData['incident.escalated'], by: string): string {
  const who = calledBy(data).map(sayWho).join(', ');
  if (data.cause === 'named') return `${by} called ${who}: ${data.reason}`;
  if (data.to !== undefined) return `Escalated to level ${data.to.slice(1)}, ${who}: ${data.reason}`;
  return `Escalated to ${who} (step ${data.level}${data.last ? ', the last in line' : ''}): ${data.reason}`;
}

function sayAssigned({ role, user, previous, handoff, note, handed_over: over }: EventData['role.assigned']): string {
  const said = `${over === undefined ? '' : `, with ${sayHandedOver(over)}`}${note === null ? '' : `: ${note}`}`;
  if (!handoff || previous === null) return `${mention(user)} is ${ROLE_NAMES[role].toLowerCase()}${said}`;
  return `${ROLE_NAMES[role]} handed over from ${mention(previous)} to ${mention(user)}${said}`;
}
