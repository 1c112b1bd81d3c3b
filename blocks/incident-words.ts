import type { KnownBlock } from '@slack/types';
import { checklistOf, isDone } from '../src/domain/incident/checklist.ts';
import { sayChecklist } from '../src/domain/incident/checklist-words.ts';
import { type Incident, isOpen, pagedSince, type Status, sayMergedInto } from '../src/domain/incident/incident.ts';
import { latenessOf } from '../src/domain/incident/update.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { saySlackError } from '../src/domain/slack-error-words.ts';
import { sayDuration } from '../src/lib/time.ts';
import { context } from './kit.ts';
import { safe } from './outside.ts';
import { sayLink, since, user, when } from './text.ts';

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  investigating: ':mag: Investigating',
  identified: ':bulb: Identified',
  monitoring: ':eyes: Monitoring',
  resolved: ':white_check_mark: Resolved',
  closed: ':lock: Closed',
};

const SEVERITY_MARKS = { P0: ':red_circle:', P1: ':large_orange_circle:', P2: ':large_yellow_circle:', P3: ':large_blue_circle:' } as const;

export function sayStatus(status: Status): string {
  return STATUS_WORDS[status];
}

/** `:red_circle: P0 (Critical)`: words beside the emoji, since colours are not read by everybody. */
export function saySeverity(severity: Incident['severity']): string {
  return `${SEVERITY_MARKS[severity]} ${severity} (${SEVERITY_NAMES[severity]})`;
}

/** `null` for an incident that everybody may see. */
export function sayPrivate(incident: Incident): string | null {
  return incident.private ? ':closed_lock_with_key: Private' : null;
}

export function sayCommander(incident: Incident): string {
  const commander = incident.roles['incident-commander'];
  return commander === undefined ? '_nobody yet_' : user(commander);
}

/**
 * What happened after a message was posted, beside what it said: that stays as it was. `text` in mrkdwn, with its own
 * time.
 */
export function sinceThen(text: string): KnownBlock {
  return context(`_Since then_: ${text}`);
}

/**
 * Where the review is written; empty where it is in no canvas. Facts that are newer than its draft are told of. `rest`: where those are, unless it is the
 * command that makes the post-mortem.
 */
export function sayReviewCanvas({ id, reviewCanvas, milestones }: Incident, rest = `\`/incident postmortem ${id}\``): string {
  if (reviewCanvas?.link === undefined) return '';
  const newer = (milestones.resolved ?? 0) > reviewCanvas.at ? ` It was filled before the incident was reopened: ${rest} has the rest.` : '';
  return `the draft is in <${reviewCanvas.link}|a canvas>, where people write it together.${newer}`;
}

/** What those who are called do first. Whoever has the command keeps it. */
export function sayAcknowledgeBy({ roles }: Incident, due: number): string {
  const by = `Acknowledge by ${when(due)}`;
  return roles['incident-commander'] === undefined ? `${by}: the first to do so takes command.` : `${by}.`;
}

/** Why nobody has to acknowledge any more, as a sentence: somebody did, or it is over. */
export function sayInHand(incident: Incident, now: number): string {
  const { acknowledged } = incident.milestones;
  if (acknowledged === null) return sayOver(incident) ?? 'no acknowledgement is needed.';
  return `acknowledged at ${when(acknowledged)}, ${sayAcknowledgement(incident, now)}.`;
}

/** The incident that it was merged into, in mrkdwn. */
export function boldMergedInto(incident: Incident): string {
  return incident.mergedHidden === true ? sayMergedInto(incident) : `*${sayMergedInto(incident)}*`;
}

/** How and when an incident ended, as a sentence; `null` while it is open. */
export function sayOver(incident: Incident): string | null {
  if (isOpen(incident)) return null;
  const { mergedInto, milestones, id } = incident;
  const at = milestones.resolved ?? milestones.closed;
  const how =
    mergedInto === null
      ? incident.cancelled === true
        ? 'was cancelled'
        : 'was resolved'
      : `was merged into ${boldMergedInto(incident)}${incident.mergedRoom ? ` (<#${incident.mergedRoom}>)` : ''}`;
  return `${id} ${how}${at === null ? '' : ` at ${when(mergedInto === null ? at : (milestones.closed ?? at))}`}.`;
}

/** How much of the checklist is done; `null` when all of it is. */
export function sayOpenItems(incident: Incident): string | null {
  const items = checklistOf(incident);
  const done = items.filter(isDone).length;
  return done === items.length ? null : sayChecklist(done, items.length);
}

/** The channel or the card where it is worked on; `null` until there is a channel. */
export function sayRoom(incident: Incident): string | null {
  return incident.room === null || incident.room.threadTs !== null ? null : `<#${incident.room.channel}>`;
}

/** The status page by its address. */
export function sayStatusPage({ statusPage }: Incident): string {
  return statusPage === null ? '_none configured_' : sayLink(statusPage);
}

/** Where people talk while the incident is open. */
export function callLine(incident: Incident, call: string | null): KnownBlock[] {
  return call === null || !isOpen(incident) ? [] : [context(`:telephone_receiver: *Call*: ${sayLink(call)}`)];
}

/** When the update is due, or since when it is late: in the reader's words, since a message stands longer than a number is true. */
export function sayUpdate(incident: Incident, now: number): string | null {
  const { dueAt } = incident.updates;
  if (dueAt === null) return null;
  const late = latenessOf(incident, now);
  return late > 0 ? `:warning: *Update late*: it was due ${since(dueAt, `${sayDuration(late)} late`)}` : `Next update due ${when(dueAt)}`;
}

/** How the page of PagerDuty stands, in mrkdwn; `null` where there is none, or the incident is over. */
export function sayPagerDuty({ pagerduty, ...incident }: Incident): string | null {
  if (pagerduty === undefined || !isOpen(incident)) return null;
  const { failing, accepted, answer } = pagerduty;
  if (answer !== undefined) return `:pager: *PagerDuty*: ${answer.what} there by ${safe(answer.by)}`;
  if (failing === true && accepted !== true) return ':warning: *PagerDuty*: not paged yet. Call the on-call another way if it is urgent';
  return `:pager: *PagerDuty*: ${accepted === true ? 'its on-call is paged' : 'its on-call is being paged'}`;
}

/** Who snoozed reminders, until when and why. It is said beside the lateness, never instead. */
export function saySnooze(incident: Incident, now: number): string | null {
  const { snooze } = incident.updates;
  if (snooze === null || snooze.until <= now) return null;
  return `:zzz: Reminders snoozed until ${when(snooze.until)} by ${user(snooze.by)}: ${safe(snooze.reason)}`;
}

/** How the acknowledgement stands against its target. */
export function sayAcknowledgement(incident: Incident, now: number): string {
  const { acknowledgement, milestones } = incident;
  if (milestones.acknowledged !== null) {
    const took = sayDuration(milestones.acknowledged - pagedSince(incident));
    return acknowledgement.breachedAt === null ? `after ${took}` : `after ${took}, past the target`;
  }
  const { dueAt } = acknowledgement;
  if (dueAt === null) return '_not acknowledged_';
  return dueAt > now ? `_not yet, due ${when(dueAt)}_` : `:warning: not yet, it was due ${since(dueAt, `${sayDuration(now - dueAt)} late`)}`;
}

/**
 * Incidents of the service that were open when another was declared, with what to do if one of them is the same; `title`: that of the only one. A private
 * one is not merged into what everybody sees.
 */
export function sayBeside(beside: readonly { readonly id: string }[], isPrivate: boolean, title: string | null = null): string {
  const [first] = beside;
  if (first === undefined) return '';
  const named = beside.slice(0, beside.length > 3 ? 2 : 3).map(({ id }) => `*${id}*`);
  const all = beside.length > 3 ? [...named, `${beside.length - 2} more`] : named;
  const listed = all.length === 1 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  const said = beside.length === 1 && title !== null ? ` (${safe(title)})` : '';
  const was = beside.length === 1 ? 'was' : 'were';
  const open = `:link: ${listed}${said} ${was} open for this service already.`;
  if (isPrivate) return `${open} This incident is private, so it is not merged into ${beside.length === 1 ? 'that' : 'those'}.`;
  return `${open} If this is the same trouble, merge it: \`/incident merge ${first.id}\` in this incident’s channel.`;
}

/** Why Slack refused a message, by its code and the scope that it needs. */
export function sayRefused(error: string): string {
  const [code = '', needed] = error.split(': ');
  return safe(needed === undefined ? saySlackError(code) : `${saySlackError(code)}: needs the scope ${needed}`);
}
