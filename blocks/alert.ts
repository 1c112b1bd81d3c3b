import type { KnownBlock } from '@slack/types';
import type { Alert } from '../src/domain/alert/alerts.ts';
import { sayWho } from '../src/domain/mentions.ts';
import type { ALERT_BOARD, ALERT_CALL_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { sinceThen } from './incident-words.ts';
import { actions, button, context, divider, fields, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, user, when } from './text.ts';

type AlertShown = ShownOf<typeof ALERT_BOARD>;
type AlertCallShown = ShownOf<typeof ALERT_CALL_BOARD>;
/** Labels that stand on the card, and the length (characters) of one. */
const LABELS = 8;
const LABEL = 80;
/** What a message shows of an alert. */
type ShownAlert = AlertShown['alert'];

/** One card for as long as an alert goes on: repeats are counted on it, its recovery is shown on it. */
export function alertCard({ alert, over, who }: AlertShown): Message {
  const { severity, title, count } = alert;
  const state = stateOf(alert, over);
  const text = `${state.word}: ${severity} ${safe(title)}${count > 1 ? ` (${count} times)` : ''}`;
  return message(text, [
    header(`${state.icon} ${severity} alert: ${title}`),
    section(safe(clamp(alert.summary, 1_500))),
    fields([
      ['State', state.word],
      ['Service', safe(alert.service)],
      ['First seen', when(alert.openedAt)],
      ['Seen', count === 1 ? 'once' : `${count} times, last ${when(alert.lastAt)}`],
      ...(alert.component === null ? [] : [['Affected', safe(alert.component)] as const]),
      ...(alert.incident === null ? [] : [['Incident', sayIncident(alert)] as const]),
      ...(alert.acknowledged === null
        ? []
        : [['Acknowledged', `by ${user(alert.acknowledged.by)} after ${sayDuration(alert.acknowledged.withinMs)}`] as const]),
    ]),
    ...labels(alert),
    ...(over === null && alert.status === 'firing' && alert.incident === null && who.length > 0 ? [context(`For ${who.map(sayWho).join(' ')}`)] : []),
    ...(over === null ? buttons(alert) : [sinceThen(sayEnd(over))]),
    context(footer(alert)),
  ]);
}

/** What its sender says of it by name, shortly: the first ones, each in one line. */
function labels({ labels: all = {} }: ShownAlert): KnownBlock[] {
  const shown = Object.entries(all).slice(0, LABELS);
  if (shown.length === 0) return [];
  const more = Object.keys(all).length - shown.length;
  const said = shown.map(([name, value]) => `${safe(clamp(name, 40))}: ${safe(clamp(value, LABEL).replaceAll(/\s+/g, ' '))}`);
  return [context([...said, ...(more > 0 ? [`and ${more} more`] : [])].join('  ·  '))];
}

/** Calls who answers for the service, by name: an edit of the card would notify nobody. */
export function alertCall({ alert, overdue, who }: AlertCallShown): Message {
  const { id, severity, title } = alert;
  const what = overdue
    ? `nobody has acknowledged it since ${when(alert.openedAt)}. It is escalated to the next in line.`
    : `it has lasted long enough and is now an active alert: ${safe(clamp(alert.summary, 500))}`;
  const called = who.map(sayWho).join(' ');
  return message(`${severity} alert ${safe(title)}: ${overdue ? 'nobody acknowledged it in time' : 'it is now active'}`, [
    section(`:rotating_light: *${id}* ${severity} *${safe(title)}*: ${what} ${called}`.trim()),
  ]);
}

/** The incident that it belongs to, with the way there. It is the incident that calls people. */
function sayIncident({ incident, room }: ShownAlert): string {
  return `*${incident}*${room === undefined ? '' : ` in <#${room}>`}`;
}

/** How it ended, beside what was told first. */
function sayEnd({ recovered, summary, at }: NonNullable<AlertShown['over']>): string {
  const how = `${recovered ? 'it recovered' : 'it did not last'}, ${when(at)}`;
  return summary === '' ? `${how}.` : `${how}: ${safe(clamp(summary, 1_000))}`;
}

function stateOf(
  { status, watchedUntil, incident, acknowledged }: ShownAlert,
  over: AlertShown['over'],
): { readonly icon: string; readonly word: string } {
  if (over !== null) return over.recovered ? { icon: ':white_check_mark:', word: 'Recovered' } : { icon: ':white_circle:', word: 'Did not last' };
  if (status === 'watching')
    return { icon: ':hourglass_flowing_sand:', word: `Watched until ${watchedUntil === null ? 'it is clear' : when(watchedUntil)}` };
  if (incident !== null) return { icon: ':rotating_light:', word: 'In an incident' };
  return acknowledged === null ? { icon: ':rotating_light:', word: 'Firing' } : { icon: ':eyes:', word: 'Acknowledged' };
}

function buttons({ id, severity, runbook, acknowledged, incident }: ShownAlert): KnownBlock[] {
  const shown = [
    ...(acknowledged === null && incident === null ? [button('Acknowledge', 'alert.acknowledge', id, { style: 'primary' })] : []),
    ...(runbook === null ? [] : [button('Investigate', 'alert.investigate', id)]),
    ...(incident === null ? [button(`Declare ${severity}`, 'alert.declare', id)] : []),
  ];
  return shown.length === 0 ? [] : [actions('alert', shown)];
}

function footer({ id, source, runbook, links }: ShownAlert): string {
  const parts = [
    `*${id}*`,
    `from ${source}`,
    runbook === null ? null : `\`${runbook}\``,
    ...links.map(({ title, url }) => `<${url}|${safe(title)}>`),
  ];
  return parts.filter((part) => part !== null).join('  ·  ');
}

/** The alerts that go on, for who asks. */
export function alertList(alerts: readonly Alert[]): Message {
  if (alerts.length === 0) return message('No active alerts.', [section(':white_check_mark: No active alerts.')]);
  const lines = [...alerts]
    .sort((a, b) => a.severity.localeCompare(b.severity) || a.openedAt - b.openedAt)
    .map(
      (alert) =>
        `*${alert.id}* ${alert.severity} ${safe(alert.title)} (${safe(alert.service)}), since ${when(alert.openedAt)}${alert.incident === null ? '' : `, in ${sayIncident(alert)}`}`,
    );
  return message(
    plural(alerts.length, 'active alert'),
    lines.map((line) => section(line)),
    '`/incident list` shows the incidents that they belong to.',
  );
}

/** Alerts that nobody has taken yet, for the Home: each with where its card is, and how many more there are. */
export interface UntakenAlerts {
  readonly shown: readonly { readonly alert: Alert; readonly card: { readonly channel: string; readonly link: string | null } | null }[];
  readonly more: number;
}

/** The part of the Home about alerts that nobody has taken; empty when there is none. */
export function homeAlerts({ shown, more }: UntakenAlerts): KnownBlock[] {
  if (shown.length === 0) return [];
  const lines = shown.map(({ alert, card }) => {
    const about = `*${alert.id}* ${alert.severity} ${safe(alert.title)} (${safe(alert.service)}), since ${when(alert.openedAt)}`;
    if (card === null) return about;
    return `${about}  ·  ${card.link === null ? `<#${card.channel}>` : `<${card.link}|Open its card>`}`;
  });
  return [
    divider(),
    header(':rotating_light: Alerts that nobody has taken'),
    ...lines.map((line) => section(line)),
    ...(more > 0 ? [context(`_And ${more} more: \`/incident alerts\`._`)] : []),
  ];
}
