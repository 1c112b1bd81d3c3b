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
  const reads = ['schedules', 'users'] as const;
  simulator = await startPagerDutySimulator({
    keys: [],
    apiKeys: [
      { key: KEY, reads },
      { key: 'narrow', reads: [] },
    ],
  });
  const users = [{ id: 'PXPGF42', name: 'Regina Phalange', email: 'regina@example.com' }];
  const entries = [{ user: 'PXPGF42', start: FROM, end: FROM + HOUR }];
  simulator.plan({ id: 'PI7DH85', name: 'Daily Engineering Rotation', timeZone: 'America/New_York', users, entries });
});
afterAll(() => simulator.stop());

async function get(path: string, query: Readonly<Record<string, string>> = SPAN, headers: Readonly<Record<string, string>> = HEADERS) {
  const response = await fetch(`${simulator.url}${path.replace('{id}', 'PI7DH85')}?${new URLSearchParams(query).toString()}`, { headers });
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
