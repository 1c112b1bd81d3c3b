import type { Button, KnownBlock } from '@slack/types';
import type { Plan } from '../src/domain/change/plans.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { sayAskedRevert } from '../src/domain/records/plan-words.ts';
import { sayDuration } from '../src/lib/time.ts';
import { code } from './code.ts';
import { sinceThen } from './incident-words.ts';
import { actions, button, context, type Message, message, section } from './kit.ts';
import { safe, sentence } from './outside.ts';
import { inForceButtons } from './plan-buttons.ts';
import { effectMark, sayApprovers, sayVerified } from './plan-words.ts';
import { sayRecord } from './record-words.ts';
import { clamp, user, when } from './text.ts';

/** Characters of a conflict's diff. */
const DIFF = 2_600;

type Told<T extends IncidentRecord['type']> = Extract<IncidentRecord, { type: T }>;

/** What a change did, and what somebody must decide about it. Its buttons go when there is nothing to decide any more. */
export function changeMessage(incident: Incident, record: IncidentRecord): Message {
  const plan = planIn(incident, record);
  const text = sayRecord(record, incident.plans) ?? record.type;
  if (plan === null) return message(text, [context(sentence(text))]);
  return message(`${incident.id}: ${text}`, [...body(incident, record, plan), ...buttons(incident, record, plan)]);
}

/** True when a message about a change has nothing more to offer. */
export function isChangeFinal(incident: Incident, record: IncidentRecord): boolean {
  const plan = planIn(incident, record);
  if (plan === null) return true;
  if (record.type === 'remedy.applied') return plan.endedAt !== null && (!canRevert(record, plan) || incident.status === 'closed');
  if (record.type === 'revert.reminded') return !inForce(plan);
  if (record.type === 'revert.conflict' || record.type === 'revert.waiting') return plan.conflict === null;
  return true;
}

function planIn(incident: Incident, { data }: IncidentRecord): Plan | null {
  const id = 'plan' in data && typeof data.plan === 'string' ? data.plan : '';
  return incident.plans[id] ?? null;
}

function body(incident: Incident, record: IncidentRecord, plan: Plan): KnownBlock[] {
  switch (record.type) {
    case 'remedy.applied':
      return applied(incident, record, plan);
    case 'remedy.reverted':
      return reverted(incident, record, plan);
    case 'revert.reminded':
      return [
        section(
          `:alarm_clock: ${calling(incident, plan)}${bold(plan)} reverts by itself at ${when(Date.parse(record.data.revert_at))}. More time needs the same approvals as the change, so ask before then.`,
        ),
        ...sinceReminded(record, plan),
      ];
    case 'revert.failed':
      return [
        section(
          `:x: *The revert of ${safe(plan.title)} failed* (try ${record.data.attempt}). Tocsin retries until it is done.\n*Why*: ${safe(clamp(record.data.error, 1_000))}`,
        ),
      ];
    case 'revert.conflict':
      return conflict(record, plan);
    case 'revert.waiting':
      return [
        section(
          `:warning: The revert of ${bold(plan)} *still waits for a decision*: somebody changed ${safe(record.data.object)} meanwhile. Until then the change stays in force.`,
        ),
        ...sinceAsked(plan),
      ];
    case 'recurrence.seen':
      return [
        section(`:warning: ${calling(incident, plan)}${sayAgain(record.data, plan)}\n${safe(clamp(record.data.summary, 2_000))}`),
        ...(record.data.reverted === true ? [context(`*${incident.id}*  ·  ${safe(incident.serviceName)}`)] : []),
      ];
    case 'recurrence.clear':
    case 'recurrence.unknown':
      return [
        section(
          `${record.type === 'recurrence.clear' ? ':white_check_mark:' : ':grey_question:'} ${sentence(sayRecord(record, incident.plans) ?? record.type)}`,
        ),
        context(`*${incident.id}*  ·  ${safe(incident.serviceName)}`),
      ];
    default:
      return [section(sentence(sayRecord(record, incident.plans) ?? record.type))];
  }
}

/** What was found again after a change, and what to do. */
function sayAgain({ reverted: isReverted, again, another }: Told<'recurrence.seen'>['data'], plan: Plan): string {
  if (isReverted === true)
    return `*The cause is still there* after the revert of ${bold(plan)}. Diagnose again, then fix the cause or choose another remedy.`;
  if (another === true) return `*It fails again, differently*, after ${bold(plan)}. Diagnose again.`;
  return `*${again === false ? 'It is still there' : 'It came back'}* after ${bold(plan)}. Diagnose again, then choose another remedy.`;
}

/** Who has to act: the commander, or else whoever asked for the change. Nothing where that is nobody in Slack. */
function calling({ roles }: Incident, { requester }: Plan): string {
  const id = roles['incident-commander'] ?? requester;
  return /^[UW][A-Z0-9]+$/.test(id) ? `${user(id)}: ` : '';
}

function applied(incident: Incident, record: Told<'remedy.applied'>, plan: Plan): KnownBlock[] {
  const { revert_at: revertAt, way_back: wayBack } = record.data;
  const revert =
    wayBack === true ? 'stays until somebody reverts it' : revertAt === null ? null : `reverts by itself at ${when(Date.parse(revertAt))}`;
  const verified = sayVerified(plan);
  const lead =
    plan.risk === 'emergency'
      ? `:rotating_light: *In force*: ${bold(plan)}${revert === null ? '' : `, ${revert}`}.`
      : `${verified === '' ? `${effectMark(plan)} ` : ''}${bold(plan)} is applied${revert === null ? '' : ` and ${revert}`}.`;
  const facts = [
    `*${incident.id}*`,
    safe(incident.serviceName),
    sayApprovers(plan),
    plan.intendedAt === null ? null : `since ${when(plan.intendedAt)}`,
  ];
  return [
    section([...(verified === '' ? [] : [verified]), lead].join('\n')),
    context(facts.filter((fact) => fact !== null).join('  ·  ')),
    ...sinceApplied(record, plan),
  ];
}

/** What became of a change after it was applied: it was given more time, or it is over. */
function sinceApplied({ data }: Told<'remedy.applied'>, plan: Plan): KnownBlock[] {
  const { revertAt, endedAt, status } = plan;
  if (status === 'reverting') return [sinceThen('it is being reverted.')];
  if (status === 'reverted' || status === 'kept') return [sinceThen(`it ended${endedAt === null ? '' : ` at ${when(endedAt)}`}.`)];
  return revertAt === null || data.revert_at === null || revertAt === Date.parse(data.revert_at)
    ? []
    : [sinceThen(`it reverts by itself at ${when(revertAt)}.`)];
}

function reverted(incident: Incident, { data }: Told<'remedy.reverted'>, plan: Plan): KnownBlock[] {
  const late = data.late_ms >= 1_000 ? `, *${sayDuration(data.late_ms)} late*` : '';
  const by = sayAskedRevert(data.asked === undefined ? undefined : { ...data.asked, reason: safe(clamp(data.asked.reason, 500)) }, user);
  const verified =
    data.verified === true
      ? ' A second check confirms that the previous state is back.'
      : ' :warning: *A second check did not confirm it*: check by hand.';
  return [
    // Without a second look a person has decided to keep something of it: the summary says how much.
    section(
      data.verified === null
        ? `:leftwards_arrow_with_hook: The revert of ${bold(plan)} has ended${late}. ${safe(data.summary)}`
        : `:leftwards_arrow_with_hook: ${bold(plan)} is reverted${late}${by}.${verified}`,
    ),
    ...protection(data, plan),
    ...(data.looks === true ? [section(':mag: Tocsin looks now whether the cause is still there, and says it here.')] : []),
    context([`*${incident.id}*`, safe(incident.serviceName), safe(data.summary)].join('  ·  ')),
  ];
}

/** The end of an emergency, plainly: whether what it switched off protects again. */
function protection({ verified, kept = 0 }: Told<'remedy.reverted'>['data'], { risk }: Plan): KnownBlock[] {
  if (risk !== 'emergency') return [];
  const is =
    kept > 0
      ? ':warning: *The protection may still be off*: a person decided to keep something of the change. Look at it now.'
      : verified === true
        ? ':shield: *The protection is back on.*'
        : ':warning: *It is not certain that the protection is back on.* Check it now.';
  return [section(is)];
}

/** Somebody else's value stands where the revert would put the old one. */
function conflict({ data }: Told<'revert.conflict'>, plan: Plan): KnownBlock[] {
  return [
    section(
      `:warning: *The revert of ${safe(plan.title)} waits for a decision.* Somebody changed ${safe(data.object)} meanwhile: ${safe(clamp(data.summary, 500))}\nUntil then the change stays in force.`,
    ),
    ...(data.diff === '' ? [] : [section(code(data.diff, DIFF))]),
    ...(plan.conflict === null
      ? sinceAsked(plan)
      : [context('*Keep* leaves the current value; *Overwrite* restores the value from before the change.')]),
  ];
}

/** What became of a change after somebody was reminded of its end. */
function sinceReminded(record: Told<'revert.reminded'>, plan: Plan): KnownBlock[] {
  if (plan.endedAt !== null) return [sinceThen(`it ended at ${when(plan.endedAt)}.`)];
  if (plan.status === 'reverting') return [sinceThen('it is being reverted.')];
  const { revertAt } = plan;
  return revertAt === null || revertAt === Date.parse(record.data.revert_at) ? [] : [sinceThen(`it reverts by itself at ${when(revertAt)}.`)];
}

function sinceAsked({ conflict, endedAt }: Plan): KnownBlock[] {
  if (conflict !== null) return [];
  return [sinceThen(endedAt === null ? 'somebody has decided.' : `somebody has decided; it ended at ${when(endedAt)}.`)];
}

function buttons(incident: Incident, record: IncidentRecord, plan: Plan): KnownBlock[] {
  const found = buttonsOf(incident, record, plan);
  return found.length === 0 ? [] : [actions('change', found)];
}

function buttonsOf(incident: Incident, record: IncidentRecord, plan: Plan): Button[] {
  const value = `${incident.id}:${plan.id}`;
  if (record.type === 'remedy.applied' && canRevert(record, plan)) return [button('Revert', 'plan.revert', value)];
  if (record.type === 'remedy.applied' || record.type === 'revert.reminded') return inForce(plan) ? inForceButtons(incident, plan) : [];
  if (record.type === 'revert.conflict' || record.type === 'revert.waiting') {
    return plan.conflict === null ? [] : [button('Overwrite', 'plan.overwrite', value), button('Keep', 'plan.keep', value)];
  }
  if (record.type === 'recurrence.seen') return [button('Diagnose', 'runbook.diagnose', `${incident.id}:${plan.runbook}`, { style: 'primary' })];
  return [];
}

/** Whether it stays until a person reverts it. */
function canRevert({ data }: Told<'remedy.applied'>, plan: Plan): boolean {
  return data.way_back === true && plan.status === 'applied' && plan.revertAt === null;
}

/** Whether it can be reverted or put off now. */
function inForce(plan: Plan): boolean {
  return plan.status === 'applied' && plan.revertAt !== null;
}

function bold(plan: Plan): string {
  return `*${safe(plan.title)}*`;
}
