import { z } from 'zod';
import { type Lacking, type Reading, readAction } from '../../ports/action.ts';
import { anyJson, cutBytes, duration, msOf, targetField } from '../shared/fields.ts';
import { sayBody } from './answer-words.ts';
import { type Answer, ask, httpRights } from './ask.ts';
import { body, headers, path } from './fields.ts';
import { httpPreflight } from './preflight.ts';
import { jsonOf } from './tools.ts';

/** What an output holds of a body; the rest is a file. In bytes. */
const SHOWN_BODY = 4 * 1024;

const input = z.strictObject({
  target: targetField,
  method: z.enum(['GET', 'HEAD', 'POST', 'OPTIONS']).default('GET').describe('POST for questions only; what changes something is http.change.'),
  path: path.optional(),
  body: body.optional(),
  headers: headers.optional(),
  timeout: duration.default('10s'),
  expect_status: z.number().int().min(100).max(599).optional(),
});

const output = z.strictObject({
  /** Anything answered at all. Unknown when nothing could be asked. */
  reachable: z.boolean(),
  status: z.number().int(),
  /** The expected status, or one of 200 to 299. */
  ok: z.boolean(),
  /** Of the request as its tool measured it. */
  ms: z.number().int(),
  /** At most 4 KiB. */
  body: z.string(),
  /** The whole body parsed; null when it is no JSON. */
  json: anyJson,
  /** Empty when reachable. */
  problem: z.enum(['', 'unreachable', 'no-workload', 'no-tool']),
});

type Output = z.infer<typeof output>;

/** One request to an HTTP target: health, a test evaluation of a policy, the time of a call (AU-02, AU-42, SK-12, SK-32). */
export const httpRequest = readAction({
  name: 'http.request',
  about: "Asks an HTTP target from the bot, through the API server's proxy or from inside of a container.",
  input,
  output,
  rights: ({ target }, context) => httpRights(context, target),
  preflight: ({ target }, context) => httpPreflight(context, target),
  async run(input, context) {
    const answer = await ask(context, input.target, { ...input, timeoutMs: msOf(input.timeout) });
    return readingOf(answer, input, input.expect_status);
  },
});

function readingOf(
  answer: Answer,
  asked: { method: string; path?: string | undefined; target: string },
  expected: number | undefined,
): Reading<Output> | Lacking<Output> {
  const what = `${asked.method} ${asked.target}${asked.path ?? ''}`;
  if (answer.kind === 'silent') {
    const { problem, why } = answer;
    if (problem !== 'unreachable') return { state: 'unknown', output: { problem }, summary: `${what} was not asked. ${why}` };
    return { state: 'bad', output: { reachable: false, ok: false, problem }, summary: `${what}: no answer. ${why}` };
  }
  const ok = expected === undefined ? answer.status >= 200 && answer.status <= 299 : answer.status === expected;
  const shown = cutBytes(answer.body, SHOWN_BODY);
  const wanted = ok || expected === undefined ? '' : ` (expected ${expected})`;
  const said = answer.body.trim() === '' ? '' : `: ${sayBody(answer.body, 120)}`;
  return {
    state: ok ? 'good' : 'bad',
    output: { reachable: true, status: answer.status, ok, ms: answer.ms, body: shown, json: jsonOf(answer.body), problem: '' },
    summary: `${what} answered ${answer.status}${wanted} in ${answer.ms} ms ${answer.by}${said}`,
    ...(answer.body.length > 200 ? { text: { name: `${asked.target}-answer.txt`, content: answer.body } } : {}),
  };
}
