import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { toIso } from '../../lib/time.ts';
import { PagerDutyReadError } from '../../ports/pagerduty.ts';
import { type NamedTurn, type RotaReader, RotaSourceError } from '../../ports/rotas.ts';
import { type RestOptions, readRest } from './rest.ts';

export interface ScheduleOptions extends Omit<RestOptions, 'variable'> {
  readonly schedule: string;
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
export function pagerDutySchedule({ schedule, ...options }: ScheduleOptions): RotaReader {
  async function ask<T>(path: string, query: Readonly<Record<string, string>>, answer: z.ZodType<T>): Promise<T> {
    try {
      return await readRest(
        { ...options, variable: 'PAGERDUTY_API_KEY' },
        {
          path: `/schedules/${encodeURIComponent(schedule)}${path}`,
          query: Object.entries(query),
          answer,
          forbidden: [
            `this key may not read the schedule ${schedule}, or its people`,
            'Set PAGERDUTY_API_KEY to a read-only API access key of the account: it reads schedules and users.',
          ],
          missing: [
            `PagerDuty knows no schedule ${schedule} for this key`,
            'Correct `pagerduty` of the rota in tocsin.yml: the id is in the schedule’s address in PagerDuty.',
          ],
        },
      );
    } catch (error) {
      if (!(error instanceof PagerDutyReadError)) throw error;
      throw new RotaSourceError(error.message, error.advice, { cause: error });
    }
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
