import { isChangeAsk } from '../change/decide.ts';
import { refuse } from '../errors.ts';
import { type Person, type PersonCommand } from './commands.ts';
import { type Incident, isOpen, sayMergedInto } from './incident.ts';

/** Which of a service's roles an ask needs (ADR 9; nobody gets around an approval by another ask). */
export const ROLE_NEEDED: Readonly<Partial<Record<PersonCommand['type'], string>>> = {
  acknowledge: 'responder',
  assign: 'responder',
  'change-severity': 'responder',
  'change-status': 'responder',
  'change-type': 'responder',
  page: 'responder',
  'post-update': 'responder',
  snooze: 'responder',
  merge: 'responder',
  resolve: 'responder',
  reopen: 'responder',
  close: 'responder',
  'request-diagnosis': 'responder',
  'request-remedy': 'responder',
  'request-extension': 'responder',
  withdraw: 'responder',
  'schedule-review': 'responder',
  'finish-review': 'responder',
  'finish-drill': 'responder',
};

/** What somebody who was called may do in that incident without any role: answer the call, say how it stands, and call others. */
export const FOR_THE_CALLED: ReadonlySet<PersonCommand['type']> = new Set(['acknowledge', 'change-status', 'post-update', 'page']);

export const WHILE_OPEN: ReadonlySet<PersonCommand['type']> = new Set([
  'acknowledge',
  'change-severity',
  'change-status',
  'change-type',
  'post-update',
  'snooze',
  'escalate',
  'page',
  'resolve',
  'request-remedy',
  'request-extension',
  'approve',
  'answer-drill',
  'sign-off-drill',
  'finish-drill',
]);

/** What comes after an incident. */
const WHEN_OVER: ReadonlySet<PersonCommand['type']> = new Set(['schedule-review', 'finish-review']);

/** Asks whose roles have to be looked up at that moment: approvals, and whatever leads around one (ADR 9). */
export function needsFreshRoles(ask: PersonCommand): boolean {
  return isChangeAsk(ask) || FRESH.has(ask.type);
}

export const FRESH: ReadonlySet<PersonCommand['type']> = new Set([
  'assign',
  'change-severity',
  'change-impact',
  'snooze',
  'merge',
  'close',
  'sign-off-drill',
]);

/** Whether a person may ask this of an incident at all. @throws UserError `not-trusted`, `role-needed`, `not-open`, `not-resolved`, `merged` */
export function assertMay(state: Incident, by: Person, ask: PersonCommand['type']): void {
  assertTrusted(by);
  checkRole(state, by, ask);
  checkState(state, ask);
}

/** @throws UserError `not-trusted` */
export function assertTrusted({ trusted }: Person): void {
  if (!trusted) throw refuse('not-trusted', 'Guests, bots and people of other workspaces cannot change incidents. Ask a full member to do it.');
}

function checkRole(state: Incident, by: Person, ask: PersonCommand['type']): void {
  const role = ROLE_NEEDED[ask];
  if (role === undefined || by.roles.includes(role)) return;
  if (FOR_THE_CALLED.has(ask) && state.called.includes(by.id)) return;
  throw refuse('role-needed', `That needs the role *${role}*. You do not have this role. Ask somebody who does, or \`/incident escalate\`.`);
}

function checkState(state: Incident, ask: PersonCommand['type']): void {
  if (WHEN_OVER.has(ask)) return checkOver(state);
  if (!WHILE_OPEN.has(ask) || isOpen(state)) return;
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: work continues there.`);
  throw refuse('not-open', `${state.id} is ${state.status}. \`/incident reopen reason\` opens it again.`);
}

function checkOver(state: Incident): void {
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: it is reviewed there.`);
  if (isOpen(state)) throw refuse('not-resolved', `${state.id} is not resolved yet. Its review comes after that.`);
}
