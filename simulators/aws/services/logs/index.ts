import { z } from 'zod';
import type { Account } from '../../account.ts';
import { ApiError } from '../../protocol/error.ts';
import { text } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { operation, type Service } from '../../protocol/service.ts';
import { parseFilter } from './filter.ts';
import type { KeptEvent, LogGroup, LogStream } from './state.ts';

const GroupName = text(1, 512, /[.\-_/#A-Za-z0-9]+/);
const StreamName = text(1, 512, /[^:*]*/);
const Token = text(1, 4096).optional();
const Time = z.number().int().min(0).optional();

function findGroup({ logs }: Account, { logGroupName }: { readonly logGroupName: string }): LogGroup {
  const group = logs.groups.get(logGroupName);
  if (group === undefined) throw new ApiError(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

function invalid(message: string): ApiError {
  return new ApiError(400, 'InvalidParameterException', message);
}

function arnOf({ id, region }: Account, group: string): string {
  return `arn:aws:logs:${region}:${id}:log-group:${group}`;
}

/** What reading a group's streams needs the permission on. */
function streamsOf(input: { readonly logGroupName: string }, { account }: { readonly account: Account }): string {
  return `${arnOf(account, input.logGroupName)}:log-stream:`;
}

const invalidToken = (): ApiError => invalid('The specified nextToken is invalid.');

/** CloudWatch Logs, as far as it is read. */
export const logs: Service = {
  name: 'logs',
  prefix: 'logs',
  source: 'logs.amazonaws.com',
  protocol: { kind: 'json', version: '1.1', target: 'Logs_20140328' },
  invalid: ({ kind, text: message }) =>
    kind === 'type' || kind === 'unknown' ? new ApiError(400, 'SerializationException', message) : invalid(message),
  operations: [
    operation({
      name: 'DescribeLogGroups',
      input: z.strictObject({
        logGroupNamePrefix: GroupName.optional(),
        logGroupNamePattern: GroupName.optional(),
        nextToken: Token,
        limit: z.number().int().min(1).max(50).optional(),
      }),
      resource: (_input, { account }) => arnOf(account, '*'),
      run(input, { account }) {
        if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
          throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
        }
        const found = [...account.logs.groups.values()]
          .filter(
            ({ name }) =>
              name.startsWith(input.logGroupNamePrefix ?? '') && name.toLowerCase().includes(input.logGroupNamePattern?.toLowerCase() ?? ''),
          )
          .sort((left, right) => (left.name < right.name ? -1 : 1));
        const { items, next } = page(found, input.nextToken, input.limit ?? 50, invalidToken);
        const logGroups = items.map(({ name, created, retentionInDays, streams }) => ({
          logGroupName: name,
          creationTime: created,
          retentionInDays,
          metricFilterCount: 0,
          arn: `${arnOf(account, name)}:*`,
          storedBytes: [...streams.values()].flatMap(({ events }) => events).reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0),
          logGroupClass: 'STANDARD',
          logGroupArn: arnOf(account, name),
        }));
        return { logGroups, nextToken: next };
      },
    }),
    operation({
      name: 'DescribeLogStreams',
      input: z.strictObject({
        logGroupName: GroupName,
        logStreamNamePrefix: StreamName.optional(),
        orderBy: z.enum(['LogStreamName', 'LastEventTime']).optional(),
        descending: z.boolean().optional(),
        nextToken: Token,
        limit: z.number().int().min(1).max(50).optional(),
      }),
      resource: streamsOf,
      run(input, { account }) {
        const group = findGroup(account, input);
        const byTime = input.orderBy === 'LastEventTime';
        if (byTime && input.logStreamNamePrefix !== undefined) throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
        const sorted = [...group.streams.values()]
          .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
          .sort((left, right) => (byTime ? lastOf(left) - lastOf(right) : left.name < right.name ? -1 : 1));
        if (input.descending === true) sorted.reverse();
        const { items, next } = page(sorted, input.nextToken, input.limit ?? 50, invalidToken);
        const logStreams = items.map((stream) => ({
          logStreamName: stream.name,
          creationTime: stream.created,
          firstEventTimestamp: stream.events[0]?.timestamp,
          lastEventTimestamp: stream.events.at(-1)?.timestamp,
          lastIngestionTime: stream.events.at(-1)?.ingested,
          arn: `${arnOf(account, group.name)}:log-stream:${stream.name}`,
          storedBytes: 0,
        }));
        return { logStreams, nextToken: next };
      },
    }),
    operation({
      name: 'FilterLogEvents',
      input: z.strictObject({
        logGroupName: GroupName,
        logStreamNames: z.array(StreamName).min(1).max(100).optional(),
        logStreamNamePrefix: StreamName.optional(),
        startTime: Time,
        endTime: Time,
        filterPattern: text(0, 1024).optional(),
        nextToken: Token,
        limit: z.number().int().min(1).max(10_000).optional(),
        interleaved: z.boolean().optional(),
      }),
      resource: streamsOf,
      run(input, { account }) {
        const group = findGroup(account, input);
        if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
          throw invalid('logStreamNames and logStreamNamePrefix cannot be specified together.');
        }
        const unknown = input.logStreamNames?.find((name) => !group.streams.has(name));
        if (unknown !== undefined) throw new ApiError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
        const test = parseFilter(input.filterPattern ?? '');
        if (test === null) throw invalid('Invalid filter pattern');
        const found = [...group.streams.values()]
          .filter(({ name }) => (input.logStreamNames ?? [name]).includes(name) && name.startsWith(input.logStreamNamePrefix ?? ''))
          .flatMap(({ name, events }) => within(events, input.startTime, input.endTime).map((event) => ({ name, event })))
          .filter(({ event }) => test(event.message))
          .sort((left, right) => left.event.timestamp - right.event.timestamp);
        const { items, next } = page(found, input.nextToken, input.limit ?? 10_000, invalidToken);
        const events = items.map(({ name, event }) => ({
          logStreamName: name,
          timestamp: event.timestamp,
          message: event.message,
          ingestionTime: event.ingested,
          eventId: event.id,
        }));
        return { events, searchedLogStreams: [], nextToken: next };
      },
    }),
    operation({
      name: 'GetLogEvents',
      input: z.strictObject({
        logGroupName: GroupName,
        logStreamName: StreamName,
        startTime: Time,
        endTime: Time,
        nextToken: Token,
        limit: z.number().int().min(1).max(10_000).optional(),
        startFromHead: z.boolean().optional(),
      }),
      resource: (input, { account }) => `${arnOf(account, input.logGroupName)}:log-stream:${input.logStreamName}`,
      run(input, { account }) {
        const stream = findGroup(account, input).streams.get(input.logStreamName);
        if (stream === undefined) throw new ApiError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
        const all = within(stream.events, input.startTime, input.endTime);
        const limit = input.limit ?? 10_000;
        const start = startOf(input.nextToken, all.length, limit, input.startFromHead === true);
        const items = all.slice(start, start + limit);
        return {
          events: items.map(({ timestamp, message, ingested }) => ({ timestamp, message, ingestionTime: ingested })),
          // The end is where a token comes back as it was sent.
          nextForwardToken: `f/${start + items.length}`,
          nextBackwardToken: `b/${start}`,
        };
      },
    }),
  ],
};

function startOf(token: string | undefined, length: number, limit: number, fromHead: boolean): number {
  if (token === undefined) return fromHead ? 0 : Math.max(0, length - limit);
  const [, direction, offset] = /^([fb])\/(\d+)$/.exec(token) ?? [];
  if (direction === undefined) throw invalidToken();
  return direction === 'f' ? Number(offset) : Math.max(0, Number(offset) - limit);
}

function within(events: readonly KeptEvent[], start: number | undefined, end: number | undefined): KeptEvent[] {
  return events.filter(({ timestamp }) => timestamp >= (start ?? 0) && timestamp <= (end ?? Number.POSITIVE_INFINITY));
}

function lastOf({ events, created }: LogStream): number {
  return events.at(-1)?.timestamp ?? created;
}
