import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { ROOT } from '../docs/files.ts';
import { type Schema, schemasOf } from './helpers/openapi.ts';

interface Operation {
  readonly parameters: readonly { readonly $ref: string }[];
  readonly responses: { readonly '200': { readonly content: { readonly 'application/json': { readonly schema: Schema } } } } & Readonly<
    Record<string, unknown>
  >;
}

interface Description {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: Schema & {
    readonly parameters: Readonly<Record<string, { readonly name: string; readonly in: string }>>;
    readonly responses: { readonly Conflict: { readonly content: { readonly 'application/json': { readonly schema: Schema } } } };
  };
}

/** PagerDuty's own description, kept beside the repository: it is not ours to ship. */
const DESCRIPTION = JSON.parse(readFileSync(join(ROOT, '..', 'shared', 'api-schemas', 'pagerduty', 'rest-subset.json'), 'utf8')) as Description;
const SCHEMAS = schemasOf(DESCRIPTION.components);
const PATHS = ['/schedules/{id}', '/schedules/{id}/users'] as const;
const HOUR = 3_600_000;
const FROM = Date.parse('2026-11-30T00:00:00Z');
const SPAN = { since: '2026-11-29T00:00:00Z', until: '2027-02-22T00:00:00Z' };
const KEY = 'y_NbAkKc66ryYTWUXYEu';
const HEADERS = { authorization: `Token token=${KEY}`, accept: 'application/vnd.pagerduty+json;version=2' };

let simulator: PagerDutySimulator;
beforeAll(async () => {
  const reads = ['schedules', 'users', 'services', 'oncalls'] as const;
  simulator = await startPagerDutySimulator({
    keys: [],
    apiKeys: [
      { key: KEY, reads },
      { key: 'blind', reads: ['services'], hidesKeys: true },
      { key: 'narrow', reads: [] },
    ],
  });
  const users = [{ id: 'PXPGF42', name: 'Regina Phalange', email: 'regina@example.com' }];
  const entries = [{ user: 'PXPGF42', start: FROM, end: FROM + HOUR }];
  simulator.plan({ id: 'PI7DH85', name: 'Daily Engineering Rotation', timeZone: 'America/New_York', users, entries });
  const schedule = { id: 'PI7DH85', name: 'Daily Engineering Rotation' };
  const on = (id: string, level: number) => ({ level, user: { id, name: id }, schedule, start: Date.now() - HOUR, end: Date.now() + HOUR });
  const policy = { id: 'PT20YPA', name: 'Engineering', onCalls: [on('PXPGF42', 1), on('PXPGF43', 2), on('PXPGF44', 2)] };
  const integrations = [
    { id: 'PQ12345', name: 'Events', type: 'events_api_v2_inbound_integration', key: 'e93facc04764012d7bfb002500d5d1a6' },
    { id: 'PQ12346', name: 'Mail', type: 'generic_email_inbound_integration', key: null },
  ] as const;
  simulator.cover({ id: 'PIJ90N7', name: 'My Application Service', status: 'active', policy, integrations });
  simulator.cover({ id: 'PIJ90N8', name: 'Another', status: 'disabled', policy: { ...policy, id: 'PT20YPB' } });
});
afterAll(() => simulator.stop());

async function get(
  path: string,
  query: Readonly<Record<string, string>> = SPAN,
  headers: Readonly<Record<string, string>> = HEADERS,
  id = path.startsWith('/services') ? 'PIJ90N7' : 'PI7DH85',
) {
  const response = await fetch(`${simulator.url}${path.replace('{id}', id)}?${new URLSearchParams(query).toString()}`, { headers });
  return { status: response.status, json: await response.json() };
}

test.each(PATHS)('[VQ-25] every answer to %s is one that PagerDuty describes', async (path) => {
  const { get: operation } = DESCRIPTION.paths[path] ?? {};
  const found = await get(path);
  expect([found.status, SCHEMAS.flaws(operation?.responses['200'].content['application/json'].schema ?? {}, found.json)]).toEqual([200, []]);
  expect(JSON.stringify(found.json)).toContain('PXPGF42');
});

test.each(PATHS)('[VQ-25] what PagerDuty does not describe of %s is refused as it says', async (path) => {
  const error = DESCRIPTION.components.responses.Conflict.content['application/json'].schema;
  const refused = [
    [401, await get(path, SPAN, { ...HEADERS, authorization: `Bearer ${KEY}` })],
    [403, await get(path, SPAN, { ...HEADERS, authorization: 'Token token=narrow' })],
    [404, await get(path.replace('{id}', 'PNOBODY'))],
    [400, await get(path, { ...SPAN, since: 'yesterday' })],
    [400, await get(path, { ...SPAN, colour: 'red' })],
    [400, await get(path, { ...SPAN, until: '2027-12-01T00:00:00Z' })],
  ] as const;
  for (const [status, answer] of refused) expect([answer.status, SCHEMAS.flaws(error, answer.json)]).toEqual([status, []]);
  const described = new Set(
    DESCRIPTION.paths[path]?.get.parameters.map(({ $ref }) => DESCRIPTION.components.parameters[$ref.split('/').at(-1) ?? '']?.name),
  );
  for (const name of ['since', 'until', ...(path === '/schedules/{id}' ? ['overflow'] : [])]) expect(described).toContain(name);
});

const COVER = ['/services/{id}', '/oncalls'] as const;
const ERROR = DESCRIPTION.components.responses.Conflict.content['application/json'].schema;

test.each(COVER)('every answer to %s is one that PagerDuty describes', async (path) => {
  const schema = DESCRIPTION.paths[path]?.get.responses['200'].content['application/json'].schema ?? {};
  const found = await get(path, {});
  expect([found.status, SCHEMAS.flaws(schema, found.json)]).toEqual([200, []]);
  expect(JSON.stringify(found.json)).toContain('PT20YPA');
});

test('integrations are references, and whole where they are asked for, with the key where whoever asks may see it', async () => {
  const schema = DESCRIPTION.paths['/services/{id}']?.get.responses['200'].content['application/json'].schema ?? {};
  type Shown = { readonly service: { readonly integrations: readonly { readonly type: string; readonly integration_key?: string }[] } };
  const shown = async (query: Readonly<Record<string, string>>, key = KEY) => {
    const { json } = await get('/services/{id}', query, { ...HEADERS, authorization: `Token token=${key}` });
    return { json, integrations: (json as Shown).service.integrations };
  };
  const plain = await shown({});
  expect(plain.integrations.map(({ type }) => type)).toEqual([
    'events_api_v2_inbound_integration_reference',
    'generic_email_inbound_integration_reference',
  ]);
  expect(JSON.stringify(plain.json)).not.toContain('integration_key');
  const whole = await shown({ 'include[]': 'integrations' });
  // "If `integrations` is passed as an argument, these are full objects - otherwise, these are references": the schema has the references alone.
  const described = JSON.stringify(DESCRIPTION.components);
  expect(described).toContain('If `integrations` is passed as an argument, these are full objects');
  for (const flaw of SCHEMAS.flaws(schema, whole.json)) expect(flaw).toMatch(/^\/service\/integrations\/0(\/type)? /);
  expect(whole.integrations.map(({ type, integration_key: key }) => [type, key])).toEqual([
    ['events_api_v2_inbound_integration', 'e93facc04764012d7bfb002500d5d1a6'],
    ['generic_email_inbound_integration', undefined],
  ]);
  for (const { type } of whole.integrations) expect(described).toContain(`"${type}_reference"`);
  const hidden = await shown({ 'include[]': 'integrations' }, 'blind');
  expect(hidden.integrations.map(({ integration_key: key }) => key)).toEqual([undefined, undefined]);
});

test('on-calls come by pages, of the policies that are asked for', async () => {
  const schema = DESCRIPTION.paths['/oncalls']?.get.responses['200'].content['application/json'].schema ?? {};
  const page = async (query: Readonly<Record<string, string>>) =>
    (await get('/oncalls', { 'escalation_policy_ids[]': 'PT20YPA', ...query })).json as {
      readonly oncalls: readonly { readonly user: { readonly id: string } }[];
      readonly more: boolean;
      readonly total: number | null;
    };
  const [first, second] = [await page({ limit: '2', total: 'true' }), await page({ limit: '2', offset: '2' })];
  for (const one of [first, second]) expect(SCHEMAS.flaws(schema, one)).toEqual([]);
  expect([first, second].map(({ oncalls, more, total }) => [oncalls.map(({ user }) => user.id), more, total])).toEqual([
    [['PXPGF42', 'PXPGF43'], true, 3],
    [['PXPGF44'], false, null],
  ]);
  expect((await page({ since: '2040-01-01T00:00:00Z', until: '2040-01-02T00:00:00Z' })).oncalls).toEqual([]);
});

test.each(COVER)('what PagerDuty does not describe of %s is refused as it says', async (path) => {
  const wrong =
    path === '/oncalls'
      ? [{ colour: 'red' }, { limit: '0' }, { limit: '101' }, { offset: '10000' }, { since: 'yesterday' }]
      : [{ 'include[]': 'users' }];
  const refused = [
    [401, await get(path, {}, { ...HEADERS, authorization: `Bearer ${KEY}` })],
    [403, await get(path, {}, { ...HEADERS, authorization: 'Token token=narrow' })],
    ...(path === '/oncalls' ? [] : [[404, await get(path, {}, HEADERS, 'PNOBODY')] as const]),
    ...(await Promise.all(wrong.map(async (query) => [400, await get(path, query as Record<string, string>)] as const))),
  ] as const;
  for (const [status, answer] of refused) {
    expect([answer.status, SCHEMAS.flaws(ERROR, answer.json)]).toEqual([status, []]);
    // It is one of those that are described.
    expect(Object.keys(DESCRIPTION.paths[path]?.get.responses ?? {})).toContain(String(status));
  }
  simulator.restFaults.add({ kind: 'status', status: 429 });
  const busy = await get(path, {});
  expect([busy.status, SCHEMAS.flaws(ERROR, busy.json)]).toEqual([429, []]);
  const described = new Set(
    DESCRIPTION.paths[path]?.get.parameters.map(({ $ref }) => DESCRIPTION.components.parameters[$ref.split('/').at(-1) ?? '']?.name),
  );
  const played = path === '/oncalls' ? ['escalation_policy_ids[]', 'limit', 'offset', 'total', 'since', 'until'] : ['include[]'];
  for (const name of played) expect(described).toContain(name);
});
