import { createPrivateKey, createSign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type GitHubSimulator, startGitHubSimulator } from '../../simulators/github/index.ts';
import { type Call, callsOf } from './github/calls.ts';
import { type Description, githubDescription, keyOf, type Operation } from './github/description.ts';
import { type Schema, type Schemas, schemasOf } from './helpers/openapi.ts';

/** GitHub describes few of the errors that any operation may answer with. */
const COMMON = [401, 403, 404, 422];
/** Where the logs of jobs are downloaded from: no part of the API. */
const UNDESCRIBED = ['GET /simulated-logs/:log'];

/** Where nobody listens: what is delivered there is missed. */
const UNHEARD = { url: 'http://127.0.0.1:9/github', secret: 'what-github-signs-with' };

let description: Description;
let schemas: Schemas;
let github: GitHubSimulator;
let app: ReturnType<GitHubSimulator['app']>;

beforeAll(async () => {
  description = await githubDescription();
  schemas = schemasOf(description.components);
});

beforeEach(async () => {
  await github?.stop();
  github = await startGitHubSimulator({ ticking: false, onRun: () => ({ conclusion: 'success' }), webhooks: [UNHEARD] });
  app = github.app();
  github.as('grace').push('topic', { 'topic.txt': 'a\n' }, 'A topic');
  await github.settle();
  github.repository.setSecret('OF_ALL', true, 'organization');
  github.repository.setRules([
    { type: 'required_signatures', ruleset_source_type: 'Repository', ruleset_source: 'VaultSovereign/vmq-oracle', ruleset_id: 7 },
  ]);
});

afterAll(async () => await github?.stop());

function operationOf({ route }: Pick<Call, 'route'>): Operation {
  const [method = '', pattern = ''] = route.split(' ');
  const operation = description.operations.get(keyOf(method, pattern));
  if (operation === undefined) throw new Error(`GitHub describes no ${route}.`);
  return operation;
}

async function calls(): Promise<readonly Call[]> {
  const { json: commit } = await ask({ route: 'GET /', path: `/repos/VaultSovereign/vmq-oracle/git/commits/${github.repository.head()}` });
  const { sha: tree } = (commit as { tree: { sha: string } }).tree;
  const { json } = await ask({ route: 'GET /', path: `/repos/VaultSovereign/vmq-oracle/git/trees/${tree}` });
  const blob = (json as { tree: { type: string; sha: string }[] }).tree.find(({ type }) => type === 'blob')?.sha ?? '';
  const run = github.repository.runs().at(-1)?.id;
  const { json: jobs } = await ask({ route: 'GET /', path: `/repos/VaultSovereign/vmq-oracle/actions/runs/${run}/jobs` });
  const job = (jobs as { jobs: { id: number }[] }).jobs[0]?.id ?? 0;
  return callsOf({ github, app, tree, blob, job });
}

async function ask({ route, path, body, as }: Pick<Call, 'route' | 'path' | 'body' | 'as'>): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${github.url}${path}`, {
    method: route.split(' ')[0] ?? 'GET',
    redirect: 'manual',
    headers: { authorization: `Bearer ${as === 'app' ? signedByApp() : github.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

function signedByApp(): string {
  const at = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: app.appId, iat: at - 30, exp: at + 300 })}`;
  return `${head}.${createSign('RSA-SHA256').update(head).sign(createPrivateKey(app.privateKey), 'base64url')}`;
}

/** What is wrong with an answer, by the description of its operation. */
function flawsOf(operation: Operation, status: number, json: unknown): readonly string[] {
  const described = operation.answers.get(status);
  if (described === undefined && !COMMON.includes(status)) return [`${status} is no answer of it`];
  // Errors carry their status too, which the description knows of some only.
  if (status >= 400) return schemas.flaws(described ?? { $ref: '#/components/schemas/basic-error' }, json, 'open');
  if (described != null) return schemas.flaws(described, json);
  return json === null ? [] : ['an answer without JSON'];
}

test('every route that is played is held against the description', async () => {
  const checked = new Set((await calls()).map(({ route }) => route));
  const played = github.routes.map(({ method, pattern }) => `${method} ${pattern}`).filter((route) => !UNDESCRIBED.includes(route));
  expect([...checked].sort()).toEqual(played.sort());
});

test('every answer, of success and of error, is one that GitHub describes', async () => {
  const wrong: string[] = [];
  for (const call of await calls()) {
    const { status, json } = await ask(call);
    if (status !== call.status) wrong.push(`${call.route}: ${status} instead of ${call.status}: ${JSON.stringify(json).slice(0, 200)}`);
    wrong.push(...flawsOf(operationOf(call), status, json).map((flaw) => `${call.route} ${status}: ${flaw}`));
  }
  expect(wrong).toEqual([]);
});

test('every parameter and every member of a body that GitHub describes is played, or refused as not played', () => {
  const silent = github.routes.flatMap(({ method, pattern, asked }) => {
    const operation = description.operations.get(keyOf(method, pattern));
    if (operation === undefined) return [];
    const known = [...Object.keys(asked.query ?? {}), ...Object.keys(asked.body ?? {}), ...(asked.unplayed ?? [])];
    const described = [...operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name), ...membersOf(operation.body)];
    return [
      ...described.filter((name) => !known.includes(name)).map((name) => `${method} ${pattern} says nothing of ${name}`),
      ...known.filter((name) => !described.includes(name)).map((name) => `${method} ${pattern} takes ${name}, which GitHub does not`),
    ];
  });
  expect(silent).toEqual([]);
});

test('a body without what GitHub demands, or with what it does not take, is refused in its words', async () => {
  const wrong: string[] = [];
  let tried = 0;
  for (const call of await calls()) {
    const operation = operationOf(call);
    if (operation.body === null || call.status >= 400) continue;
    for (const body of spoiled(operation.body, call.body ?? {})) {
      tried += 1;
      const { status, json } = await ask({ ...call, body });
      // Refused as not played, in words of the simulator's own.
      if (status === 501) continue;
      const flaws = status >= 400 ? flawsOf(operation, status, json) : [`${status}`];
      wrong.push(...flaws.map((flaw) => `${call.route} ${JSON.stringify(body)}: ${flaw}`));
    }
    await ask(call);
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(150);
});

test('a parameter that is not of the type that GitHub describes is refused', async () => {
  const wrong: string[] = [];
  for (const call of await calls()) {
    if (!call.route.startsWith('GET ') || call.status !== 200) continue;
    const operation = operationOf(call);
    for (const { name, schema, in: place } of operation.parameters) {
      if (place !== 'query' || schemas.flaws(schema, 'nonsense', 'open').length === 0) continue;
      const { status, json } = await ask({ ...call, path: `${call.path.split('?')[0]}?${name}=nonsense` });
      if (status === 501) continue;
      const flaws = status >= 400 ? flawsOf(operation, status, json) : [`${status}`];
      wrong.push(...flaws.map((flaw) => `${call.route} ${name}: ${flaw}`));
    }
  }
  expect(wrong).toEqual([]);
});

function membersOf(body: Schema | null): readonly string[] {
  return Object.keys(body?.['properties'] ?? {});
}

/** The body with each member left out, and with each of a wrong type in its turn: only what the description does not take. */
function spoiled(schema: Schema, body: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const members = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const values = [7, 'nonsense', true, null, { made: 'up' }, [{ made: 'up' }], [7]];
  const without = Object.keys(body).map((name) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)));
  const typed = Object.keys(members).flatMap((name) => values.map((value) => ({ ...body, [name]: value })));
  return [...without, ...typed].filter((one) => schemas.flaws(schema, one, 'open').length > 0);
}
