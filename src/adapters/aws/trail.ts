import type { Event } from '@aws-sdk/client-cloudtrail';
import { z } from 'zod';
import type { Trail, TrailEvent } from '../../ports/aws.ts';
import { parseJson } from './json.ts';
import type { Link } from './link.ts';

const EVENTS_A_PAGE = 50;

/** What of an event's text is used (CloudTrail, "Record contents"); everything may be missing. */
const recordSchema = z.object({
  userIdentity: z
    .object({
      type: z.string().default(''),
      arn: z.string().default(''),
      userName: z.string().optional(),
      invokedBy: z.string().optional(),
      sessionContext: z.object({ sessionIssuer: z.object({ arn: z.string().optional() }).optional() }).optional(),
    })
    .default({ type: '', arn: '' }),
  sourceIPAddress: z.string().default(''),
  userAgent: z.string().default(''),
  eventType: z.string().default(''),
  sessionCredentialFromConsole: z.union([z.string(), z.boolean()]).optional(),
  errorCode: z.string().optional(),
  requestParameters: z.json().optional(),
});

/** CloudTrail's event history (LookupEvents). */
export function trailOf(link: Link): Trail {
  return {
    async events({ name, from, to, limit }) {
      const { client, sdk } = await link.clients.cloudtrail();
      const asked = { permission: 'cloudtrail:LookupEvents', resource: '*' };
      const query = {
        LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: name }],
        StartTime: new Date(from),
        EndTime: new Date(to),
      };
      const events: TrailEvent[] = [];
      let next: string | undefined;
      do {
        const page = { ...query, MaxResults: Math.min(limit - events.length, EVENTS_A_PAGE), ...(next === undefined ? {} : { NextToken: next }) };
        const answer = await link.ask(asked, async (options) => {
          await link.clients.lookUps.turn(link.signal);
          return client.send(new sdk.LookupEventsCommand(page), options);
        });
        events.push(...(answer.Events ?? []).map(eventOf));
        next = answer.NextToken;
      } while (next !== undefined && events.length < limit);
      return { events: events.sort((left, right) => right.time - left.time), complete: next === undefined };
    },
  };
}

function eventOf(event: Event): TrailEvent {
  const { data: record } = recordSchema.safeParse(parseJson(event.CloudTrailEvent) ?? {});
  const who = record?.userIdentity;
  const agent = record?.userAgent ?? '';
  return {
    id: event.EventId ?? '',
    name: event.EventName ?? '',
    time: event.EventTime?.getTime() ?? 0,
    principal: who?.arn ?? '',
    role: who?.sessionContext?.sessionIssuer?.arn ?? null,
    kind: who?.type ?? '',
    person: personOf(who?.type ?? '', who?.userName, who?.arn ?? '', who?.invokedBy, event.Username),
    from: record?.sourceIPAddress ?? '',
    agent,
    console: isConsole(record?.sessionCredentialFromConsole, record?.eventType ?? '', agent),
    error: record?.errorCode ?? null,
    parameters: record?.requestParameters ?? null,
  };
}

/** The session's name tells who used a role: single sign-on puts the person's there. */
function personOf(kind: string, userName: string | undefined, arn: string, invokedBy: string | undefined, username: string | undefined): string {
  if (kind === 'Root') return 'root of the account';
  const session = kind === 'AssumedRole' ? arn.split('/').at(-1) : undefined;
  return [userName, session, username, invokedBy, arn].find((name) => name !== undefined && name !== '') ?? 'unknown';
}

function isConsole(fromConsole: string | boolean | undefined, eventType: string, agent: string): boolean {
  return (
    String(fromConsole) === 'true' ||
    eventType === 'AwsConsoleAction' ||
    /^(?:console|signin)\.amazonaws\.com$|AWSConsole|AWS Internal|^Mozilla\//i.test(agent)
  );
}
