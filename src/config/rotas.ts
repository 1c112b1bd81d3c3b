import { z } from 'zod';
import { type Hours, type Layer, type ListedRota, type OwnRota, type Rota, type RotaSource, WEEKDAYS, type Weekday } from '../domain/rota/rota.ts';
import { meant } from '../lib/yaml.ts';
import { isDay, isTimeOfDay } from '../lib/zoned.ts';
import { channelId, duration, timeZone, usergroupId, userId } from './values.ts';
import { variable } from './webhooks.ts';

/** The name of a rota, as lines and commands write it. */
export const rotaId = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and dashes');

const day = z.string({ error: 'expected a day such as 2026-12-25' }).refine(isDay, 'expected a day such as 2026-12-25');

const weekday = z.string().transform((text, context): Weekday => {
  const found = WEEKDAYS.find((one) => one === text.trim().toLowerCase());
  if (found !== undefined) return found;
  context.addIssue({ code: 'custom', message: `is not a day of the week. ${meant(text, WEEKDAYS)}Days are ${WEEKDAYS.join(', ')}` });
  return z.NEVER;
});

const EVERY = 'expected how long a turn lasts, in days or weeks, such as 1 week or 3 days';
const every = z.string({ error: EVERY }).transform((text, context) => {
  const [, count = '1', unit] = /^(?:(\d{1,2}) )?(day|week)s?$/.exec(text.trim().toLowerCase()) ?? [];
  const number = Number(count);
  if (unit !== undefined && number > 0) return { days: unit === 'week' ? number * 7 : number, weekly: unit === 'week' };
  context.addIssue({ code: 'custom', message: EVERY });
  return z.NEVER;
});

const HANDOVER = 'expected when turns change, such as Monday 09:00 for weeks or 09:00 for days';
const handover = z.string({ error: HANDOVER }).transform((text, context) => {
  const [, named, time = ''] = /^(?:([a-z]+) )?(\S+)$/.exec(text.trim().toLowerCase()) ?? [];
  const on = WEEKDAYS.find((one) => one === named);
  if (isTimeOfDay(time) && (named === undefined || on !== undefined)) return { weekday: on ?? null, time };
  context.addIssue({ code: 'custom', message: HANDOVER });
  return z.NEVER;
});

const HOURS = 'expected hours of the day such as 09:00-17:00, or 20:00-08:00 over midnight; leave them out for the whole day';
const hours = z.string({ error: HOURS }).transform((text, context): Hours => {
  const [from = '', to = '', ...more] = text.split('-').map((part) => part.trim());
  if (isTimeOfDay(from) && isTimeOfDay(to) && more.length === 0 && from !== to) return { from, to };
  context.addIssue({ code: 'custom', message: HOURS });
  return z.NEVER;
});

const layer = z
  .strictObject({
    name: z.string().min(1).max(60).optional(),
    /** In the order of their turns. */
    people: z.array(userId).min(1, 'expected at least one person').max(50),
    every: every.prefault('1 week'),
    handover: handover.optional(),
    /** The first of them has the turn that begins at the first hand-over on this day or after it. */
    starts: day,
    hours: hours.optional(),
    days: z.array(weekday).min(1, 'expected at least one day, or leave days out for every day').max(7).optional(),
  })
  .check(({ value, issues }) => {
    const weekly = value.every.weekly;
    if (value.handover === undefined || weekly === (value.handover.weekday !== null)) return;
    const message = weekly ? 'is missing its day: expected Monday 09:00 for turns of weeks' : 'has a day: expected 09:00 alone for turns of days';
    issues.push({ code: 'custom', input: value, path: ['handover'], message });
  });

const holiday = z.strictObject({ day, name: z.string().min(1).max(60).optional(), user: userId.optional() });

const [OFTEN, SELDOM] = [60_000, 24 * 60 * 60_000];
const readEvery = duration.refine((ms) => ms >= OFTEN && ms <= SELDOM, 'expected from 1m to 24h');

/** What says who is on call: exactly one of them. */
const SOURCES = ['layers', 'ical', 'pagerduty'] as const;

export const rotaSchema = z
  .strictObject({
    name: z.string().min(1).max(60).optional(),
    time_zone: timeZone.default('UTC'),
    /** Where a hand-over is announced; where the services that name the rota talk, if left out. */
    channel: channelId.optional(),
    /** Whether the topic there says who is on call, beside what people wrote. */
    topic: z.boolean().default(false),
    /** A user group whose only member is whoever is on call. Needs a scope that manifest.yml asks for on demand. */
    usergroup: usergroupId.optional(),
    layers: z.array(layer).min(1, 'expected at least one layer').max(10).optional(),
    holidays: z.array(holiday).max(200).default([]),
    /** A calendar. Its address is a secret: private ones carry a token. */
    ical: z.strictObject({ url_env: variable }).optional(),
    /** The id of a schedule of PagerDuty. */
    pagerduty: z
      .string()
      .regex(/^[A-Z0-9]{5,30}$/, 'expected the id of a schedule, such as PI7DH85: it is in its address')
      .optional(),
    /** How often a calendar or a schedule is read. */
    read_every: readEvery.prefault('5m'),
    /** Who is meant by a name or a mail address in it. */
    people: z.record(z.string().trim().min(1).max(120), userId).default({}),
  })
  .check(({ value, issues }) => {
    const given = SOURCES.filter((one) => value[one] !== undefined);
    if (given.length === 1) return;
    const message =
      given.length === 0
        ? 'does not say who is on call. Give it layers, ical or pagerduty'
        : `has ${given.join(' and ')}. One of them says who is on call: remove the others`;
    issues.push({ code: 'custom', input: value, path: [], message });
  })
  .check(({ value, issues }) => {
    if (value.layers === undefined && value.holidays.length > 0) {
      const message = 'go with layers. Put them into the calendar or the schedule that this rota is read from';
      issues.push({ code: 'custom', input: value, path: ['holidays'], message });
    }
    if (value.layers !== undefined && Object.keys(value.people).length > 0) {
      const message = 'go with ical or pagerduty. Name the people of layers in layers';
      issues.push({ code: 'custom', input: value, path: ['people'], message });
    }
  })
  .check(({ value, issues }) => {
    const first = value.layers?.[0];
    const limit = first?.hours !== undefined ? 'hours' : first?.days !== undefined ? 'days' : null;
    if (limit === null) return;
    const message = 'limits the first layer, so nobody would be on call at other times. Put a layer without hours and days before it';
    issues.push({ code: 'custom', input: value, path: ['layers', 0, limit], message });
  });

export type RotaConfig = z.infer<typeof rotaSchema>;

/** What is wrong with groups that are kept in step: one that holds a role would be given to whoever stands in. */
export function keptGroupProblems({
  rotas,
  roles,
}: {
  readonly rotas: Readonly<Record<string, RotaConfig>>;
  readonly roles: Readonly<Record<string, { readonly usergroup: string } | { readonly users: readonly string[] }>>;
}): readonly { readonly path: readonly string[]; readonly message: string }[] {
  return Object.entries(rotas).flatMap(([id, { usergroup }]) => {
    const [role] = Object.entries(roles).find(([, holders]) => 'usergroup' in holders && holders.usergroup === usergroup) ?? [];
    if (role === undefined) return [];
    const message = `holds the role ${role}, which a swap would give away. Name a group of its own here`;
    return [{ path: ['rotas', id, 'usergroup'], message }];
  });
}

/** The rotas of a file, as who is on call is worked out from them. */
export function rotasOf({ rotas }: { readonly rotas: Readonly<Record<string, RotaConfig>> }): readonly Rota[] {
  return Object.entries(rotas).flatMap(([id, config]) => ownRotaOf(id, config) ?? listedRotaOf(id, config) ?? []);
}

function ownRotaOf(id: string, { name, time_zone, layers = [], holidays }: RotaConfig): OwnRota | null {
  const [first, ...later] = layers.map(layerOf);
  if (first === undefined) return null;
  const days = holidays.map(({ day: of, name: called = null, user = null }) => ({ day: of, name: called, user }));
  return { id, name: name ?? id, timeZone: time_zone, layers: [first, ...later], holidays: days };
}

/** A rota that is kept elsewhere, before it is read. */
function listedRotaOf(id: string, config: RotaConfig): ListedRota | null {
  const source = sourceOf(config);
  return source === null ? null : { id, name: config.name ?? id, timeZone: config.time_zone, source, list: null, away: null };
}

/** Where a rota is kept; `null` for one of the file. */
export function sourceOf({ ical, pagerduty }: RotaConfig): RotaSource | null {
  if (ical !== undefined) return 'calendar';
  return pagerduty === undefined ? null : 'pagerduty';
}

function layerOf(config: z.output<typeof layer>): Layer {
  const { name = null, people, every: length, starts, hours: limited, days: on } = config;
  return {
    name,
    people,
    days: length.days,
    handover: config.handover ?? { weekday: length.weekly ? 'monday' : null, time: '09:00' },
    starts,
    ...(limited === undefined ? {} : { hours: limited }),
    ...(on === undefined ? {} : { on }),
  };
}
