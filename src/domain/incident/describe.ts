import { own } from '../../lib/own.ts';
import { plural } from '../../lib/plural.ts';
import { sayDuration, sayMoment } from '../../lib/time.ts';
import { sayAsked } from '../asked-words.ts';
import { sayBlocked } from '../change/completing.ts';
import { sayRoles } from '../change/deciding.ts';
import { isConfirmed, type Plan } from '../change/plans.ts';
import { mention, sayWho } from '../mentions.ts';
import { sayMessage } from '../message-words.ts';
import { describeReach, saySlackError } from './describe-reach.ts';
import type { EventData, IncidentRecord } from './events.ts';
import { sayHandedOver } from './handover.ts';
import { HIDDEN_INCIDENT, type Incident, ROLE_NAMES } from './incident.ts';

export { mention, saySlackError, sayWho };

/** What the state calls plans and diagnoses. */
type ActionNames = Pick<Incident, 'plans' | 'diagnoses'>;

/**
 * What somebody did about the incident, for the update's Actions Taken: what, not who, since an update mentions nobody and is
 * edited as plain text. `null` for what is bookkeeping, or is said elsewhere in the update.
 */
export function describeAction(record: IncidentRecord, { plans, diagnoses }: ActionNames): string | null {
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
    case 'diagnosis.finished':
      return `Diagnosed “${record.data.title ?? own(diagnoses, record.data.runbook)?.title ?? record.data.runbook}”${sayFindings(record.data.findings)}`;
    case 'remedy.applied':
      return `Applied ${titleIn(plans, record.data.plan)}`;
    case 'remedy.reverted':
      return `Reverted ${titleIn(plans, record.data.plan)}`;
    default:
      return null;
  }
}

/** Of a private incident the title is said in its own room only, and older records do not say whether it was one. */
function sayTitle({ title, private: isPrivate }: EventData['incident.absorbed']): string {
  return isPrivate === false && title !== undefined ? ` (${title})` : '';
}

function titleIn(plans: PlanTitles, id: string): string {
  const title = own(plans, id)?.title;
  return title === undefined ? id : `“${title}”`;
}

/** What an incident's plans are called, and what they need, by their ids: records of a plan carry nothing but its id. */
export type PlanTitles = Readonly<Record<string, Pick<Plan, 'title'> & Partial<Pick<Plan, 'needs'>>>>;

/** One record as one plain sentence; `null` for a type that is not an incident's. Without `plans`, a plan is called by its id. */
export function describe(record: IncidentRecord, plans: PlanTitles = {}): string | null {
  const by = record.actor.kind === 'person' ? mention(record.actor.id) : 'Tocsin';
  const titled = (id: string) => titleIn(plans, id);
  const confirmed = (id: string) => isConfirmed({ needs: plans[id]?.needs ?? [] });
  switch (record.type) {
    case 'incident.declared':
      return `${by} declared ${record.data.severity} for ${record.data.service_name}: ${record.data.title}`;
    case 'incident.acknowledged':
      return `${by} acknowledged after ${sayDuration(record.data.within_ms)}`;
    case 'role.assigned':
      return `${sayAssigned(record.data)}${record.data.approves === false ? ' (not in the group of incident commanders, so their approval does not count; `/incident handoff` moves the command)' : ''}`;
    case 'severity.changed':
      return `${by} changed severity from ${record.data.from} to ${record.data.to}: ${record.data.reason}`;
    case 'impact.changed':
      return `${by} recorded the impact: ${record.data.impact ?? 'none given'}${record.data.customer_impact ? ' (customers affected)' : ''}${record.data.data_exposure ? ' (data exposure)' : ''}`;
    case 'status.changed':
      return `${by} changed the status from ${record.data.from} to ${record.data.to}${record.data.note === null ? '' : `: ${record.data.note}`}`;
    case 'alert.attached':
      return `Alert ${record.data.alert} (${record.data.source}) belongs to this incident: ${record.data.title}: ${record.data.summary}`;
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
      return `${by} snoozed update reminders until ${sayMoment(record.data.until)}: ${record.data.reason}`;
    case 'acknowledgement.reminded':
      return 'Tocsin reminded the responders that nobody has acknowledged';
    case 'breach.recorded':
      return record.data.target === 'acknowledgement'
        ? 'Breach: the acknowledgement target passed'
        : `Breach: the update is ${sayDuration(record.data.late_ms)} late`;
    case 'incident.escalated':
      return `Escalated to ${sayWho(record.data.who)} (step ${record.data.level}${record.data.last ? ', the last in line' : ''}): ${record.data.reason}`;
    case 'checklist.ticked':
      return `${by} ${record.data.done ? 'ticked' : 'unticked'} ${record.data.text === undefined ? `the checklist item ${record.data.item}` : `“${record.data.text}”`}`;
    case 'incident.merged':
      return `${by} merged this incident into ${record.data.hidden === true ? HIDDEN_INCIDENT : record.data.into}${record.data.room === undefined ? '' : `: work continues in <#${record.data.room}>`}`;
    case 'incident.absorbed':
      return `${by} merged ${record.data.from}${sayTitle(record.data)} into this incident`;
    case 'incident.resolved':
      return `${by} resolved the incident: ${record.data.summary}`;
    case 'incident.reopened':
      return `${by} reopened the incident: ${record.data.reason}`;
    case 'incident.closed':
      return `${by} closed the incident${sayLeftOpen(record.data)}`;
    case 'room.created':
      return `${record.data.thread_ts === null ? `The incident has its channel <#${record.data.channel}>` : 'The incident has its thread'}${record.data.note ? `: ${record.data.note}` : ''}`;
    case 'people.called':
    case 'person.reached':
    case 'room.lost':
      return describeReach(record);
    case 'card.posted':
      return `The incident card was posted in <#${record.data.channel}>`;
    case 'message.failed':
      return `A message (${sayMessage(record.data.template)}) could not be delivered: ${record.data.error}`;
    case 'command.refused':
      return `${by} ${sayAsked(record.data.command)} and was refused: ${record.data.reason}`;
    case 'diagnosis.requested':
      return `${by} started the diagnosis “${record.data.title}”`;
    case 'diagnosis.step':
      return record.outcome === 'done'
        ? `Diagnosis checked ${record.data.step}: ${record.data.summary}`
        : `Diagnosis could not check ${record.data.step}: ${record.data.summary}`;
    case 'diagnosis.finished':
      return `The diagnosis ${record.data.title === undefined ? `of ${record.data.runbook}` : `“${record.data.title}”`} ${record.data.alert === undefined ? 'is finished' : `that was made for ${record.data.alert} belongs to this incident`}${sayFindings(record.data.findings) || ': no known problem'}${sayUnseen(record.data.failed)}`;
    case 'remedy.requested':
      return `${by} asked for “${record.data.title}” (${record.data.risk}${sayArguments(record.data.arguments)}): ${record.data.reason}`;
    case 'plan.made':
      return sayPlan(record.data);
    case 'plan.voided':
      return `The plan of ${titled(record.data.plan)} is void: ${record.data.reason}`;
    case 'approval.given':
      if (confirmed(record.data.plan)) return `${by} confirmed ${titled(record.data.plan)} (${sayRoles(record.data.roles)})`;
      return `${record.data.by_asking === true ? `${by} has the command and asked for it, which approves` : `${by} approved`} ${titled(record.data.plan)} (${sayRoles(record.data.roles)})${record.data.missing.length === 0 ? ', the last approval that it needed' : `; ${sayRoles(record.data.missing)} is still missing`}`;
    case 'approval.blocked':
      return `Nobody can complete ${titled(record.data.plan)} now. ${sayBlocked(record.data)}`;
    case 'approval.possible':
      return `${titled(record.data.plan)} can be completed again`;
    case 'approval.rejected':
      return `${by} rejected ${titled(record.data.plan)}: ${record.data.reason}`;
    case 'approval.withdrawn':
      return `${by} withdrew ${titled(record.data.plan)}: ${record.data.reason}`;
    case 'approval.reminded':
      return `${titled(record.data.plan)} still waits for ${sayRoles(record.data.missing)}`;
    case 'approval.expired':
      return `${titled(record.data.plan)} expired: ${sayRoles(record.data.missing)} did not ${confirmed(record.data.plan) ? 'confirm' : 'approve'} in time`;
    case 'evidence.captured':
      return record.outcome === 'done'
        ? `Evidence ${PHASES[record.data.phase]} ${titled(record.data.plan)}, ${record.data.step}: ${record.data.summary}`
        : `Evidence ${PHASES[record.data.phase]} ${titled(record.data.plan)} could not be captured, ${record.data.step}: ${record.data.summary}`;
    case 'change.intended':
      return `${titled(record.data.plan)} begins${sayApprovers(record.data.approvers)}: ${record.data.steps.join('; ')}`;
    case 'change.applied':
      return `Applied step ${record.data.step + 1} of ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'change.failed':
      return `Step ${record.data.step + 1} of ${titled(record.data.plan)} failed: ${record.data.error}`;
    case 'change.verified':
      if (record.data.unknown === true) return `It could not be verified whether ${titled(record.data.plan)} has its effect: ${record.data.summary}`;
      return `${record.data.passed ? 'The effect is there' : 'The effect did not show'} after ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'remedy.applied':
      return `${titled(record.data.plan)} is applied${sayUntil(record.data)}`;
    case 'remedy.failed':
      return record.data.plan === null
        ? `${record.data.title === undefined ? 'The remedy' : `“${record.data.title}”`} cannot be carried out: ${record.data.reason}`
        : `${titled(record.data.plan)} failed${sayApplied(record.data.applied)}: ${record.data.reason}`;
    case 'revert.reminded':
      return `${titled(record.data.plan)} reverts by itself at ${sayMoment(record.data.revert_at)}`;
    case 'revert.extended':
      return `${titled(record.data.plan)} got more time: it reverts at ${sayMoment(record.data.until)}`;
    case 'revert.requested':
      return `${by} asked to revert ${titled(record.data.plan)} now: ${record.data.reason}`;
    case 'revert.started':
      return `The revert of ${titled(record.data.plan)} begins${sayLate(record.data.late_ms)}: ${record.data.because}`;
    case 'revert.failed':
      return `The revert of ${titled(record.data.plan)} failed at step ${record.data.step + 1} (try ${record.data.attempt}) and is retried: ${record.data.error}`;
    case 'revert.conflict':
      return `The revert of ${titled(record.data.plan)} found that somebody changed ${record.data.object} meanwhile, and waits for a decision: ${record.data.summary}`;
    case 'revert.waiting':
      return `The revert of ${titled(record.data.plan)} still waits for a decision about ${record.data.object}`;
    case 'revert.settled':
      return record.data.keep
        ? `${by} decided to keep the current value instead of reverting ${titled(record.data.plan)}: ${record.data.reason}`
        : `${by} decided to overwrite the current value by reverting ${titled(record.data.plan)}: ${record.data.reason}`;
    case 'change.reverted':
      return `Reverted step ${record.data.step + 1} of ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'remedy.reverted':
      return `${titled(record.data.plan)} is reverted${sayLate(record.data.late_ms)}${VERIFIED[String(record.data.verified)] ?? ''}: ${record.data.summary}`;
    case 'recurrence.watched':
      return `Tocsin watches until ${sayMoment(record.data.until)} whether it comes back after ${titled(record.data.plan)}`;
    case 'recurrence.seen':
      if (record.data.reverted === true) return `The cause is still there after the revert of ${titled(record.data.plan)}: ${record.data.summary}`;
      return `${record.data.again === false ? 'It is still there' : 'It came back'} after ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'recurrence.clear':
      if (record.data.reverted === true) return `The cause is gone after the revert of ${titled(record.data.plan)}: ${record.data.summary}`;
      return `It did not come back after ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'recurrence.unknown':
      if (record.data.reverted === true)
        return `Tocsin could not tell whether the cause is gone after the revert of ${titled(record.data.plan)}: ${record.data.summary}`;
      return `Tocsin could not tell whether it came back after ${titled(record.data.plan)}: ${record.data.summary}`;
    case 'follow-up.added':
      return `To follow up: ${record.data.text}`;
    default:
      return null;
  }
}

const PHASES = { before: 'before', during: 'right after', after: 'at the end of' } as const;
const VERIFIED: Readonly<Record<string, string>> = { true: ' and verified', false: ', but could not be verified', null: '' };

/** How much of the checklist is done, where something of it is not. */
function sayLeftOpen({ open_items: open, items = 0 }: EventData['incident.closed']): string {
  return open === 0 || items === 0 ? '' : `; ${sayChecklist(items - open, items)}`;
}

/** `2 of 9 items of the checklist are done`. */
export function sayChecklist(done: number, items: number): string {
  return `${done} of ${items} ${items === 1 ? 'item' : 'items'} of the checklist ${items === 1 ? 'is' : 'are'} done`;
}

function sayPlan(data: Extract<IncidentRecord, { type: 'plan.made' }>['data']): string {
  const yes = isConfirmed(data) ? 'confirm' : 'approve';
  const needs = data.needs.length === 0 ? 'it needs no approval' : `${sayRoles(data.needs)} must ${yes} it by ${sayMoment(data.expires)}`;
  if (data.kind === 'extend') return `${mention(data.requester)} asked for ${data.title} (${data.plan}), ${needs}: ${data.reason}`;
  const what = data.replaces === null ? 'The plan' : 'A new plan';
  return `${what} of “${data.title}” (${data.plan}) is ready; ${needs}: ${data.steps.map(({ summary }) => summary).join('; ')}`;
}

function sayFindings(findings: readonly { readonly says: string }[]): string {
  return findings.length === 0 ? '' : `: ${findings.map(({ says }) => says).join(' ')}`;
}

function sayUnseen(failed: readonly string[]): string {
  return failed.length === 0 ? '' : ` (could not check ${failed.join(', ')})`;
}

function sayArguments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `, ${name} ${value}`)
    .join('');
}

function sayApprovers(approvers: readonly { readonly role: string; readonly user: string }[]): string {
  return approvers.length === 0 ? '' : `, approved by ${approvers.map(({ role, user }) => `${mention(user)} (${sayRoles([role])})`).join(' and ')}`;
}

/** How long a change is there. */
function sayUntil({ revert_at: at, way_back: wayBack }: EventData['remedy.applied']): string {
  if (at !== null) return ` and reverts by itself at ${sayMoment(at)}`;
  return wayBack === true ? ' and stays until somebody reverts it' : '';
}

function sayApplied(steps: number): string {
  return steps === 0 ? ', nothing was changed' : ` after ${plural(steps, 'step')}`;
}

function sayLate(ms: number): string {
  return ms < 1_000 ? '' : `, ${sayDuration(ms)} late`;
}

function sayAssigned({ role, user, previous, handoff, note, handed_over: over }: EventData['role.assigned']): string {
  const said = `${over === undefined ? '' : `, with ${sayHandedOver(over)}`}${note === null ? '' : `: ${note}`}`;
  if (!handoff || previous === null) return `${mention(user)} is ${ROLE_NAMES[role].toLowerCase()}${said}`;
  return `${ROLE_NAMES[role]} handed over from ${mention(previous)} to ${mention(user)}${said}`;
}
