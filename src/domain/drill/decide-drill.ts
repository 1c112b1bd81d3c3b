import { sayDuration } from '../../lib/time.ts';
import { refuse, UserError } from '../errors.ts';
import type { Person, PersonCommand } from '../incident/commands.ts';
import { voidedByResolving } from '../incident/decide-ending.ts';
import { changeEvent, event, person } from '../incident/deciding.ts';
import type { IncidentEvent } from '../incident/events.ts';
import { type Incident, isOpen } from '../incident/incident.ts';
import type { Actor } from '../record.ts';
import { type Drill, drillEndsAt, inForce } from './drill.ts';
import { judge } from './judging.ts';

export type DrillAsk = Extract<PersonCommand, { type: 'answer-drill' | 'sign-off-drill' | 'finish-drill' }>;

const NOBODY = 'This is a drill: nobody outside of it is called. Invite people to this channel with Slack’s `/invite`.';
const BY_FINISH = 'This is a drill: `/drill finish` ends it and shows how it went.';

/** What a drill has no part in. */
const NOT_IN_DRILLS: Readonly<Partial<Record<PersonCommand['type'], string>>> = {
  escalate: NOBODY,
  page: NOBODY,
  'page-on-call': NOBODY,
  'request-notice': 'This is a drill: customers hear nothing of it.',
  'notice-sent': 'This is a drill: customers hear nothing of it.',
  merge: 'This is a drill: it cannot be merged with an incident.',
  absorb: 'That is a drill: no incident can be merged into it.',
  resolve: BY_FINISH,
  close: BY_FINISH,
  reopen: 'This drill is over. `/drill start` begins another one.',
  'schedule-review': 'This is a drill: it has no review.',
  'finish-review': 'This is a drill: it has no review.',
};

/**
 * Two drills of a service at once would break and mend the same things, and who plays would not know which one they are in. `open`: an incident or a drill
 * of the service that is not over. @throws UserError `drill-open`
 */
export function assertOnlyDrill(open: Incident | null): void {
  if (open?.drill === undefined) return;
  const where = open.room === null ? '' : ` in <#${open.room.channel}>`;
  throw refuse(
    'drill-open',
    `${open.serviceName} has a drill already: <@${open.reporter}> started *${open.id}*${where}. Finish it there first: \`/drill finish\`.`,
  );
}

/** @throws UserError `is-drill` for what would lead out of a drill, `not-drill` for what only a drill has */
export function assertFits(state: Incident, ask: PersonCommand['type']): void {
  const why = state.drill === undefined ? undefined : NOT_IN_DRILLS[ask];
  if (why !== undefined) throw refuse('is-drill', why);
  if (state.drill === undefined && DRILL_ASKS.has(ask)) throw notDrill(state);
}

const DRILL_ASKS: ReadonlySet<string> = new Set(['answer-drill', 'sign-off-drill', 'finish-drill'] satisfies DrillAsk['type'][]);

/** What happens in a drill. Nobody is called from one, whatever becomes overdue in it. */
export function insideDrill(state: Incident | null, events: readonly IncidentEvent[]): readonly IncidentEvent[] {
  return state?.drill === undefined ? events : events.filter(({ type }) => type !== 'incident.escalated');
}

/** @throws UserError `not-drill`, `question-unknown`, `question-answered`, `role-needed`, `signed-off`, `change-pending` */
export function decideDrill(state: Incident, by: Person, ask: DrillAsk): readonly IncidentEvent[] {
  const { drill } = state;
  if (drill === undefined) throw notDrill(state);
  if (ask.type === 'answer-drill') return answer(state, drill, by, ask);
  if (ask.type === 'sign-off-drill') return signOff(state, drill, by);
  return finish(state, drill, by);
}

function answer(state: Incident, drill: Drill, by: Person, ask: Extract<DrillAsk, { type: 'answer-drill' }>): readonly IncidentEvent[] {
  const question = drill.terms.questions.find(({ id }) => id === ask.question);
  const chosen = question?.options[ask.option];
  if (question === undefined || chosen === undefined) throw new UserError('question-unknown', 'That question is not part of this drill.');
  if (drill.answers[question.id] !== undefined)
    throw new UserError('question-answered', 'That question is already answered: the first answer counts.');
  const right = ask.option === question.right;
  const data = { question: question.id, text: question.text, option: ask.option, answer: chosen, right };
  return [event(person(by), state.id, 'drill.answered', data)];
}

function signOff(state: Incident, drill: Drill, by: Person): readonly IncidentEvent[] {
  const { form, sign_off: role, runbook, revision } = drill.terms;
  if (form !== 'review') throw new UserError('not-review', 'Only a review is signed. `/drill finish` ends this drill.');
  if (!by.roles.includes(role)) throw refuse('role-needed', `Signing the review needs the role *${role}*. Ask somebody who has this role.`);
  if (drill.signedOff !== null) throw new UserError('signed-off', 'The review is already signed. `/drill finish` ends it.');
  return [event(person(by), state.id, 'drill.signed-off', { runbook, revision, role })];
}

/** What waits is void, the judgement is recorded, and the drill is over. */
function finish(state: Incident, drill: Drill, by: Person): readonly IncidentEvent[] {
  const change = inForce(state.plans);
  if (change !== null)
    throw refuse(
      'change-pending',
      `“${change.title}” is still in force on the simulated platform. Revert it first: \`/runbook revert ${change.id}\`.`,
    );
  if (!isOpen(state)) throw refuse('not-open', `${state.id} is already over. \`/drill start\` begins another one.`);
  return ended(state, drill, person(by), 'The drill is over.');
}

/** A drill that nobody finished is over all the same: it would remind its channel for ever. */
export function endForgotten(state: Incident, actor: Actor): readonly IncidentEvent[] {
  const { drill, milestones } = state;
  const endsAt = drillEndsAt(state);
  if (drill === undefined || endsAt === null) return [];
  return ended(state, drill, actor, `Nobody finished this drill within ${sayDuration(endsAt - milestones.declared)}, so Tocsin ended it.`);
}

function ended(state: Incident, drill: Drill, actor: Actor, summary: string): readonly IncidentEvent[] {
  return [
    ...voidedByResolving(state, true).map((one) => changeEvent(actor, state.id, one)),
    event(actor, state.id, 'drill.judged', judge(state, drill)),
    event(actor, state.id, 'incident.resolved', { summary }),
    event(actor, state.id, 'incident.closed', { open_items: 0, items: 0 }),
  ];
}

function notDrill({ id }: Incident): UserError {
  return new UserError('not-drill', `${id} is an incident and no drill. \`/drill start\` begins a drill.`);
}
