import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { toIso } from '../../lib/time.ts';
import { ClusterError, type HttpResponse } from '../../ports/cluster.ts';
import { type NamedTurn, type RotaReader, RotaSourceError } from '../../ports/rotas.ts';
import { requestHttp } from '../http/request.ts';

/** How long (ms) PagerDuty may take to answer. */
const PATIENCE = 15_000;

export interface ScheduleOptions {
  /** `https://api.pagerduty.com`, or that of its European region. */
  readonly address: string;
  /** A key of its REST API; `null` while PAGERDUTY_API_KEY is not set. */
  readonly key: string | null;
  readonly schedule: string;
  readonly patience?: number;
}

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const scheduleSchema = z.object({
  schedule: z.object({
    final_schedule: z.object({
      rendered_schedule_entries: z.array(
        z.object({ start: moment, end: moment.nullable(), user: z.object({ id: z.string(), summary: z.string().nullish() }) }),
      ),
    }),
  }),
});
const usersSchema = z.object({ users: z.array(z.object({ id: z.string(), email: z.string().nullish(), name: z.string().nullish() })) });

/** A rota that is a schedule of PagerDuty: its final schedule, in which overrides and layers are worked out. */
export function pagerDutySchedule({ address, key, schedule, patience = PATIENCE }: ScheduleOptions): RotaReader {
  async function ask<T>(path: string, query: Readonly<Record<string, string>>, schema: z.ZodType<T>): Promise<T> {
    if (key === null) throw new RotaSourceError('PAGERDUTY_API_KEY is not set', 'Set it to a read-only key of PagerDuty’s REST API.');
    const headers = { authorization: `Token token=${key}`, accept: 'application/vnd.pagerduty+json;version=2' };
    const where = `/schedules/${encodeURIComponent(schedule)}${path}?${new URLSearchParams(query).toString()}`;
    let answer: HttpResponse;
    try {
      answer = await requestHttp(address, { method: 'GET', path: where, headers, timeoutMs: patience });
    } catch (cause) {
      if (!(cause instanceof ClusterError)) throw cause;
      throw new RotaSourceError(`PagerDuty cannot be asked (${cause.message.replace(/\.$/, '')})`, 'It is tried again.', { cause });
    }
    if (answer.status !== 200) throw refusalOf(answer.status, schedule);
    const parsed = schema.safeParse(jsonOf(answer.body));
    if (parsed.success) return parsed.data;
    throw new RotaSourceError('PagerDuty gave an answer that its API does not have', 'Correct PAGERDUTY_API_URL, or report it.', {
      cause: parsed.error,
    });
  }

  return {
    async read({ from, until }) {
      const span = { since: toIso(from), until: toIso(until) };
      const { final_schedule: final } = (await ask('', { ...span, overflow: 'true' }, scheduleSchema)).schedule;
      const { users } = await ask('/users', span, usersSchema);
      const known = new Map(users.map((user) => [user.id, user]));
      const turns = final.rendered_schedule_entries.map(({ start, end, user }): NamedTurn => {
        const { email, name } = known.get(user.id) ?? {};
        const says = clamp(name ?? user.summary ?? user.id, 200);
        return { from: start, until: end ?? until, mails: email ? [email] : [], organizer: null, says };
      });
      return { turns: turns.filter((turn) => turn.from < turn.until), tag: null, problems: [] };
    },
  };
}

function refusalOf(status: number, schedule: string): RotaSourceError {
  switch (status) {
    case 401:
      return new RotaSourceError(
        'PagerDuty does not accept the key',
        'Correct PAGERDUTY_API_KEY: a key of the REST API, not an integration key. In the European region also set PAGERDUTY_API_URL to https://api.eu.pagerduty.com.',
      );
    case 403:
      return new RotaSourceError(
        `this key may not read the schedule ${schedule}, or its people`,
        'Give PAGERDUTY_API_KEY the right to read schedules and users.',
      );
    case 404:
      return new RotaSourceError(
        `PagerDuty knows no schedule ${schedule} for this key`,
        'Correct `pagerduty` of the rota in tocsin.yml: the id is in the schedule’s address in PagerDuty.',
      );
    default:
      return new RotaSourceError(`PagerDuty answers ${status}`, status === 429 || status >= 500 ? 'It is tried again.' : 'Report it.');
  }
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
