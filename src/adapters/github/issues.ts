import { z } from 'zod';
import { GitHubError } from '../../ports/github.ts';
import type { GitHubIssues } from '../../ports/github-issues.ts';
import type { Requests } from './client.ts';
import { issueShape, listedShape, login } from './shapes.ts';

const ISSUES = '/repos/{owner}/{repo}/issues';
const ISSUE = `${ISSUES}/{issue_number}`;
/** Events of an issue that are looked through for who closed or reopened it. */
const MOST_EVENTS = 1_000;

/** What people wrote is in the same list, and looks otherwise. */
const happened = z.object({ event: z.string().catch(''), actor: login.catch('') });

/** Issues. */
export function issuesOf({ ask, list }: Requests): GitHubIssues {
  return {
    async issues({ by, since, page, size }) {
      const direction = by === 'updated' ? 'asc' : 'desc';
      const asked = { state: 'all', sort: by, direction, since: new Date(since).toISOString(), page, per_page: size };
      const found = await ask('list issues', z.array(listedShape), `GET ${ISSUES}`, asked);
      return { found, isLast: found.length < size };
    },
    createIssue: (issue) => ask('create an issue', issueShape, `POST ${ISSUES}`, issue),
    async setIssue(number, state) {
      const what = `${state === 'closed' ? 'close' : 'reopen'} issue #${number}`;
      const reason = state === 'closed' ? 'completed' : 'reopened';
      return unlessGone(ask(what, issueShape, `PATCH ${ISSUE}`, { issue_number: number, state, state_reason: reason }));
    },
    async issueSetBy(number) {
      const what = `read what happened to issue #${number}`;
      const events = await unlessGone(list(what, happened, `GET ${ISSUE}/timeline`, MOST_EVENTS, { issue_number: number }));
      return events?.findLast(({ event }) => event === 'closed' || event === 'reopened')?.actor || null;
    },
  };
}

async function unlessGone<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof GitHubError && error.reason === 'not-found') return null;
    throw error;
  }
}
