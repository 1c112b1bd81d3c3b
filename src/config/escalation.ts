import { z } from 'zod';
import { INCIDENT_TYPES, isIncidentType } from '../domain/incident-type.ts';
import { meant } from '../lib/yaml.ts';
import { duration, usergroupId, userId } from './values.ts';

const user = { user: userId };
const usergroup = { usergroup: usergroupId };
/** Who is on call by a rota; `turn: next`: who comes after them. */
const rota = { rota: z.string(), turn: z.literal('next', { error: 'expected next, or leave it out for who is on call' }).exactOptional() };

export const who = z.union([z.strictObject(user), z.strictObject(usergroup), z.strictObject(rota)], {
  error: 'expected { user: U... }, { usergroup: S... } or { rota: ... }',
});
/** `pagerduty`: PagerDuty pages its on-call in the same step. */
const step = { after: duration.optional(), pagerduty: z.boolean().optional() } as const;
export const escalationStep = z.union(
  [z.strictObject({ ...user, ...step }), z.strictObject({ ...usergroup, ...step }), z.strictObject({ ...rota, ...step })],
  {
    error: 'expected { user: U... }, { usergroup: S... } or { rota: ... }, with after: 15m where it climbs by time',
  },
);

const people = z.array(who).min(1, 'expected at least one person or group').max(10);
/** Who is called for a type of incident: each step may be several people and groups. */
const typeContacts = z.strictObject({
  primary: people,
  secondary: people.optional(),
  executive: people.optional(),
  /** Each next step, without an acknowledgement, this long after the one before. */
  after: duration.optional(),
});
export const incidentType = z.string().refine(isIncidentType, {
  error: ({ input }) => `is not a type of incident. ${meant(String(input), INCIDENT_TYPES)}Types are ${INCIDENT_TYPES.join(', ')}`,
});

export const contact = z
  .strictObject({
    name: z.string().min(1).max(60),
    phone: z
      .string({ error: 'expected a phone number in quotes, such as "112"' })
      .regex(/^\+?[\d ()/.-]{3,30}$/, 'expected a phone number such as +49 30 1234567')
      .optional(),
    email: z.email('expected an address such as oncall@example.com').optional(),
    /** Who it is in Slack: mailed where Slack does not reach them. */
    user: userId.optional(),
    for: z.string().min(1).max(120),
  })
  .refine(({ phone, email }) => phone !== undefined || email !== undefined, 'expected a phone number or an email address');

export const byType = z.record(incidentType, typeContacts);

export const levels = z.strictObject({
  L2: people.optional(),
  L3: people.optional(),
  /** An incident that is open for longer goes to L2. */
  unresolved_after: duration.default(30 * 60_000),
});

type Line = readonly object[] | undefined;

interface Lines {
  readonly responders: Line;
  readonly escalation: Line;
  readonly escalation_by_type?:
    | Readonly<Record<string, { readonly primary: Line; readonly secondary?: Line; readonly executive?: Line }>>
    | undefined;
  readonly escalation_levels?: { readonly L2?: Line; readonly L3?: Line } | undefined;
}

/** What is wrong with the rotas that lines of services name: those that are not there, each with its place. */
export function rotaProblems({
  services,
  rotas,
}: {
  readonly services: Readonly<Record<string, Lines>>;
  readonly rotas: object;
}): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const known = Object.keys(rotas);
  const there = known.length === 0 ? 'The file has no rotas' : `Rotas are ${known.join(', ')}`;
  return Object.entries(services).flatMap(([id, service]) =>
    linesOf(service).flatMap(({ path, line }) =>
      (line ?? []).flatMap((one, i) => {
        const name = 'rota' in one ? String(one.rota) : null;
        if (name === null || known.includes(name)) return [];
        return [{ path: ['services', id, ...path, i, 'rota'], message: `is not a rota. ${meant(name, known)}${there}` }];
      }),
    ),
  );
}

function linesOf({ responders, escalation, escalation_by_type: types = {}, escalation_levels: escalated = {} }: Lines) {
  return [
    { path: ['responders'], line: responders },
    { path: ['escalation'], line: escalation },
    ...Object.entries(types).flatMap(([type, line]) =>
      (['primary', 'secondary', 'executive'] as const).map((step) => ({ path: ['escalation_by_type', type, step], line: line[step] })),
    ),
    ...(['L2', 'L3'] as const).map((level) => ({ path: ['escalation_levels', level], line: escalated[level] })),
  ];
}
