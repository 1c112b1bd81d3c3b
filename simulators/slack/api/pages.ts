import { SlackError } from '../slack-error.ts';
import type { Json } from '../state.ts';

/**
 * One page of a list: docs.slack.dev/apis/web-api/pagination. `cursor` is what an earlier answer gave as `next_cursor`
 * (the last page gives an empty one). Throws `invalid_cursor`,
 * and `invalid_limit` (`invalid_arguments` of the methods that have no word for it).
 */
export function page<T>(
  items: readonly T[],
  args: { cursor?: string | undefined; limit?: number | undefined },
  limits: { byDefault: number; max: number; refusal?: 'invalid_arguments' },
): { items: T[]; response_metadata: Json } {
  const limit = args.limit ?? limits.byDefault;
  if (limit < 0 || limit > limits.max) throw new SlackError(limits.refusal ?? 'invalid_limit');
  const start = args.cursor === undefined || args.cursor === '' ? 0 : decode(args.cursor, items.length);
  const end = start + (limit === 0 ? limits.byDefault : limit);
  return {
    items: items.slice(start, end),
    response_metadata: { next_cursor: end < items.length ? encode(end) : '' },
  };
}

function encode(offset: number): string {
  return Buffer.from(`next:${offset}`).toString('base64');
}

function decode(cursor: string, length: number): number {
  const match = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  const offset = Number(match?.[1] ?? Number.NaN);
  if (!(offset <= length)) throw new SlackError('invalid_cursor');
  return offset;
}
