import { isCardInSight, type Plan, planCardKey } from '../../domain/change/plans.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { MessageName } from '../../domain/messages/messages.ts';
import type { Json } from '../../domain/record.ts';
import type { RunStart } from '../../ports/runs.ts';
import { ASK_APPROVERS, DIAGNOSIS, PACK, RECURRENCE, REMEDY, REVERT } from '../run-kinds.ts';
import type { Destination, Notice } from './notices.ts';

interface Tell {
  readonly key: (suffix: string) => string;
  readonly message: (template: MessageName, to: Destination, suffix?: string, data?: Json) => Notice;
  readonly room: Destination;
  /** Channels beside the room that hear of milestones. */
  readonly outside: readonly string[];
}

/** The run that reverts a plan; one a plan, whoever starts it. */
export function revertRunId(plan: string): string {
  return `${plan}:revert`;
}

/**
 * Who is told of diagnosis, approval and change, and which runs that starts or wakes. A plan's card says by edits what was asked, approved, applied, verified and watched;
 * a message of its own is what somebody has to hear of: that an emergency is in force, that it ended otherwise, what the watch has found, and that it is applied
 * where the card is out of sight. Pure.
 */
export function changeNotices(record: IncidentRecord, incident: Incident, { key, message, room, outside }: Tell): readonly Notice[] {
  /** The card's edit says that it is applied. */
  const told = (plan: Plan | undefined) => plan !== undefined && isCardInSight(plan, Date.parse(record.time));
  const everywhere = (template: MessageName, data?: Json): Notice[] => [
    message(template, room, template, data),
    ...outside.map((channel) => message(template, { kind: 'channel', channel }, `${template}:${channel}`, data)),
  ];
  switch (record.type) {
    case 'diagnosis.requested':
      return [
        starting(
          record.data.run,
          DIAGNOSIS.with({
            incident: incident.id,
            runbook: record.data.runbook,
            by: record.actor.id,
            ...(record.data.arguments === undefined ? {} : { arguments: { ...record.data.arguments } }),
          }),
        ),
      ];
    case 'remedy.requested':
      return [
        starting(
          record.data.run,
          REMEDY.with({
            incident: incident.id,
            runbook: record.data.runbook,
            remedy: record.data.remedy,
            arguments: record.data.arguments,
            reason: record.data.reason,
          }),
        ),
      ];
    case 'plan.made': {
      const waits = incident.plans[record.data.plan]?.status === 'waiting';
      return [
        { ...message('plan', room), key: planCardKey(record.data.plan) } as Notice,
        ...(waits ? [askApprovers(key('approvers'), incident, record.data.plan)] : []),
      ];
    }
    case 'approval.reminded':
      return [message('event', room), askApprovers(key('approvers'), incident, record.data.plan, true)];
    case 'approval.given':
      return record.data.missing.length === 0
        ? decided(incident, record.data.plan)
        : [askApprovers(key(`approvers:${record.data.plan}`), incident, record.data.plan)];
    case 'role.assigned':
      if (record.data.role !== 'incident-commander') return [];
      return Object.values(incident.plans).flatMap(({ id, status }) =>
        status === 'waiting' ? [askApprovers(key(`approvers:${id}`), incident, id)] : [],
      );
    case 'approval.blocked':
    case 'approval.possible': {
      const plan = incident.plans[record.data.plan];
      return [message('event', room), ...toRequester(plan?.requester, record.actor.id, message)];
    }
    case 'approval.rejected':
    case 'approval.withdrawn':
    case 'approval.expired':
      return [message('event', room), ...decided(incident, record.data.plan)];
    case 'plan.voided': {
      const plan = incident.plans[record.data.plan];
      return [
        message('event', room),
        ...(record.data.final === true ? [...decided(incident, record.data.plan), ...toRequester(plan?.requester, record.actor.id, message)] : []),
      ];
    }
    case 'remedy.failed':
      return [message('event', room), ...toRequester(record.data.requester, record.actor.id, message)];
    case 'follow-up.added':
    case 'recurrence.clear':
    case 'recurrence.unknown':
      return [message('event', room)];
    case 'remedy.applied': {
      const plan = incident.plans[record.data.plan];
      const about = { incident: incident.id, plan: record.data.plan };
      return [
        ...(plan?.risk === 'emergency' ? everywhere('change') : told(plan) ? [] : [message('change', room)]),
        ...(plan?.revertAt === null || plan === undefined ? [] : [starting(revertRunId(plan.id), REVERT.with(about))]),
        starting(key('recurrence'), RECURRENCE.with(about)),
      ];
    }
    case 'revert.requested':
      return [
        message('event', room),
        starting(revertRunId(record.data.plan), REVERT.with({ incident: incident.id, plan: record.data.plan })),
        ...turn(incident, record.data.plan, { kind: 'revert', by: record.actor.id }),
      ];
    case 'revert.extended':
      return [message('event', room), ...turn(incident, record.data.plan, { kind: 'extended' })];
    case 'revert.settled':
      return [message('event', room), ...settled(incident, record.data.plan, record.data.keep)];
    case 'revert.reminded':
    case 'revert.failed':
    case 'revert.conflict':
    case 'revert.waiting':
    case 'recurrence.seen':
      return [message('change', room)];
    case 'remedy.reverted': {
      const plan = incident.plans[record.data.plan];
      if (plan === undefined) return [message('change', room)];
      // Of a remedy that failed, everybody knows that the cause is there; what was kept is still in force.
      const wasInForce = plan.reason === null && record.data.kept === 0;
      const look = wasInForce ? [starting(key('cause'), RECURRENCE.with({ incident: incident.id, plan: plan.id, after: 'revert' }))] : [];
      if (plan.risk !== 'emergency') return [message('change', room), ...look];
      return [...everywhere('change', { told: [...outside] }), starting(key('pack'), PACK.with({ incident: incident.id, plan: plan.id })), ...look];
    }
    default:
      return [];
  }
}

/** Looks who can approve a plan, asks them, and says so where nobody can. `again`: everybody is asked. */
function askApprovers(id: string, incident: Incident, plan: string, again = false): Notice {
  return starting(id, ASK_APPROVERS.with({ incident: incident.id, plan, seq: incident.plans[plan]?.seq ?? incident.seq, again }));
}

/** Who asked is told where they are, unless they did it themselves or are nobody in Slack. */
function toRequester(requester: string | undefined, by: string, message: Tell['message']): Notice[] {
  if (requester === undefined || requester === by || !/^[UW][A-Z0-9]+$/.test(requester)) return [];
  return [message('event', { kind: 'person', user: requester }, 'requester')];
}

/** A durable run that begins with the record. */
export function starting(id: string, { kind, input }: RunStart): Notice {
  return { kind: 'run', id, run: kind, input };
}

function decided(incident: Incident, id: string): Notice[] {
  const plan = incident.plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: plan.run, name: `decided:${id}`, payload: plan.status }];
}

function settled(incident: Incident, id: string, keep: boolean): Notice[] {
  const plan = incident.plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: revertRunId(id), name: `settled:${plan.conflicts}`, payload: { keep } }];
}

/** What a person told a revert: the run waits for each turn by its number. */
function turn(incident: Incident, id: string, payload: Json): Notice[] {
  const plan = incident.plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: revertRunId(id), name: `turn:${plan.turns}`, payload }];
}
