import { z } from 'zod';
import { of, PAGED } from '../http/asked.ts';
import { ApiError, invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, listIn, page, type Route, route, textIn } from '../http/router.ts';
import { openIssue, setIssue } from '../world/issues.ts';
import type { Issue } from '../world/state.ts';
import { issueEventJson, issueJson } from './shapes-issues.ts';

const ISSUES = '/repos/:owner/:repo/issues';
const ISSUE = `${ISSUES}/:number`;
const MAX_TITLE = 256;
const MAX_BODY = 65_536;

export const ISSUE_ROUTES: readonly Route[] = [
  route('GET', ISSUES, 'issues=read', listIssues, {
    query: {
      ...PAGED,
      state: of.choice('open', 'closed', 'all'),
      sort: of.choice('created', 'updated', 'comments'),
      direction: of.choice('asc', 'desc'),
      since: of.time(),
    },
    unplayed: ['milestone', 'assignee', 'type', 'creator', 'mentioned', 'labels', 'issue_field_values'],
  }),
  route('POST', ISSUES, 'issues=write', createIssue, {
    body: { title: z.union([z.string(), z.number()]), body: of.text(), labels: of.texts(), assignees: of.texts() },
    unplayed: ['milestone', 'assignee', 'type', 'issue_field_values'],
  }),
  route('GET', ISSUE, 'issues=read', (call) => ({ status: 200, json: issueJson(call.world, call.repository, issueOf(call)) })),
  route('PATCH', ISSUE, 'issues=write', changeIssue, {
    body: {
      title: of.text(),
      body: of.text(),
      state: of.choice('open', 'closed'),
      state_reason: of.choice('completed', 'not_planned', 'duplicate', 'reopened'),
    },
    unplayed: ['milestone', 'assignee', 'assignees', 'labels', 'type', 'issue_field_values', 'duplicate_issue_id'],
  }),
  route(
    'GET',
    `${ISSUE}/timeline`,
    'issues=read',
    (call) => {
      const { world, repository } = call;
      return page(
        call,
        issueOf(call).events.map((event) => issueEventJson(world, repository, event)),
      );
    },
    { query: PAGED, unplayed: ['exclude'] },
  ),
];

function assertOn({ repository }: Call): void {
  if (!repository.hasIssues) throw new ApiError(410, 'Issues has been disabled in this repository.');
}

function issueOf(call: Call): Issue {
  const { repository, params } = call;
  const issue = repository.issues.find(({ number }) => String(number) === params['number']);
  if (issue !== undefined) {
    assertOn(call);
    return issue;
  }
  if (repository.deletedIssues.includes(Number(params['number']))) throw new ApiError(410, 'This issue was deleted');
  throw notFound();
}

function listIssues(call: Call) {
  assertOn(call);
  const { world, repository, request } = call;
  const { query } = request;
  const state = query.get('state') ?? 'open';
  const since = query.get('since') === null ? 0 : Date.parse(query.get('since') ?? '');
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const found = repository.issues
    .filter((issue) => state === 'all' || issue.state === state)
    // Times there have whole seconds.
    .filter((issue) => Math.floor(issue.updatedAt / 1_000) * 1_000 >= Math.floor(since / 1_000) * 1_000)
    .toSorted((a, b) => a[by] - b[by] || a.number - b.number);
  return page(
    call,
    (query.get('direction') === 'asc' ? found : found.toReversed()).map((issue) => issueJson(world, repository, issue)),
  );
}

function createIssue(call: Call) {
  assertOn(call);
  const { world, repository, grant } = call;
  const body = bodyOf(call);
  const title = String(body['title']);
  if (title.trim() === '') throw invalid('Validation Failed', [{ resource: 'Issue', field: 'title', code: 'missing_field' }]);
  if (title.length > MAX_TITLE)
    throw invalid('Validation Failed', [
      { resource: 'Issue', field: 'title', code: 'custom', message: `title is too long (maximum is ${MAX_TITLE} characters)` },
    ]);
  const text = body['body'] === undefined ? null : textIn(body, 'body');
  if (text !== null && text.length > MAX_BODY)
    throw invalid('Validation Failed', [
      { resource: 'Issue', field: 'body', code: 'custom', message: `body is too long (maximum is ${MAX_BODY} characters)` },
    ]);
  const assignees = listIn(body, 'assignees');
  if (assignees.some((login) => !world.accounts.has(login.toLowerCase())))
    throw invalid('Validation Failed', [{ resource: 'Issue', field: 'assignees', code: 'invalid', value: assignees.join(',') }]);
  const issue = openIssue(world, repository, { title, body: text, labels: listIn(body, 'labels'), assignees, author: grant.login });
  return { status: 201, json: issueJson(world, repository, issue) };
}

function changeIssue(call: Call) {
  assertOn(call);
  const { world, repository, grant } = call;
  const issue = issueOf(call);
  const body = bodyOf(call);
  if (typeof body['title'] === 'string') issue.title = body['title'];
  if (typeof body['body'] === 'string') issue.body = body['body'];
  const { state, state_reason: reason } = body;
  if (state === 'open' || state === 'closed') setIssue(world, repository, issue, state, typeof reason === 'string' ? reason : null, grant.login);
  return { status: 200, json: issueJson(world, repository, issue) };
}
