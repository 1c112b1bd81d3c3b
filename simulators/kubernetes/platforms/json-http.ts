import type { HttpAnswer, HttpRequest } from '../containers/program.ts';

/** An answer in JSON. */
export function json(status: number, body: unknown, latencyMs?: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}

export function pathOf(request: HttpRequest): string {
  return request.path.split('?')[0] ?? '/';
}

/** A body in JSON; undefined when it is none. */
export function bodyOf(request: HttpRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    return undefined;
  }
}
