import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { JiraSimulator } from '../../simulators/jira/index.ts';
import { jiraTracker } from '../../src/adapters/jira/tracker.ts';
import { packageFile } from './helpers/package-file.ts';

/** What Atlassian itself publishes of the Atlassian Document Format. */
const FORMAT = {
  name: '@atlaskit/adf-schema@57.7.22',
  inside: 'package/dist/json-schema/v1/full.json',
  sha256: '5128562b75278c8a83e7e3619a570205bc80d59696985ec31a7a7883cff66fbe',
  folder: 'tocsin-jira',
};

const text = (value: unknown) => ({ version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: value }] }] });
const linked = (href: unknown) => ({
  version: 1,
  type: 'doc',
  content: [{ type: 'paragraph', content: [{ type: 'text', text: 'here', marks: [{ type: 'link', attrs: { href } }] }] }],
});

/** Documents that are none. */
const WRONG: readonly unknown[] = [
  'Why',
  7,
  [],
  {},
  { type: 'doc', content: [] },
  { version: 2, type: 'doc', content: [] },
  { version: 1, type: 'document', content: [] },
  { version: 1, type: 'doc' },
  { version: 1, type: 'doc', content: [{ type: 'text', text: 'no block' }] },
  { version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'paragraph', content: [] }] }] },
  { version: 1, type: 'doc', content: [{ type: 'passage', content: [] }] },
  text(''),
  text(7),
  text(undefined),
  linked(undefined),
  linked(7),
];

let fits: ValidateFunction;
let jira: JiraSimulator;
beforeAll(async () => {
  const { $schema: _draft, ...format } = JSON.parse(readFileSync(await packageFile(FORMAT), 'utf8')) as Record<string, unknown>;
  fits = new Ajv2019({ strict: false, logger: false }).compile(format);
  jira = await JiraSimulator.start();
});
afterAll(async () => jira.stop());

async function create(description: unknown): Promise<number> {
  const answer = await fetch(`${jira.url}/rest/api/3/issue`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${jira.email}:${jira.token}`).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'A canary', description } }),
  });
  return answer.status;
}

test.each([
  [['A canary']],
  [['two\nlines', 'The incident in Slack: https://slack.example/C1?a=b&c=d.', '(https://a.example) and https://b.example/x, both']],
  [['', ' ', '\n']],
  [[]],
  [['<b>, @everyone, "quotes", \u2060 and 🚒']],
])('the description that is written of %j is a document by Atlassian’s own schema', async (paragraphs) => {
  const { url, email, token } = jira;
  const tracker = jiraTracker({ url, email, token, variable: 'JIRA_TOKEN', project: 'OPS', type: 'Task', assignees: {} });
  const mark = { incident: 'INC-2026-0042', number: 1, record: '3f2a7c1e-0000-4000-8000-000000000001' };
  await tracker.create({ title: 'A canary', paragraphs, mark, priority: null, due: null, owner: null });
  const description = jira.issues.at(-1)?.fields.description;
  expect([fits(description), fits.errors]).toEqual([true, null]);
});

test('the simulated Jira refuses what is no document by that schema, and takes nothing that the schema refuses', async () => {
  for (const wrong of WRONG) {
    expect([wrong, fits(wrong)]).toEqual([wrong, false]);
    expect([wrong, await create(wrong)]).toEqual([wrong, 400]);
  }
  for (const right of [text('x'), linked('https://a.example'), { version: 1, type: 'doc', content: [] }])
    expect([fits(right), await create(right)]).toEqual([true, 201]);
});
