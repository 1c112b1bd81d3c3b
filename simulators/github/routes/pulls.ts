import { z } from 'zod';
import { of, PAGED, unplayed } from '../http/asked.ts';
import { ApiError, broken, invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, listIn, page, type Route, route, textIn } from '../http/router.ts';
import { changesOf, mergeability } from '../world/merging.ts';
import { closePull, openPull, review } from '../world/pulls.ts';
import { mergePull } from '../world/pushes.ts';
import type { Pull, Review } from '../world/state.ts';
import { commitOf } from './commits.ts';
import { commitJson, fileJson, pullJson, reviewJson } from './shapes.ts';

const PULL = '/repos/:owner/:repo/pulls/:number';

export const PULL_ROUTES: readonly Route[] = [
  route('GET', '/repos/:owner/:repo/pulls', 'pull_requests=read', listPulls, {
    query: { ...PAGED, state: of.choice('open', 'closed', 'all'), head: of.text(), base: of.text(), direction: of.choice('asc', 'desc') },
    unplayed: ['sort'],
  }),
  route('POST', '/repos/:owner/:repo/pulls', 'pull_requests=write', createPull, {
    body: { title: of.text(), head: z.string(), base: z.string(), body: of.text(), draft: of.flag() },
    unplayed: ['head_repo', 'maintainer_can_modify', 'issue'],
  }),
  route('GET', PULL, 'pull_requests=read', (call) => ({ status: 200, json: pullJson(call.world, call.repository, pullOf(call), true) })),
  route('PATCH', PULL, 'pull_requests=write', changePull, {
    body: { title: of.text(), body: of.text(), state: of.choice('open', 'closed') },
    unplayed: ['base', 'maintainer_can_modify'],
  }),
  route(
    'GET',
    `${PULL}/files`,
    'pull_requests=read',
    (call) => {
      const pull = pullOf(call);
      return page(
        call,
        changesOf(call.repository, pull).map((change) => fileJson(call.repository, change, pull.headSha)),
      );
    },
    { query: PAGED },
  ),
  route(
    'GET',
    `${PULL}/commits`,
    'pull_requests=read',
    (call) => {
      const { world, repository } = call;
      const pull = pullOf(call);
      const commits = repository.git.between(repository.branches.get(pull.base) ?? '', pull.headSha).toReversed();
      return page(
        call,
        commits.map((commit) => commitJson(world, repository, commit)),
      );
    },
    { query: PAGED },
  ),
  route(
    'GET',
    `${PULL}/reviews`,
    'pull_requests=read',
    (call) => {
      const pull = pullOf(call);
      return page(
        call,
        pull.reviews.map((one) => reviewJson(call.world, call.repository, pull, one)),
      );
    },
    { query: PAGED },
  ),
  route('POST', `${PULL}/reviews`, 'pull_requests=write', createReview, {
    body: { body: of.text(), event: of.choice('APPROVE', 'REQUEST_CHANGES', 'COMMENT') },
    unplayed: ['commit_id', 'comments'],
  }),
  route('GET', `${PULL}/requested_reviewers`, 'pull_requests=read', (call) => {
    const shown = pullJson(call.world, call.repository, pullOf(call), false);
    return { status: 200, json: { users: shown.requested_reviewers, teams: shown.requested_teams } };
  }),
  route('POST', `${PULL}/requested_reviewers`, 'pull_requests=write', requestReviewers, {
    body: { reviewers: of.texts(), team_reviewers: of.texts() },
  }),
  route('PUT', `${PULL}/merge`, 'contents=write', merge, {
    body: { sha: of.text(), merge_method: of.choice('merge', 'squash', 'rebase') },
    unplayed: ['commit_title', 'commit_message'],
  }),
  route(
    'GET',
    '/repos/:owner/:repo/commits/:ref/pulls',
    'pull_requests=read',
    (call) => {
      const { world, repository } = call;
      const { sha } = commitOf(repository, call.params['ref'] ?? '');
      const found = repository.pulls.filter((pull) => {
        const into = pull.mergeSha === null ? (repository.branches.get(pull.base) ?? '') : (repository.git.commit(pull.mergeSha)?.parents[0] ?? '');
        return pull.mergeSha === sha || repository.git.between(into, pull.headSha).some((one) => one.sha === sha);
      });
      return page(
        call,
        found.map((pull) => pullJson(world, repository, pull, false)),
      );
    },
    { query: PAGED },
  ),
];

function pullOf({ repository, params }: Call): Pull {
  const pull = repository.pulls.find(({ number }) => String(number) === params['number']);
  if (pull === undefined) throw notFound();
  return pull;
}

function listPulls(call: Call) {
  const { world, repository, request } = call;
  const { query } = request;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const found = repository.pulls
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === null || head === `${pull.fork?.owner ?? repository.owner}:${pull.head}`)
    .filter((pull) => base === null || base === pull.base);
  const ordered = query.get('direction') === 'asc' ? found : found.toReversed();
  return page(
    call,
    ordered.map((pull) => pullJson(world, repository, pull, false)),
  );
}

function createPull(call: Call) {
  const { world, repository, grant } = call;
  const body = bodyOf(call);
  const [title, base] = [textIn(body, 'title'), textIn(body, 'base')];
  const head = textIn(body, 'head').replace(`${repository.owner}:`, '');
  const [into, sha] = [repository.branches.get(base), repository.branches.get(head)];
  if (into === undefined) throw invalid('Validation Failed', [{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
  if (sha === undefined) throw invalid('Validation Failed', [{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  if (repository.git.between(into, sha).length === 0) throw broken('PullRequest', `No commits between ${base} and ${head}`);
  if (repository.pulls.some((pull) => pull.state === 'open' && pull.fork === null && pull.head === head && pull.base === base))
    throw broken('PullRequest', `A pull request already exists for ${repository.owner}:${head}.`);
  const text = typeof body['body'] === 'string' ? body['body'] : null;
  const pull = openPull(call, repository, { head, base, title, body: text, draft: body['draft'] === true, author: grant.login });
  return { status: 201, json: pullJson(world, repository, pull, true) };
}

function changePull(call: Call) {
  const { world, repository, grant } = call;
  const pull = pullOf(call);
  const body = bodyOf(call);
  if (typeof body['title'] === 'string') pull.title = body['title'];
  if (typeof body['body'] === 'string') pull.body = body['body'];
  if (body['state'] === 'closed' && pull.state === 'open') closePull(world, repository, pull, grant.login);
  if (body['state'] === 'open' && pull.state === 'closed') {
    if (pull.mergedAt !== null || (pull.fork === null && !repository.branches.has(pull.head)))
      throw broken('PullRequest', 'state cannot be changed.');
    pull.state = 'open';
    pull.closedAt = null;
  }
  return { status: 200, json: pullJson(world, repository, pull, true) };
}

const EVENTS: Readonly<Record<string, Review['state']>> = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' };

function createReview(call: Call) {
  const { world, repository, grant } = call;
  const pull = pullOf(call);
  const body = bodyOf(call);
  const state = EVENTS[textIn(body, 'event')];
  if (state === undefined) throw invalid('Variable $event of type PullRequestReviewEvent was provided invalid value');
  if (pull.author === grant.login && state !== 'COMMENTED')
    throw invalid('Unprocessable Entity', [`Can not ${state === 'APPROVED' ? 'approve' : 'request changes on'} your own pull request`]);
  const made = review(world, pull, grant.login, state, typeof body['body'] === 'string' ? body['body'] : '');
  return { status: 200, json: reviewJson(world, repository, pull, made) };
}

function requestReviewers(call: Call) {
  const { world, repository } = call;
  const pull = pullOf(call);
  const body = bodyOf(call);
  const [users, teams] = [listIn(body, 'reviewers'), listIn(body, 'team_reviewers')];
  if (users.includes(pull.author)) throw invalid('Review cannot be requested from pull request author.');
  const unknown = users.some((login) => !world.accounts.has(login.toLowerCase())) || teams.some((slug) => !world.teams.has(slug));
  if (unknown)
    throw invalid(
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
    );
  for (const login of users) pull.requestedUsers.add(login);
  for (const slug of teams) pull.requestedTeams.add(slug);
  return { status: 201, json: pullJson(world, repository, pull, false) };
}

function merge(call: Call) {
  const { world, repository, grant } = call;
  const pull = pullOf(call);
  const body = bodyOf(call);
  if (body['merge_method'] !== undefined && body['merge_method'] !== 'merge') throw unplayed('merge_method');
  if (pull.state === 'closed') throw new ApiError(405, 'Pull Request is not mergeable');
  const can = mergeability(world, repository, pull);
  if (!can.mergeable || can.reason !== null) throw new ApiError(405, can.reason ?? 'Pull Request is not mergeable');
  if (body['sha'] !== undefined && body['sha'] !== pull.headSha) throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  const sha = mergePull(call, repository, pull, grant.login, null);
  return { status: 200, json: { sha, merged: true, message: 'Pull Request successfully merged' } };
}
