import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JiraSimulator } from '../../jira/index.ts';

const DOCUMENT = { version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Why' }] }] };
const FIELDS = { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'A canary', description: DOCUMENT };

describe('The simulated Jira', () => {
  let jira: JiraSimulator;
  let now = Date.UTC(2026, 10, 30);
  beforeAll(async () => {
    jira = await JiraSimulator.start({ now: () => now });
  });
  afterAll(() => jira.stop());

  async function ask(method: string, path: string, body?: unknown, login = `${jira.email}:${jira.token}`) {
    const headers = {
      authorization: `Basic ${Buffer.from(login).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`${jira.url}/rest/api/3${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  test('an issue is created, found with its property, moved and read with who moved it', async () => {
    const made = await ask('POST', '/issue', { fields: FIELDS, properties: [{ key: 'tocsin', value: { item: 'x' } }] });
    expect(made).toMatchObject({ status: 201, body: { key: 'OPS-1' } });
    now += 60_000;
    const jql = 'project = "OPS" AND creator = currentUser() AND created >= -5m ORDER BY created DESC';
    const found = await ask('POST', '/search/jql', { jql, fields: ['status'], properties: ['tocsin'] });
    expect(found.body).toMatchObject({
      issues: [{ key: 'OPS-1', fields: { status: { name: 'To Do' } }, properties: { tocsin: { item: 'x' } } }],
      isLast: true,
    });
    expect((await ask('GET', '/issue/OPS-1/transitions')).body).toMatchObject({ transitions: [{ id: '11' }, { id: '21' }, { id: '31' }] });
    expect((await ask('POST', '/issue/OPS-1/transitions', { transition: { id: '31' } })).status).toBe(204);
    expect((await ask('GET', '/issue/OPS-1?fields=status&expand=changelog')).body).toMatchObject({
      fields: { status: { statusCategory: { key: 'done' } } },
      changelog: { histories: [{ author: { displayName: jira.email } }] },
    });
  });

  test.each([
    ['no project', { ...FIELDS, project: undefined }, 'project', 'Specify a valid project ID or key'],
    ['another project', { ...FIELDS, project: { key: 'HR' } }, 'project', 'Specify a valid project ID or key'],
    ['an unknown type', { ...FIELDS, issuetype: { name: 'Saga' } }, 'issuetype', 'Specify a valid issue type'],
    ['no summary', { ...FIELDS, summary: ' ' }, 'summary', 'You must specify a summary of the issue.'],
    ['a summary of two lines', { ...FIELDS, summary: 'a\nb' }, 'summary', 'The summary is invalid because it contains newline characters.'],
    ['a long summary', { ...FIELDS, summary: 'a'.repeat(256) }, 'summary', "Summary can't exceed 255 characters."],
    [
      'a description in plain text',
      { ...FIELDS, description: 'Why' },
      'description',
      'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
    ],
    [
      'a document with an empty text',
      { ...FIELDS, description: { ...DOCUMENT, content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }] } },
      'description',
      'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
    ],
    ['a label of two words', { ...FIELDS, labels: ['two words'] }, 'labels', "The label 'two words' contains spaces which is invalid."],
    ['an unknown priority', { ...FIELDS, priority: { name: 'Now' } }, 'priority', 'Specify a valid value for priority'],
    ['no date', { ...FIELDS, duedate: '10.12.2026' }, 'duedate', 'Error parsing date string: "10.12.2026"'],
    ['an unknown field', { ...FIELDS, colour: 'red' }, 'colour', "Field 'colour' cannot be set. It is not on the appropriate screen, or unknown."],
  ])('refuses an issue with %s', async (_, fields, field, says) => {
    expect(await ask('POST', '/issue', { fields })).toEqual({ status: 400, body: { errorMessages: [], errors: { [field]: says } } });
  });

  test.each([
    ['another login', 'GET', '/project/OPS', undefined, 401],
    ['a project that is not there', 'GET', '/project/HR', undefined, 404],
    ['an issue that is not there', 'GET', '/issue/OPS-99', undefined, 404],
    ['an unknown transition', 'POST', '/issue/OPS-1/transitions', { transition: { id: '99' } }, 400],
    ['a query that it does not understand', 'POST', '/search/jql', { jql: 'text ~ "canary"' }, 400],
    ['the search of before', 'POST', '/search', { jql: '' }, 404],
    ['an unknown permission', 'GET', '/mypermissions?permissions=EVERYTHING', undefined, 400],
  ])('refuses %s', async (what, method, path, body, status) => {
    expect((await ask(method, path, body, what === 'another login' ? 'a@example.com:wrong' : undefined)).status).toBe(status);
  });
});
