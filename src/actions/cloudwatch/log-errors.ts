import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration, toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import type { LogEvent } from '../../ports/aws.ts';
import { aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { duration, msOf, oneLine, targetField } from '../shared/fields.ts';

/** Lines of a log that are kept. */
const MAX_LINES = 10_000;
const HOUR = 3_600_000;

const input = z.strictObject({
  target: targetField.describe('The log group.'),
  since: duration.default('24h'),
  contains: z.string().max(200).default('').describe('Only lines and streams that have this in them, e.g. the id of a data source.'),
  data_source: targetField.optional().describe('Only of this data source of Amazon Q Business.'),
  limit: z.number().int().min(1).max(200).default(20).describe('How many errors the table shows, the newest first.'),
});

const output = z.strictObject({
  errors: z.number().int(),
  lines: z.number().int(),
  newest: z.string().describe('The newest error, empty when there is none.'),
  complete: z.boolean().describe('Whether all lines of that time were read.'),
});

/** The errors in a log group (VO-25, VQ-10); all of its lines as a file. */
export const logsErrors = readAction({
  name: 'logs.errors',
  about: 'Reads a log group: its newest errors as a table, all lines as a file.',
  input,
  output,
  targets: ({ target, data_source: source }) => (source === undefined ? [target] : [target, source]),
  permissions: ({ target }, context) => {
    const { log_group: group, region } = context.target(target, 'log-group');
    return [aws('logs:FilterLogEvents', `arn:aws:logs:${context.aws(region).region}:*:log-group:${group}:*`)];
  },
  preflight: ({ target }, context) => {
    const { log_group: group, region } = context.target(target, 'log-group');
    const there = context.aws(region);
    return awsPreflight(there, async () => {
      const now = await context.now();
      const { events } = await there.watch.logs(group, { from: now - HOUR, to: now, limit: 1 });
      return `The log group ${group} can be read${events.length === 0 ? '; it has nothing of the last hour' : ''}`;
    });
  },

  async run({ target, since, contains, data_source: source, limit }, context) {
    const { log_group: group, region } = context.target(target, 'log-group');
    const now = await context.now();
    const { events, complete } = await context
      .aws(region)
      .watch.logs(group, { from: Math.max(now - msOf(since), context.newerThan ?? 0), to: now, limit: MAX_LINES });
    const wanted = [contains, source === undefined ? '' : context.target(source, 'data-source').data_source];
    const lines = events.filter(({ stream, message }) => wanted.every((text) => stream.includes(text) || message.includes(text)));
    const errors = lines.filter(({ message }) => isError(message)).toReversed();
    const [newest] = errors;
    return {
      ...(errors.length === 0 ? {} : { state: 'bad' }),
      output: { errors: errors.length, lines: lines.length, newest: newest === undefined ? '' : errorText(newest.message), complete },
      summary: `${plural(errors.length, 'error')} in ${plural(lines.length, 'line')} of the last ${sayDuration(msOf(since))}${newest === undefined ? '' : `, the newest: ${oneLine(errorText(newest.message)).replace(/\.$/, '')}`}.${complete ? '' : ' There are more lines than were read.'}`,
      table: {
        columns: ['when', 'error', 'stream'],
        rows: errors.slice(0, limit).map((one) => [toIso(one.time), oneLine(errorText(one.message), 300), one.stream]),
      },
      text: { name: `${target}.log`, content: lines.map(sayLine).join('') },
    };
  },
});

const levelSchema = z.looseObject({
  LogLevel: z.string().optional(),
  ErrorCode: z.string().optional(),
  ErrorMessage: z.string().optional(),
  ErrorMsg: z.string().optional(),
});

/** Q Business logs JSON with a level; anything else is judged by its words. */
function isError(message: string): boolean {
  const parsed = fieldsOf(message);
  if (parsed?.LogLevel !== undefined) return /error|fatal/i.test(parsed.LogLevel);
  if (parsed !== null) return parsed.ErrorCode !== undefined || parsed.ErrorMessage !== undefined || parsed.ErrorMsg !== undefined;
  return /error|exception|fail|denied|throttl|timed? ?out/i.test(message);
}

function errorText(message: string): string {
  const parsed = fieldsOf(message);
  const said = [parsed?.ErrorCode, parsed?.ErrorMessage ?? parsed?.ErrorMsg].filter((part) => part !== undefined && part !== '').join(': ');
  return said === '' ? message.trim() : said;
}

function fieldsOf(message: string): z.infer<typeof levelSchema> | null {
  if (!message.startsWith('{')) return null;
  try {
    return levelSchema.parse(JSON.parse(message));
  } catch {
    return null;
  }
}

function sayLine({ time, stream, message }: LogEvent): string {
  return `${toIso(time)} ${stream} ${message.trimEnd()}\n`;
}
