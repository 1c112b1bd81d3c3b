import type { IncomingMessage } from 'node:http';
import { type ApiKey, type RestAnswer, reference, refused, timeOf, unheard } from './rest.ts';

/** A person of PagerDuty. */
export interface ScheduledUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** A schedule, worked out: who is on call from when to when. */
export interface PlannedSchedule {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly users: readonly ScheduledUser[];
  readonly entries: readonly { readonly user: string; readonly start: number; readonly end: number }[];
}

/** PagerDuty shows no longer time at once (ms). */
const LONGEST = 92 * 24 * 60 * 60_000;
const QUERY: ReadonlySet<string> = new Set(['since', 'until', 'overflow', 'time_zone']);

/** GET /schedules/{id} and /schedules/{id}/users of the REST API v2; `null` for any other path. What the API does not say is refused. */
export function answerSchedules(
  message: IncomingMessage,
  schedules: ReadonlyMap<string, PlannedSchedule>,
  keys: readonly ApiKey[],
): RestAnswer | null {
  const { pathname, searchParams } = new URL(message.url ?? '', 'http://pagerduty');
  const [, id = '', users] = /^\/schedules\/([^/]+)(\/users)?$/.exec(pathname) ?? [];
  if (id === '') return null;
  const why = unheard(message, keys, users === undefined ? 'schedules' : 'users');
  if (why !== null) return why;
  const schedule = schedules.get(decodeURIComponent(id));
  if (schedule === undefined) return refused(404);
  const [from, to] = [timeOf(searchParams.get('since') ?? ''), timeOf(searchParams.get('until') ?? '')];
  const unknown = [...searchParams.keys()].filter((name) => !QUERY.has(name));
  if (unknown.length > 0 || from === null || to === null) return refused(400);
  if (to <= from || to - from > LONGEST) return refused(400);
  const entries = schedule.entries.filter(({ start, end }) => start < to && end > from);
  if (users !== undefined)
    return { status: 200, body: { users: schedule.users.filter((one) => entries.some(({ user }) => user === one.id)).map(userOf) } };
  const isWhole = searchParams.get('overflow') === 'true';
  const rendered = entries.map(({ user, start, end }) => ({
    start: new Date(isWhole ? start : Math.max(start, from)).toISOString(),
    end: new Date(isWhole ? end : Math.min(end, to)).toISOString(),
    user: userIn(schedule, user),
  }));
  return { status: 200, body: { schedule: scheduleOf(schedule, rendered) } };
}

function scheduleOf(schedule: PlannedSchedule, rendered: readonly object[]): object {
  const { id, name, timeZone, users } = schedule;
  return {
    id,
    type: 'schedule',
    summary: name,
    self: `https://api.pagerduty.com/schedules/${id}`,
    html_url: `https://subdomain.pagerduty.com/schedules/${id}`,
    name,
    time_zone: timeZone,
    description: name,
    escalation_policies: [],
    users: users.map((user) => userIn(schedule, user.id)),
    teams: [],
    schedule_layers: [],
    overrides_subschedule: { name: 'Overrides', rendered_schedule_entries: [], rendered_coverage_percentage: 0 },
    final_schedule: { name: 'Final Schedule', rendered_schedule_entries: rendered, rendered_coverage_percentage: 100 },
  };
}

function userIn({ users }: PlannedSchedule, id: string): object {
  return reference('user', users.find((user) => user.id === id) ?? { id, name: id });
}

function userOf({ id, name, email }: ScheduledUser): object {
  return {
    id,
    type: 'user',
    summary: name,
    self: `https://api.pagerduty.com/users/${id}`,
    html_url: `https://subdomain.pagerduty.com/users/${id}`,
    name,
    email,
    time_zone: 'Europe/Berlin',
    color: 'red',
    role: 'user',
    description: null,
    invitation_sent: false,
    job_title: 'Engineer',
    teams: [],
    contact_methods: [],
    notification_rules: [],
  };
}
