import { isChangeAsk } from '../change/decide.ts';
import { refuse } from '../errors.ts';
import { type Person, type PersonCommand } from './commands.ts';
import { type Incident, isOpen, mayBegin, sayMergedInto } from './incident.ts';

/** Which of a service's roles an ask needs (ADR 9; nobody gets around an approval by another ask). */
export const ROLE_NEEDED: Readonly<Partial<Record<PersonCommand['type'], string>>> = {
  acknowledge: 'responder',
  assign: 'responder',
  'change-call': 'responder',
  'change-severity': 'responder',
  'change-status': 'responder',
  'change-type': 'responder',
  page: 'responder',
  'page-on-call': 'responder',
  'post-update': 'responder',
  snooze: 'responder',
  merge: 'responder',
  resolve: 'responder',
  reopen: 'responder',
  close: 'responder',
  'request-diagnosis': 'responder',
  'request-remedy': 'responder',
  'request-extension': 'responder',
  'request-notice': 'responder',
  'notice-sent': 'responder',
  withdraw: 'responder',
  'schedule-review': 'responder',
  'finish-review': 'responder',
  'finish-drill': 'responder',
};

/** What those may do as well who speak to customers. */
const FOR_COMMUNICATIONS: ReadonlySet<PersonCommand['type']> = new Set(['request-notice', 'notice-sent']);

/** What somebody who was called may do in that incident without any role: answer the call, say how it stands and where people talk, and call others. */
export const FOR_THE_CALLED: ReadonlySet<PersonCommand['type']> = new Set([
  'acknowledge',
  'change-call',
  'change-status',
  'post-update',
  'page',
  'page-on-call',
]);

export const WHILE_OPEN: ReadonlySet<PersonCommand['type']> = new Set([
  'acknowledge',
  'change-severity',
  'change-status',
  'change-type',
  'post-update',
  'snooze',
  'escalate',
  'page',
  'page-on-call',
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

/** Whether a person may ask this of an incident at all. `proposes`: it only proposes something, which comes after an incident as well; `lasts`: it is decided after the end too. @throws UserError `not-trusted`, `role-needed`, `not-open`, `not-resolved`, `merged` */
export function assertMay(state: Incident, by: Person, ask: PersonCommand['type'], proposes = false, lasts = false): void {
  assertTrusted(by);
  checkRole(state, by, ask);
  if (!lasts) checkState(state, ask, proposes);
}

/** Whether an ask is about what only proposes something. */
export function isProposal({ plans }: Incident, ask: PersonCommand): boolean {
  if (ask.type === 'request-remedy') return ask.proposes === true;
  return ask.type === 'approve' && plans[ask.plan]?.proposes === true;
}

/** @throws UserError `not-trusted` */
export function assertTrusted({ trusted }: Person): void {
  if (!trusted) throw refuse('not-trusted', 'Guests, bots and people of other workspaces cannot change incidents. Ask a full member to do it.');
}

function checkRole(state: Incident, by: Person, ask: PersonCommand['type']): void {
  const role = ROLE_NEEDED[ask];
  if (role === undefined || by.roles.includes(role)) return;
  if (FOR_COMMUNICATIONS.has(ask) && by.roles.includes('communications')) return;
  if (FOR_THE_CALLED.has(ask) && state.called.includes(by.id)) return;
  throw refuse('role-needed', `That needs the role *${role}*. You do not have this role. Ask somebody who does, or \`/incident escalate\`.`);
}

function checkState(state: Incident, ask: PersonCommand['type'], proposes: boolean): void {
  if (WHEN_OVER.has(ask)) return checkOver(state);
  if (!WHILE_OPEN.has(ask) || mayBegin(state, proposes)) return;
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: work continues there.`);
  throw refuse('not-open', `${state.id} is ${state.status}. \`/incident reopen reason\` opens it again.`);
}

function checkOver(state: Incident): void {
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: it is reviewed there.`);
  if (isOpen(state)) throw refuse('not-resolved', `${state.id} is not resolved yet. Its review comes after that.`);
}
