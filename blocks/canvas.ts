import { sayRoles } from '../src/domain/change/deciding.ts';
import { missingRoles, type Plan, plansInForce } from '../src/domain/change/plans.ts';
import { canvasMark } from '../src/domain/incident/canvas.ts';
import { type Numbered, numbered } from '../src/domain/incident/follow-ups.ts';
import { type Incident, isOpen, pagedSince, sayMergedInto } from '../src/domain/incident/incident.ts';
import type { Summary } from '../src/domain/incident/summary.ts';
import { TOCSIN } from '../src/domain/streams.ts';
import { clamp } from '../src/lib/clamp.ts';
import { own } from '../src/lib/own.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration, sayLocalDay } from '../src/lib/time.ts';
import { saySeverity, sayStatus } from './incident-words.ts';
import { spelledOut, visible } from './outside.ts';
import { consentOf, stakeOf } from './plan-words.ts';

/** Characters of one text of people's, and how many action items and plans are shown. */
const TEXT = 1_000;
const ITEMS = 30;
const PLANS = 10;

/** What is shown beside the incident. */
interface Canvas {
  readonly incident: Incident;
  readonly summary: Summary;
  /** Names of people by id: a mention in a canvas would call them at each change. */
  readonly names: Readonly<Record<string, string>>;
  /** The link to the call; `null` where there is none. */
  readonly call: string | null;
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

/**
 * The canvas of an incident's channel, as Slack's Markdown for canvases: the same facts as the summary. But for the line that says as of when it is (`asOf`,
 * ms; none where it is `null`) it depends on the incident alone and never on the time, so that nothing is sent while nothing happens.
 */
export function canvasOf(canvas: Canvas, asOf: number | null): string {
  const { incident } = canvas;
  const drill = incident.drill === undefined ? [] : ['**This is a drill. Nothing here is real.**', ''];
  const how = isOpen(incident) ? ' `/incident note` puts something on the timeline.' : '';
  return [
    `# ${text(`${incident.id}: ${incident.title}`, 250)}`,
    ...drill,
    sayStanding(incident),
    '',
    ...(asOf === null ? [] : [`_As of ${at(asOf, incident)}_`, '']),
    ...basics(canvas),
    ...section(isOpen(incident) ? 'Now' : 'How it ended', isOpen(incident) ? [text(canvas.summary.situation)] : ending(incident)),
    ...section('Done so far', done(canvas)),
    ...section(
      'In force',
      list(plansInForce(incident), PLANS, (plan) => sayPlan(plan, incident)),
    ),
    ...section('Waits for people', list(waiting(incident), PLANS, sayWaits)),
    ...section('Next', next(canvas)),
    ...section(
      'Action items',
      list(numbered(incident), ITEMS, (item) => sayItem(item, canvas)),
    ),
    ...section('Afterwards', afterwards(canvas)),
    ...section('Links', links(canvas)),
    '---',
    `_${canvasMark(incident.id)}, and replaces what is written here by hand.${how}_`,
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, ...lines, ''];
}

/** The first so many as a list; the others are counted. */
function list<T>(all: readonly T[], most: number, say: (one: T) => string): readonly string[] {
  const more = all.length - most;
  return [...all.slice(0, most).map((one) => `- ${say(one)}`), ...(more > 0 ? [`- And ${more} more.`] : [])];
}

function sayStanding({ severity, status, serviceName, component, ...incident }: Incident): string {
  const parts = [saySeverity(severity), sayStatus(status), text(serviceName), component === null ? null : `Component: ${text(component)}`];
  return [...parts, incident.private ? ':closed_lock_with_key: Private' : null].filter((part) => part !== null).join('  ·  ');
}

function basics({ incident, summary, names }: Canvas): readonly string[] {
  const { milestones, reporter, roles } = incident;
  const noticed = milestones.detected === null ? '' : `, noticed ${at(milestones.detected, incident)}`;
  const also = summary.also.length === 0 ? '' : ` (${summary.also.join(', ')})`;
  const commander = roles['incident-commander'];
  const leads = [
    commander === undefined ? 'nobody yet' : name(commander, names),
    ...summary.others.map(({ role, user }) => `${role}: ${name(user, names)}`),
  ];
  return [
    `- **Since:** ${at(milestones.declared, incident)}, declared by ${name(reporter, names)}${noticed}`,
    `- **Impact:** ${summary.impact === null ? 'nobody has said yet' : text(summary.impact)}${also}`,
    `- **Leads:** ${leads.join(', ')}`,
    `- **Acknowledged:** ${sayAcknowledged(incident)}`,
    '',
  ];
}

function sayAcknowledged(incident: Incident): string {
  const { milestones, acknowledgement } = incident;
  const { dueAt, breachedAt } = acknowledgement;
  if (milestones.acknowledged !== null) {
    const took = sayDuration(milestones.acknowledged - pagedSince(incident));
    return `after ${took}${breachedAt === null ? '' : ', past the target'}`;
  }
  if (dueAt === null) return 'no';
  return breachedAt === null ? `not yet, due ${at(dueAt, incident)}` : `:warning: not yet, it was due ${at(dueAt, incident)}`;
}

function ending(incident: Incident): readonly string[] {
  const { id, mergedInto, cancelled, milestones, resolution } = incident;
  const how = mergedInto === null ? (cancelled === true ? 'was cancelled' : 'was resolved') : `was merged into ${text(sayMergedInto(incident))}`;
  const ended = milestones.resolved ?? milestones.closed;
  const when = ended === null ? '' : ` ${at(ended, incident)}, after ${sayDuration(ended - milestones.declared)}`;
  return [`${id} ${how}${when}.${resolution === null ? '' : ` ${text(resolution)}`}`];
}

function done({ incident, summary }: Canvas): readonly string[] {
  if (summary.done.length === 0) return ['Nothing yet.'];
  const earlier = summary.earlier > 0 ? [`- ${plural(summary.earlier, 'earlier action is', 'earlier actions are')} on the timeline.`] : [];
  return [...earlier, ...summary.done.map((one) => `- ${at(one.at, incident)}: ${text(one.text, 300)}`)];
}

function sayPlan(plan: Plan, incident: Incident): string {
  const stake = stakeOf(plan);
  const until = plan.revertAt === null ? '' : ` until ${at(plan.revertAt, incident)}`;
  const is = plan.status === 'reverting' ? 'being reverted' : `in force${until}`;
  return `${plan.risk === 'emergency' ? ':rotating_light:' : ':warning:'} **${text(plan.title, 200)}** is ${is}${stake === null ? '' : `: ${text(stake, 200)}`}`;
}

function waiting({ plans }: Incident): readonly Plan[] {
  return Object.values(plans).filter(({ status }) => status === 'waiting');
}

function sayWaits(plan: Plan): string {
  const roles = sayRoles(missingRoles(plan.needs, plan.approvals));
  return `:hand: **${text(plan.title, 200)}** waits for ${consentOf(plan).noun.toLowerCase()} (${text(roles)})`;
}

function next({ incident, summary, names }: Canvas): readonly string[] {
  const { dueAt, breachedFor, snooze } = incident.updates;
  const due = dueAt === null ? [] : [`${breachedFor === dueAt ? ':warning: The update was' : 'Next update'} due ${at(dueAt, incident)}`];
  const quiet =
    snooze === null || dueAt === null
      ? []
      : [`Reminders snoozed until ${at(snooze.until, incident)} by ${name(snooze.by, names)}: ${text(snooze.reason, 300)}`];
  return [...summary.next.map((one) => text(one)), ...due, ...quiet].map((line) => `- ${line}`);
}

function sayItem({ number, text: says, owner, due, priority, done: isDone, issue }: Numbered, { names }: Canvas): string {
  const about = [
    ...(priority === undefined ? [] : [`${priority} priority`]),
    ...(owner === undefined ? [] : [name(owner, names)]),
    ...(due === undefined ? [] : [`by ${due}`]),
    ...(issue === undefined ? [] : [issue.lost === true ? `${text(issue.key, 100)} is gone` : link(issue.key, issue.url)]),
  ];
  const mark = isDone === undefined ? ':white_large_square:' : ':white_check_mark:';
  return `${mark} ${number}. ${text(says, 300)}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

/** What is owed when it is over: the review, and its paper. */
function afterwards({ incident, names }: Canvas): readonly string[] {
  if (isOpen(incident) || incident.mergedInto !== null || incident.cancelled === true) return [];
  const { review, reviewCanvas } = incident;
  const file = '`/incident postmortem` in this channel posts it, filled from the record';
  const paper = `- **Post-mortem:** ${reviewCanvas?.link === undefined ? file : `${link('written together', reviewCanvas.link)}; ${file}`}`;
  if (review === undefined) return [paper];
  return [`- **Review:** ${sayReview(review, incident, names)}`, paper];
}

function sayReview({ scheduled, done: held, dueAt }: NonNullable<Incident['review']>, incident: Incident, names: Canvas['names']): string {
  if (held !== undefined) return `held, as ${name(held.by, names)} said ${at(held.at, incident)}`;
  if (scheduled === undefined) return `to be scheduled by ${at(dueAt, incident)}`;
  return `${at(scheduled.at, incident)}, with ${name(scheduled.who, names)}`;
}

function links({ incident, call, links: configured }: Canvas): readonly string[] {
  const all = [
    ...(call === null || !isOpen(incident) ? [] : [{ title: 'Call', url: call }]),
    ...(incident.statusPage === null ? [] : [{ title: 'Status page', url: incident.statusPage }]),
    ...configured,
  ];
  return all.map(({ title, url }) => `- ${link(title, url)}`);
}

/** In the time zone of the incident's service, with the zone named: a canvas is the same for all who read it. */
function at(ms: number, { policy }: Incident): string {
  return sayLocalDay(ms, policy.time_zone);
}

function name(id: string, names: Canvas['names']): string {
  return id === TOCSIN.id ? 'Tocsin' : text(own(names, id) ?? id, 100);
}

function link(title: string, url: string): string {
  const address = url.replaceAll(/[\s()<>\\]/g, (sign) => encodeURIComponent(sign).replace('(', '%28').replace(')', '%29'));
  return `[${text(title, 100)}](${address})`;
}

/** People's words in one line: nothing in them formats, mentions, or leads anywhere under another name. */
function text(words: string, length: number = TEXT): string {
  return withoutEmoji(clamp(spelledOut(visible(words)).replaceAll(/\s+/g, ' ').trim(), length))
    .replaceAll(/[\\`*_[\]<>|#~!]/g, '\\$&')
    .replace(/^(\d*)([-+=.)])/, '$1\\$2');
}

/** A canvas would draw what people wrote between colons, also where an underscore of it is escaped. */
export function withoutEmoji(words: string): string {
  return words.replaceAll(/(?<![A-Za-z0-9]):(?=[a-z0-9_+'\\-]{1,99}:)/g, '꞉');
}
