import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, changeAction, type Planned } from '../../ports/action.ts';
import { digestOf } from '../shared/digest.ts';
import { cutBytes, duration, isLate, msOf, targetField } from '../shared/fields.ts';
import { planStale } from '../shared/stale.ts';
import { sayBody } from './answer-words.ts';
import { type Answer, ask, httpRights } from './ask.ts';
import { body, headers, latePath, path } from './fields.ts';
import { httpPreflight } from './preflight.ts';

const check = z
  .strictObject({
    path,
    method: z.enum(['GET', 'HEAD']).default('GET'),
    expect_status: z.number().int().min(100).max(599).default(200),
    contains: z.string().min(1).optional(),
  })
  .describe('How to see that it is done: asked before (nothing is sent when it already holds), and after.');

const input = z.strictObject({
  target: targetField,
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  path: latePath,
  body: body.optional(),
  headers: headers.optional(),
  check: check.optional(),
  timeout: duration.default('10s'),
});

type Input = z.infer<typeof input>;

const output = z.strictObject({
  /** False when the check already held and nothing was sent. */
  sent: z.boolean(),
  status: z.number().int(),
  ok: z.boolean(),
  body: z.string(),
  /** Whether the check held afterwards; false without one. */
  checked: z.boolean(),
});

const NO_PLAN = "An application's API has no dry run: what the request will do is not known before it is sent.";

/** A changing call of an application's own API, such as clearing one user's rate limit (AU-53). */
export const httpChange = changeAction({
  name: 'http.change',
  effect: 'destructive',
  oneWay: 'Tocsin does not know how the application takes this back. Send it the opposite request, or ask whoever runs it.',
  about: "Sends one changing request to an application's API; no plan of its effect is possible.",
  input,
  output,
  rights: ({ target, method }, context) => httpRights(context, target, ['GET', method]),
  preflight: ({ target }, context) => httpPreflight(context, target),

  async plan(input, context): Promise<Planned> {
    await assertRights(input, context);
    const where = describe(input, context);
    const already = input.check !== undefined && (await holds(input, context));
    return {
      summary: already ? `Already as wanted: ${input.check?.path} of ${input.target} answers as expected.` : `Sends ${where}`,
      diff: null,
      noPlan: NO_PLAN,
      notes: [
        ...(input.body === undefined ? [] : [`It sends: ${sayBody(JSON.stringify(input.body), 500)}.`]),
        input.check === undefined
          ? 'No `check` is configured to see its effect: check it yourself.'
          : `Afterwards ${input.check.path} must answer ${sayCheck(input.check)}.`,
        'Tocsin cannot revert it.',
      ],
      touches: [
        {
          object: `${input.target} (HTTP)`,
          uid: targetIdentity(input, context),
          fields: 'where the target points',
          digest: digestOf(targetIdentity(input, context)),
        },
      ],
      changes: !already,
      scope: { target: input.target, method: input.method, path: input.path },
      snapshot: null,
    };
  },

  async apply(input, planned, context, key) {
    if (isLate(input.path)) throw new UserError('value-missing', `The path of the request to ${input.target} was not known in time.`);
    if (planned.touches[0]?.digest !== digestOf(targetIdentity(input, context))) {
      throw planStale(`Target ${input.target} points somewhere else than when this was planned`);
    }
    if (input.check !== undefined && (await holds(input, context))) {
      return {
        output: { sent: false, status: 0, ok: true, body: '', checked: true },
        summary: `Nothing was sent: ${input.check.path} of ${input.target} already answers as wanted.`,
      };
    }
    const { method, path, body, timeout } = input;
    const answer = await ask(context, input.target, {
      method,
      path,
      body,
      headers: { ...input.headers, 'idempotency-key': key },
      timeoutMs: msOf(timeout),
    });
    if (answer.kind === 'silent') return await unanswered(input, context, answer);
    const ok = answer.status >= 200 && answer.status <= 299;
    const checked = ok && input.check !== undefined && (await holds(input, context));
    const what = `${method} ${input.target}${path} answered ${answer.status}`;
    if (!ok) throw new UserError('http-refused', `${what}: ${sayBody(answer.body, 300)}. Nothing else was done.`);
    const seen = input.check === undefined ? '' : checked ? ', and the check now holds' : ', but the check does not hold yet';
    return { output: { sent: true, status: answer.status, ok, body: cutBytes(answer.body, 4_096), checked }, summary: `${what}${seen}.` };
  },
});

/** Without a dry run nothing else would tell before people have approved it. @throws UserError `right-missing` */
async function assertRights({ target, method }: Input, context: ActionContext): Promise<void> {
  for (const right of httpRights(context, target, ['GET', method])) {
    const place = right.namespace === undefined ? undefined : { namespace: right.namespace };
    const cluster = context.cluster(place);
    const { allowed } = await cluster.can(right);
    if (allowed) continue;
    const resource = right.subresource === undefined ? right.resource : `${right.resource}/${right.subresource}`;
    const verbs = right.verbs.join(', ');
    throw new UserError(
      'right-missing',
      `Tocsin may not ${verbs} ${resource} in namespace ${cluster.namespace}. Add ${verbs} on ${resource} to the bot's role in namespace ${cluster.namespace}.`,
    );
  }
}

/** Only the check can tell whether a request without an answer was done. */
async function unanswered(input: Input, context: ActionContext, answer: Extract<Answer, { kind: 'silent' }>) {
  if (answer.uncertain && input.check !== undefined && (await holds(input, context))) {
    return {
      output: { sent: true, status: 0, ok: true, body: '', checked: true },
      summary: `${input.method} ${input.target}${input.path} got no answer, but the check now holds.`,
    };
  }
  throw new UserError('http-unreachable', `${input.method} ${input.target}${input.path} got no answer: ${answer.why}`);
}

async function holds(input: Input, context: ActionContext): Promise<boolean> {
  if (input.check === undefined) return false;
  const { method, path, expect_status: expected, contains } = input.check;
  const answer = await ask(context, input.target, { method, path, timeoutMs: msOf(input.timeout) });
  return answer.kind === 'answer' && answer.status === expected && (contains === undefined || answer.body.includes(contains));
}

function describe(input: Input, context: ActionContext): string {
  const target = context.target(input.target, 'http');
  const host = 'url' in target ? new URL(target.url).host : `${target.workload}:${target.port}`;
  return `${input.method} ${input.path} to ${input.target} (${host})`;
}

/** Its address and who it is asked through, without secrets. */
function targetIdentity(input: Input, context: ActionContext): string {
  return JSON.stringify(context.target(input.target, 'http'), (_, value: unknown) =>
    typeof value === 'string' && /^https?:/.test(value) ? value.replace(/\/\/[^/@]*@/, '//') : value,
  );
}

function sayCheck({ expect_status: expected, contains }: z.infer<typeof check>): string {
  return contains === undefined ? String(expected) : `${expected} and contain ${JSON.stringify(contains)}`;
}
