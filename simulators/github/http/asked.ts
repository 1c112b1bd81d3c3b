import { z } from 'zod';
import { ApiError, invalid } from './error.ts';
import type { Request } from './router.ts';

/** What a route takes. Members and parameters that GitHub does not know are ignored, as it ignores them. */
export interface Asked {
  readonly query?: z.ZodRawShape;
  readonly body?: z.ZodRawShape;
  /** What GitHub takes and the simulator does not play: asking for it is an error that nobody overlooks. */
  readonly unplayed?: readonly string[];
}

/** What says that something is missing here, and not at GitHub. */
export function unplayed(name: string): ApiError {
  return new ApiError(501, `The simulator does not play ${name}.`);
}

/** Types of members of bodies and of parameters. */
export const of = {
  text: () => z.string().optional(),
  flag: () => z.boolean().optional(),
  texts: () => z.array(z.string()).optional(),
  object: () => z.record(z.string(), z.unknown()).optional(),
  choice: (...choices: readonly [string, ...string[]]) => z.enum(choices).optional(),
  /** In an address everything is text. */
  digits: () => z.string().regex(/^\d+$/).optional(),
  time: () => z.iso.datetime({ offset: true }).optional(),
};

/** Parameters of a list that comes in pages. */
export const PAGED = { per_page: of.digits(), page: of.digits() };

/** Whether a request has what its route takes. @throws ApiError as GitHub answers one that has not */
export function refuseUnasked(
  { query = {}, body = {}, unplayed: missing = [] }: Asked,
  request: Request,
  given: Readonly<Record<string, unknown>>,
): void {
  const searched = Object.fromEntries(request.query);
  const asked = missing.find((name) => name in given || name in searched);
  if (asked !== undefined) throw unplayed(asked);
  const wrong = z.object(query).safeParse(searched).error?.issues ?? [];
  if (wrong.length > 0) {
    const errors = wrong.map(({ path }) => ({ resource: 'Search', field: path.join('/'), code: 'invalid' }));
    throw invalid('Validation Failed', errors);
  }
  const flaws = z.object(body).safeParse(given, { reportInput: true }).error?.issues ?? [];
  if (flaws.length > 0) throw invalid(`Invalid request.\n\n${flaws.map(said).join('\n')}`);
}

function said({ path, input, code, ...issue }: z.core.$ZodIssue): string {
  if (input === undefined) return `"${String(path.at(-1))}" wasn't supplied.`;
  const value = input === null ? 'nil' : JSON.stringify(input);
  const where = `For 'properties/${path.join('/')}', ${value}`;
  if (code === 'invalid_value') return `${where} is not a member of ${JSON.stringify((issue as { values?: unknown }).values)}.`;
  const { expected = 'valid value' } = issue as { expected?: string };
  const kind = expected === 'record' ? 'object' : expected;
  return `${where} is not ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}.`;
}
