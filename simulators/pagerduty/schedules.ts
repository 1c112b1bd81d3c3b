import type { IncomingMessage } from 'node:http';

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

export interface RestAnswer {
  readonly status: number;
  readonly body: object;
}

/** A key of the REST API. `read`: what it may read. */
export interface ApiKey {
  readonly key: string;
  readonly reads: readonly ('schedules' | 'users')[];
}

const VERSION = 'application/vnd.pagerduty+json;version=2';
/** PagerDuty shows no longer time at once (ms). */
const LONGEST = 92 * 24 * 60 * 60_000;
const QUERY: ReadonlySet<string> = new Set(['since', 'until', 'overflow', 'time_zone']);
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** GET /schedules/{id} and /schedules/{id}/users of the REST API v2; `null` for any other path. What the API does not say is refused. */
export function answerSchedules(
  { method, url = '', headers }: IncomingMessage,
  schedules: ReadonlyMap<string, PlannedSchedule>,
  keys: readonly ApiKey[],
): RestAnswer | null {
  const { pathname, searchParams } = new URL(url, 'http://pagerduty');
  const [, id = '', users] = /^\/schedules\/([^/]+)(\/users)?$/.exec(pathname) ?? [];
  if (id === '') return null;
  if (method !== 'GET') return refused(405, 2_100, 'Method Not Allowed');
  const key = keys.find((one) => headers.authorization === `Token token=${one.key}`);
  if (key === undefined) return refused(401, 2_006, 'Unauthorized');
  if (headers.accept !== VERSION) return refused(406, 2_101, 'Not Acceptable');
  if (!key.reads.includes(users === undefined ? 'schedules' : 'users')) return refused(403, 2_010, 'Access Denied');
  const schedule = schedules.get(decodeURIComponent(id));
  if (schedule === undefined) return refused(404, 2_100, 'Not Found');
  const [since, until] = [searchParams.get('since') ?? '', searchParams.get('until') ?? ''];
  const unknown = [...searchParams.keys()].filter((name) => !QUERY.has(name));
  if (unknown.length > 0 || !DATE.test(since) || !DATE.test(until)) return refused(400, 2_001, 'Invalid Input Provided');
  const [from, to] = [Date.parse(since), Date.parse(until)];
  if (to <= from || to - from > LONGEST) return refused(400, 2_001, 'Invalid Input Provided');
  const entries = schedule.entries.filter(({ start, end }) => start < to && end > from);
  if (users !== undefined)
    return { status: 200, body: { users: schedule.users.filter((one) => entries.some(({ user }) => user === one.id)).map(userOf) } };
  const isWhole = searchParams.get('overflow') === 'true';
  const rendered = entries.map(({ user, start, end }) => ({
    start: new Date(isWhole ? start : Math.max(start, from)).toISOString(),
    end: new Date(isWhole ? end : Math.min(end, to)).toISOString(),
    user: reference(schedule, user),
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
    users: users.map((user) => reference(schedule, user.id)),
    teams: [],
    schedule_layers: [],
    overrides_subschedule: { name: 'Overrides', rendered_schedule_entries: [], rendered_coverage_percentage: 0 },
    final_schedule: { name: 'Final Schedule', rendered_schedule_entries: rendered, rendered_coverage_percentage: 100 },
  };
}

function reference({ users }: PlannedSchedule, id: string): object {
  const name = users.find((user) => user.id === id)?.name ?? id;
  return {
    id,
    type: 'user_reference',
    summary: name,
    self: `https://api.pagerduty.com/users/${id}`,
    html_url: `https://subdomain.pagerduty.com/users/${id}`,
  };
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

function refused(status: number, code: number, message: string): RestAnswer {
  return { status, body: { error: { code, message, errors: [message] } } };
}
