import type { KnownBlock } from '@slack/types';
import { changesDone, sayBecame, sayChangesDone } from '../src/domain/change/done.ts';
import type { EventData } from '../src/domain/incident/events.ts';
import { numbered } from '../src/domain/incident/follow-ups.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { sayDuration } from '../src/lib/time.ts';
import { sayItem } from './item-words.ts';
import { context, fields, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, when } from './text.ts';

/** What was said at the end. */
type End = EventData['incident.resolved'];

const MILESTONES = ['detected', 'declared', 'acknowledged', 'identified', 'mitigated', 'resolved'] as const;

/**
 * How an incident was resolved, for those who were not there (VO-18): the cause, the timeline, what was done, and where the evidence is.
 * `evidence`: where the evidence store is, such as `s3://bucket/prefix`.
 */
export function resolution(incident: Incident, end: End, evidence: string): Message {
  const { id, title, severity, serviceName, milestones } = incident;
  const done = changesDone(incident);
  const took = sayDuration((milestones.resolved ?? milestones.declared) - milestones.declared);
  const { word, label, why } = howItEnded(end, 'Cause and resolution');
  return message(`${word}: ${id} ${safe(title)}: ${safe(why)}`, [
    header(`${word}: ${title}`),
    section(`*${id}* ${severity} ${safe(serviceName)}, ${word.toLowerCase()} after ${took}.\n*${label}*: ${safe(clamp(why, 2_000))}`),
    timeline(incident),
    ...diagnosed(incident),
    ...(done.length === 0
      ? []
      : [section(`*Changed* (${sayChangesDone(incident)})\n${done.map((plan) => `• ${safe(plan.title)} (${sayBecame(plan)})`).join('\n')}`)]),
    ...toDo(incident),
    context(
      `*Evidence*: ${evidenceLink(id, evidence)}  ·  \`/incident report ${id}\` posts the report, \`/incident evidence ${id}\` makes the pack, \`/incident timeline ${id}\` shows all of it`,
    ),
  ]);
}

/** The same for stakeholders (PF-32, VO-18), who work neither with commands nor with the evidence: how it ended, and its timeline. */
export function stakeholderSummary(incident: Incident, end: End): Message {
  const { id, title, severity, serviceName, impact, milestones } = incident;
  const took = sayDuration((milestones.resolved ?? milestones.declared) - milestones.declared);
  const { word, label, why } = howItEnded(end, 'What resolved it');
  return message(`${word}: ${id} ${safe(title)}: ${safe(why)}`, [
    header(`${word}: ${title}`),
    section(
      [
        `*${id}* ${severity} ${safe(serviceName)}, ${word.toLowerCase()} after ${took}.`,
        ...(impact === null ? [] : [`*Impact*: ${safe(clamp(impact, 1_000))}`]),
        `*${label}*: ${safe(clamp(why, 1_500))}`,
      ].join('\n'),
    ),
    timeline(incident),
  ]);
}

/** A cancelled incident was none: nothing was resolved. `resolved`: what the words of one that was resolved are called. */
function howItEnded({ summary, cancelled }: End, resolved: string): { readonly word: string; readonly label: string; readonly why: string } {
  return cancelled === undefined
    ? { word: 'Resolved', label: resolved, why: summary }
    : { word: 'Cancelled', label: 'It was no incident', why: cancelled };
}

/** The milestones that were reached, and how long after the first. */
function timeline({ milestones, cancelled = false }: Incident): KnownBlock {
  const reached = MILESTONES.flatMap((name) => {
    const at = milestones[name];
    if (at === null || (cancelled && name === 'mitigated')) return [];
    return [{ name: cancelled && name === 'resolved' ? 'cancelled' : name, at }];
  });
  const first = reached[0]?.at ?? milestones.declared;
  return fields(reached.map(({ name, at }) => [capital(name), `${when(at, 'date-time')}${at === first ? '' : ` (+${sayDuration(at - first)})`}`]));
}

/** What is to be done afterwards, as it stands when this is posted. */
function toDo(incident: Incident): KnownBlock[] {
  const now = incident.milestones.resolved ?? incident.milestones.declared;
  const lines = numbered(incident)
    .filter(({ done }) => done === undefined)
    .map((item) => sayItem(item, incident, now));
  return lines.length === 0 ? [] : [section(`*Action items*\n${clamp(lines.join('\n'), 2_000)}`)];
}

/** What was asked about by diagnoses that take arguments, such as the capsule and the tenant of a guard that tripped. */
function diagnosed({ diagnoses }: Incident): KnownBlock[] {
  const lines = Object.values(diagnoses).flatMap(({ title, arguments: given = {} }) => {
    const about = Object.entries(given).filter(([, value]) => value !== '');
    return about.length === 0 ? [] : [`• ${safe(title)}: ${safe(about.map(([name, value]) => `${name} ${value}`).join(', '))}`];
  });
  return lines.length === 0 ? [] : [section(`*Diagnosed*\n${clamp(lines.join('\n'), 2_000)}`)];
}

/** Where an incident's records are; a bucket's in Amazon's console. */
function evidenceLink(id: string, evidence: string): string {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(evidence) ?? [];
  if (bucket === undefined) return `\`incidents/${id}/\` in the evidence store`;
  const path = `${prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`}incidents/${id}/`;
  return `<https://s3.console.aws.amazon.com/s3/buckets/${bucket}?prefix=${encodeURIComponent(path)}|s3://${bucket}/${path}>`;
}

function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
