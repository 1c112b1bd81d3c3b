import { z } from 'zod';
import { ApiError } from '../protocol/error.ts';
import { text, timestamp } from '../protocol/input.ts';
import { page } from '../protocol/pages.ts';
import { operation, type Service } from '../protocol/service.ts';
import type { TrailEvent } from './trail.ts';

const KEYS = ['EventId', 'EventName', 'ReadOnly', 'Username', 'ResourceType', 'ResourceName', 'EventSource', 'AccessKeyId'] as const;
const PAGE = 50;
/** Look-ups see this far back, ms: 90 days. */
const HISTORY_MS = 90 * 86_400_000;
/** Look-ups a second, per account and region; CloudTrail API reference, LookupEvents. */
const RATE = 2;

const LookupEvents = z.strictObject({
  LookupAttributes: z.array(z.strictObject({ AttributeKey: z.enum(KEYS), AttributeValue: text(1, 2000) })).optional(),
  StartTime: timestamp.optional(),
  EndTime: timestamp.optional(),
  EventCategory: z.literal('insight').optional(),
  MaxResults: z.number().int().optional(),
  NextToken: z.string().optional(),
});

/** CloudTrail's event history. */
export const cloudtrail: Service = {
  name: 'cloudtrail',
  prefix: 'cloudtrail',
  source: 'cloudtrail.amazonaws.com',
  protocol: { kind: 'json', version: '1.1', target: 'CloudTrail_20131101' },
  invalid: ({ kind, path, text: message }) =>
    path.startsWith('LookupAttributes') && kind === 'constraint'
      ? new ApiError(400, 'InvalidLookupAttributesException', message)
      : new ApiError(400, kind === 'missing' || kind === 'constraint' ? 'ValidationException' : 'SerializationException', message),
  operations: [
    operation({
      name: 'LookupEvents',
      input: LookupEvents,
      resource: () => '*',
      run(input, { account }) {
        limit(account.lookUps, account.wall());
        const attributes = input.LookupAttributes ?? [];
        if (attributes.length > 1) throw new ApiError(400, 'InvalidLookupAttributesException', 'You may only specify one lookup attribute.');
        const size = input.MaxResults ?? PAGE;
        if (size < 1 || size > PAGE) throw new ApiError(400, 'InvalidMaxResultsException', 'A valid value of maxResults is between 1 and 50.');
        if (input.StartTime !== undefined && input.EndTime !== undefined && input.StartTime > input.EndTime) {
          throw new ApiError(400, 'InvalidTimeRangeException', 'The start time occurs after the end time.');
        }
        if (input.EventCategory === 'insight') return { Events: [] };
        const start = Math.max(input.StartTime?.getTime() ?? 0, account.now() - HISTORY_MS);
        const end = input.EndTime?.getTime() ?? Number.POSITIVE_INFINITY;
        const [attribute] = attributes;
        const found = account.trail
          .visible()
          .filter((event) => event.time >= start && event.time <= end && (attribute === undefined || has(event, attribute)));
        const invalid = (): ApiError => new ApiError(400, 'InvalidNextTokenException', 'A token is invalid or expired.');
        const { items, next } = page(found, input.NextToken, size, invalid);
        return { Events: items.map(shape), NextToken: next };
      },
    }),
  ],
};

function has(event: TrailEvent, { AttributeKey, AttributeValue }: { AttributeKey: (typeof KEYS)[number]; AttributeValue: string }): boolean {
  switch (AttributeKey) {
    case 'EventId':
      return event.id === AttributeValue;
    case 'EventName':
      return event.name === AttributeValue;
    case 'EventSource':
      return event.source === AttributeValue;
    case 'Username':
      return event.userName === AttributeValue;
    case 'AccessKeyId':
      return event.accessKeyId === AttributeValue;
    case 'ReadOnly':
      return AttributeValue === 'false';
    case 'ResourceType':
      return event.resources.some(({ ResourceType }) => ResourceType === AttributeValue);
    case 'ResourceName':
      return event.resources.some(({ ResourceName }) => ResourceName === AttributeValue);
  }
}

function shape(event: TrailEvent): unknown {
  return {
    EventId: event.id,
    EventName: event.name,
    ReadOnly: 'false',
    AccessKeyId: event.accessKeyId,
    EventTime: new Date(Math.floor(event.time / 1000) * 1000),
    EventSource: event.source,
    Username: event.userName,
    Resources: event.resources,
    CloudTrailEvent: JSON.stringify(event.record),
  };
}

/** The limit is of the machine's time: callers wait by that one. */
function limit(lookUps: number[], now: number): void {
  while (lookUps[0] !== undefined && lookUps[0] <= now - 1000) lookUps.shift();
  if (lookUps.length >= RATE) throw new ApiError(400, 'ThrottlingException', 'Rate exceeded');
  lookUps.push(now);
}
