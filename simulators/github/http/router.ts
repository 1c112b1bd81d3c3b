import type { Kit } from '../world/runs.ts';
import type { Repository, World } from '../world/state.ts';
import type { Asked } from './asked.ts';
import { ApiError } from './error.ts';
import type { Grant } from './grants.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call extends Kit {
  readonly world: World;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly grant: Grant;
  /** Where the simulator itself listens. */
  readonly origin: string;
  /** Of a route below `/repos/:owner/:repo`. */
  readonly repository: Repository;
}

export interface Route {
  readonly method: string;
  /** `/repos/:owner/:repo/contents/*path`: `*` takes the rest, slashes and all. */
  readonly pattern: string;
  /** As `X-Accepted-GitHub-Permissions` has it: `contents=read`; several by a comma are all needed, alternatives by a semicolon. Empty: none. */
  readonly needs: string;
  readonly asked: Asked;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

export function route(method: string, pattern: string, needs: string, handle: Route['handle'], asked: Asked = {}): Route {
  return { method, pattern, needs, asked, handle };
}

/** The parameters of a path that a pattern matches; a slash inside of a parameter is sent as %2F. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (part.startsWith('*')) {
      const rest = given.slice(index).map(decodeURIComponent).join('/');
      if (rest === '') return null;
      params[part.slice(1)] = rest;
      return params;
    }
    if (value === undefined) return null;
    if (part.startsWith(':')) {
      if (value === '') return null;
      params[part.slice(1)] = decodeURIComponent(value);
    } else if (part !== value) return null;
  }
  return given.length === wanted.length ? params : null;
}

/** One page of a list, with the `Link` header that leads to the others. */
export function page(call: Call, items: readonly unknown[], wrap?: string): Answer {
  const number = positive(call.request.query.get('page'), 1);
  const size = Math.min(100, positive(call.request.query.get('per_page'), 30));
  const shown = items.slice((number - 1) * size, number * size);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.request.query);
    query.set('page', String(to));
    return `<${call.origin}${call.request.path}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ];
  return {
    status: 200,
    json: wrap === undefined ? shown : { total_count: items.length, [wrap]: shown },
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }),
  };
}

function positive(text: string | null, otherwise: number): number {
  const number = Number(text ?? otherwise);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}

/** The body as JSON. @throws ApiError 400 */
export function bodyOf(call: Pick<Call, 'request'>): Record<string, unknown> {
  if (call.request.body === '') return {};
  try {
    const parsed: unknown = JSON.parse(call.request.body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ApiError(400, 'Problems parsing JSON');
}

/** A text of the body that must be there. @throws ApiError 422 */
export function textIn(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw new ApiError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
}

export function listIn(body: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new ApiError(422, `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not an array of strings.`);
}
