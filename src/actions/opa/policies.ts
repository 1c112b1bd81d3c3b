import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { ask, httpRights } from '../http/ask.ts';
import { httpPreflight } from '../http/preflight.ts';
import { jsonOf } from '../http/tools.ts';
import { duration, msOf, oneLine, targetField } from '../shared/fields.ts';

const input = z.strictObject({
  target: targetField.describe('OPA: its HTTP target, by default asked through the API server.'),
  timeout: duration.default('10s'),
});

const output = z.strictObject({
  reachable: z.boolean(),
  /** Policies that are loaded. Unknown without a proper answer. */
  count: z.number().int(),
  ids: z.array(z.string()),
});

/** OPA REST API, "List Policies". */
const listed = z.object({ result: z.array(z.object({ id: z.string(), raw: z.string().optional() })).default([]) });

/** Which policies OPA has loaded (SK-12). Its image has no curl, so it is best asked through the API server. */
export const opaPolicies = readAction({
  name: 'opa.policies',
  about: 'Lists the policies that an OPA has loaded.',
  input,
  output,
  rights: ({ target }, context) => httpRights(context, target),
  preflight: ({ target }, context) => httpPreflight(context, target),
  async run({ target, timeout }, context) {
    const answer = await ask(context, target, { method: 'GET', path: '/v1/policies', timeoutMs: msOf(timeout) });
    if (answer.kind === 'silent') {
      if (answer.problem !== 'unreachable') return { state: 'unknown', output: {}, summary: `OPA was not asked. ${answer.why}` };
      return { state: 'bad', output: { reachable: false }, summary: `OPA does not answer. ${answer.why}` };
    }
    const parsed = listed.safeParse(jsonOf(answer.body));
    if (answer.status !== 200 || !parsed.success) {
      // It may be a proxy in front of it that answers.
      return {
        state: 'unknown',
        output: {},
        summary: `Its address answered ${answer.status} instead of the policies: ${oneLine(answer.body)}`,
      };
    }
    const policies = [...parsed.data.result].sort((a, b) => (a.id < b.id ? -1 : 1));
    const rows = policies.map((policy) => [policy.id, packageOf(policy.raw), policy.raw === undefined ? '' : String(policy.raw.split('\n').length)]);
    return {
      state: policies.length === 0 ? 'bad' : 'good',
      output: { reachable: true, count: policies.length, ids: policies.map((policy) => policy.id) },
      summary:
        policies.length === 0
          ? 'OPA has no policy loaded: it denies or leaves undefined everything.'
          : `OPA has ${plural(policies.length, 'policy', 'policies')} loaded, asked ${answer.by}.`,
      ...(policies.length === 0 ? {} : { table: { columns: ['policy', 'package', 'lines'], rows } }),
    };
  },
});

function packageOf(raw: string | undefined): string {
  return /^\s*package\s+(\S+)/m.exec(raw ?? '')?.[1] ?? '';
}
