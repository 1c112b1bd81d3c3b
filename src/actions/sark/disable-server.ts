import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { sayBody } from '../http/answer-words.ts';
import { ask, httpRights } from '../http/ask.ts';
import { httpPreflight } from '../http/preflight.ts';
import { jsonOf } from '../http/tools.ts';
import { diffObjects } from '../shared/diff.ts';
import { duration, isLate, msOf, oneLine, orLate, targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';

const INACTIVE = 'inactive';

const input = z.strictObject({
  target: targetField.describe("SARK's API, with token_env and where needed csrf_cookie."),
  server_id: orLate(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'expected the id of a server')),
  timeout: duration.default('10s'),
});

type Input = z.infer<typeof input>;

const output = z.strictObject({ server_id: z.string(), status: z.string(), was: z.string(), changed: z.boolean() });

const serverSchema = z.object({
  id: z.string().optional(),
  name: z.string().default(''),
  status: z.string(),
  sensitivity_level: z.string().default(''),
});
type Server = z.infer<typeof serverSchema>;

const bulkAnswer = z.object({ succeeded: z.number(), failed: z.number(), failed_items: z.array(z.unknown()).default([]) });

/**
 * Sets a compromised server inactive by SARK's API (SK-51). The runbook's `PATCH /api/v1/servers/{id}` never existed; the bulk route
 * is the real one (platforms/sark/http-shapes.json).
 */
export const sarkDisableServer = changeAction({
  name: 'sark.disable-server',
  effect: 'destructive',
  about: 'Sets an MCP server inactive through the SARK API.',
  input,
  output,
  rights: ({ target }, context) => httpRights(context, target, ['GET', 'PATCH']),
  preflight: async ({ target }, context) => {
    const checks = await httpPreflight(context, target);
    if (context.target(target, 'http').token_env !== undefined) return checks;
    return [...checks, { state: 'failure', what: `Target ${target} names no token`, advice: 'SARK refuses calls without one: set token_env.' }];
  },

  async plan(input, context): Promise<Planned> {
    if (isLate(input.server_id)) throw new UserError('value-missing', 'Which server to disable must be known when this is planned.');
    const server = await read(input, context);
    const same = server.status === INACTIVE;
    const label = sayServer(input, server);
    return {
      summary: same ? `${label} already is inactive.` : `Sets ${label} inactive: its tools can no longer be called`,
      diff: same ? null : diffObjects({ server: label, status: server.status }, { server: label, status: INACTIVE }),
      noPlan: same ? 'Nothing would change.' : null,
      notes: [
        ...(server.sensitivity_level === '' ? [] : [`Its sensitivity is ${server.sensitivity_level}.`]),
        'Sessions that are already open may last until their own time limit.',
      ],
      touches: [touchOf(input, server)],
      changes: !same,
      scope: { server_id: input.server_id },
      snapshot: { status: server.status },
    };
  },

  async apply(input, planned, context) {
    const before = await read(input, context);
    const was = z.object({ status: z.string() }).safeParse(planned.snapshot).data?.status ?? before.status;
    const done = { server_id: input.server_id, status: INACTIVE, was };
    if (before.status === INACTIVE) return { output: { ...done, changed: false }, summary: `${sayServer(input, before)} is inactive.` };
    assertFresh(planned, [touchOf(input, before)]);
    await write(input, context, INACTIVE);
    return { output: { ...done, changed: true }, summary: `${sayServer(input, before)} is inactive now; it was ${before.status}.` };
  },

  async revert(input, planned, context, force) {
    const { status } = z.object({ status: z.string() }).parse(planned.snapshot);
    const now = await read(input, context);
    const label = sayServer(input, now);
    if (now.status === status) return { kind: 'already', summary: `${label} is ${status}.` };
    if (now.status !== INACTIVE && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody set ${label} to ${now.status} meanwhile.`,
        diff: diffObjects({ status: now.status }, { status }),
      };
    }
    await write(input, context, status);
    return { kind: 'reverted', summary: `${label} is ${status} again.` };
  },
});

/** @throws UserError `sark-no-server`, `sark-refused`, `http-unreachable` */
async function read(input: Input, context: ActionContext): Promise<Server> {
  const answer = await ask(context, input.target, { method: 'GET', path: `/api/v1/servers/${input.server_id}`, timeoutMs: msOf(input.timeout) });
  if (answer.kind === 'silent') throw new UserError('http-unreachable', `SARK does not answer. ${answer.why}`);
  if (answer.status === 404) throw new UserError('sark-no-server', `SARK has no server ${input.server_id}. Check the id in the audit events.`);
  if (answer.status !== 200) throw refused('read the server', answer);
  const parsed = serverSchema.safeParse(jsonOf(answer.body));
  if (!parsed.success) throw new UserError('sark-refused', `SARK answered no server: ${oneLine(answer.body)}`);
  return parsed.data;
}

/** Changes the status and reads it back: the route answers 200 also when single servers failed. */
async function write(input: Input, context: ActionContext, status: string): Promise<void> {
  const body = { updates: [{ server_id: input.server_id, status }], fail_on_first_error: false };
  const answer = await ask(context, input.target, { method: 'PATCH', path: '/api/v1/bulk/servers/status', body, timeoutMs: msOf(input.timeout) });
  // Without an answer it may have been done: the reading below tells.
  if (answer.kind === 'silent' && !answer.uncertain) throw new UserError('http-unreachable', `SARK does not answer. ${answer.why}`);
  if (answer.kind === 'answer' && (answer.status < 200 || answer.status > 299)) throw refused('change the server', answer);
  const now = await read(input, context);
  if (now.status === status) return;
  const bulk = answer.kind === 'answer' ? bulkAnswer.safeParse(jsonOf(answer.body)).data : undefined;
  const why = bulk === undefined || bulk.failed === 0 ? '' : ` SARK said: ${sayBody(JSON.stringify(bulk.failed_items), 200)}`;
  throw new UserError('sark-refused', `${sayServer(input, now)} still is ${now.status}.${why}`);
}

function refused(what: string, answer: { status: number; body: string }): UserError {
  const advice =
    answer.status === 401
      ? ' Renew the token.'
      : answer.status === 403 && /csrf/i.test(answer.body)
        ? ' Set csrf_cookie in the target (csrf_token).'
        : '';
  return new UserError('sark-refused', `SARK refused to ${what} (${answer.status}): ${oneLine(answer.body)}.${advice}`);
}

function touchOf(input: Input, server: Server): Touch {
  return touch(`server ${input.server_id}`, input.server_id, 'its status', { status: server.status });
}

function sayServer(input: Input, server: Server): string {
  return server.name === '' ? `server ${input.server_id}` : `server ${server.name} (${input.server_id})`;
}
