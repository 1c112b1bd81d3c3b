import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';

/** Why Jira does not do what it was asked. `errors`: what is wrong with each field. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>>;
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    message: string,
    { errors = {}, retryAfter }: { errors?: Readonly<Record<string, string>>; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** The body of a request as JSON. @throws Refusal */
export function bodyOf({ method, headers }: IncomingMessage, text: string): unknown {
  if (method === 'GET') return null;
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) throw new Refusal(415, 'The body must be JSON.');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'There was an error parsing JSON. Check that your request body is valid.');
  }
}

/** @throws Refusal where a body is not what its operation takes */
export function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, 'Invalid request payload. Refer to the REST API documentation and try again.');
}

export function send(response: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (status === 204) {
    response.writeHead(204, headers).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers });
  response.end(JSON.stringify(body));
}
