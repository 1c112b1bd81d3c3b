import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration, toIso } from '../../lib/time.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { AwsError, type TrailEvent } from '../../ports/aws.ts';
import type { ApplicationTarget } from '../../ports/targets.ts';
import { aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { matchesWildcard } from '../aws/wildcard.ts';
import { duration, msOf, oneLine, targetField } from '../shared/fields.ts';

/** "CloudTrail typically delivers events within about 15 minutes" (its user guide). In ms. */
export const TRAIL_DELAY = 15 * 60_000;
/** As long as the event history goes back, ms. */
const HISTORY = 90 * 86_400_000;
const FEW = 5;
const MANY = 200;

const input = z.strictObject({
  target: targetField.describe('The application whose pipelines are known.'),
  event: z
    .string()
    .regex(/^[A-Za-z0-9]{1,100}$/, 'expected the name of an API call')
    .default('UpdateChatControlsConfiguration'),
  since: duration.optional().describe('How far to look back (90 days at most). Unset: the newest ones, however old.'),
  limit: z.number().int().min(1).max(1_000).optional().describe('How many at most; 5, or 200 with `since`.'),
});

const eventSchema = z.strictObject({
  id: z.string(),
  time: z.string(),
  person: z.string(),
  /** `pipeline`: one of the application's pipelines. `own`: Tocsin. `service`: AWS itself. */
  kind: z.enum(['person', 'pipeline', 'own', 'service']),
  principal: z.string(),
  from: z.string(),
  agent: z.string(),
  console: z.boolean(),
  error: z.string().nullable().describe('Why it was refused: then nothing was changed.'),
  ours: z.boolean().describe('Whether it was done to this application, as far as the event says.'),
});

const output = z.strictObject({
  events: z.array(eventSchema),
  people: z.number().int().describe('How many of them are a person, did it to this application, and were not refused.'),
  complete: z.boolean().describe('Whether these are all from `from` until `settled`.'),
  from: z.string(),
  settled: z.string().describe('Events after this moment may not be listed yet.'),
  own_known: z.boolean(),
});

/**
 * Who did it, when and from where (VO-05): CloudTrail's event history. Events of the application's pipelines and Tocsin's own are marked, as they are
 * expected. Two look-ups a second for the whole account.
 */
export const cloudtrailEvents = readAction({
  name: 'cloudtrail.events',
  about: 'Reads who made an API call, when and from where, and tells people from pipelines.',
  input,
  output,
  permissions: () => [aws('cloudtrail:LookupEvents', '*')],
  preflight: ({ target, event }, context) => {
    const { pipelines, region } = context.target(target, 'application');
    return awsPreflight(context.aws(region), async () => {
      const now = await context.now();
      const { events } = await context.aws(region).trail.events({ name: event, from: now - HISTORY, to: now, limit: 1 });
      const known = pipelines.length === 0 ? '; no pipelines are configured, so each change counts as a person’s' : '';
      return `CloudTrail can be read: ${events.length === 0 ? `no ${event}` : `the last ${event} is of ${toIso(events[0]?.time ?? 0)}`}${known}`;
    });
  },

  async run({ target, event, since, limit }, context) {
    const application = context.target(target, 'application');
    const now = await context.now();
    const from = Math.max(now - Math.min(since === undefined ? HISTORY : msOf(since), HISTORY), context.newerThan ?? 0);
    const wanted = limit ?? (since === undefined ? FEW : MANY);
    const [found, own] = await Promise.all([
      context.aws(application.region).trail.events({ name: event, from, to: now, limit: wanted }),
      ownIdentity(context, application),
    ]);
    const events = found.events.map((one) => described(one, application, own));
    const people = events.filter((one) => one.kind === 'person' && one.error === null && one.ours);
    const newest = people[0];
    const more = found.complete ? '' : ', and more before that';
    return {
      output: {
        events,
        people: people.length,
        complete: found.complete,
        from: toIso(from),
        settled: toIso(now - TRAIL_DELAY),
        own_known: own !== null,
      },
      summary:
        `${plural(events.length, event === 'UpdateChatControlsConfiguration' ? 'change' : 'call')} in ${sayDuration(now - from)}${more}; ` +
        `${newest === undefined ? 'none by a person' : `the last by a person: ${newest.person}, ${newest.time.replace('.000Z', 'Z')}, from ${newest.from}${newest.console ? ' in the console' : ''}`}. ` +
        'Those of the last 15 minutes may not be listed yet.',
      table: {
        columns: ['when', 'who', 'is', 'from', 'how', 'outcome'],
        rows: events.map((one) => [
          one.time.replace('.000Z', 'Z'),
          one.person,
          one.ours ? one.kind : `${one.kind}, another application`,
          one.from,
          one.console ? 'console' : oneLine(one.agent.split(' ')[0] ?? '', 20),
          one.error ?? 'done',
        ]),
      },
      files: [{ name: `cloudtrail-${event}.json`, content: `${JSON.stringify(found.events, null, 2)}\n` }],
    };
  },
});

function described(event: TrailEvent, application: ApplicationTarget, own: string | null): z.infer<typeof eventSchema> {
  return {
    id: event.id,
    time: toIso(event.time),
    person: event.person,
    kind: kindOf(event, application, own),
    principal: event.principal,
    from: event.from,
    agent: event.agent,
    console: event.console,
    error: event.error,
    ours: isOurs(event, application),
  };
}

function kindOf(
  { principal, role, kind }: TrailEvent,
  { pipelines }: ApplicationTarget,
  own: string | null,
): 'person' | 'pipeline' | 'own' | 'service' {
  if (own !== null && sameIdentity(own, principal)) return 'own';
  const names = [principal, ...(role === null ? [] : [role])];
  if (pipelines.some((pattern) => names.some((name) => matchesWildcard(pattern, name)))) return 'pipeline';
  return kind === 'AWSService' ? 'service' : 'person';
}

/** The session of a role has another name after each start: the role tells. */
function sameIdentity(own: string, other: string): boolean {
  const role = (arn: string) => /^(arn:aws[a-z-]*:sts::\d+:assumed-role\/[^/]+)\//.exec(arn)?.[1];
  return own === other || (role(own) !== undefined && role(own) === role(other));
}

/** What an event does not say may well be ours. */
function isOurs({ parameters }: TrailEvent, { application }: ApplicationTarget): boolean {
  const parsed = z.object({ applicationId: z.string() }).safeParse(parameters);
  return !parsed.success || parsed.data.applicationId === application;
}

async function ownIdentity(context: ActionContext, { region }: ApplicationTarget): Promise<string | null> {
  try {
    return (await context.aws(region).identity()).arn;
  } catch (error) {
    if (error instanceof AwsError) return null;
    throw error;
  }
}
