import { z } from 'zod';
import type { CheckResult, GitHub } from '../../ports/github.ts';
import type { Requests } from './client.ts';
import { anything, fileShape, login, moment, pullShape, reviewShape } from './shapes.ts';

const REPO = '/repos/{owner}/{repo}';
const PULL = `${REPO}/pulls/{pull_number}`;
const MOST = 300;

const checkRun = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullish(),
  started_at: moment.nullish(),
});
const status = z.object({ context: z.string(), state: z.string(), target_url: z.string().nullish() });

type Pulls = Pick<
  GitHub,
  'pulls' | 'pull' | 'pullsOfCommit' | 'pullFiles' | 'reviews' | 'createPull' | 'closePull' | 'requestReviewers' | 'teamMembers' | 'checks'
>;

/** Pull requests, their reviews and checks. */
export function pullsOf({ ask, find, list, repository }: Requests): Pulls {
  const owner = repository.split('/')[0] ?? '';
  return {
    pulls: ({ state, head, base, limit = 100 }) =>
      list('list pull requests', pullShape, `GET ${REPO}/pulls`, limit, {
        state,
        ...(head === undefined ? {} : { head: `${owner}:${head}` }),
        ...(base === undefined ? {} : { base }),
      }),
    pull: (number) => find(`read pull request #${number}`, pullShape, `GET ${PULL}`, { pull_number: number }),
    pullsOfCommit: (sha) => list(`list the pull requests of ${sha.slice(0, 7)}`, pullShape, `GET ${REPO}/commits/{ref}/pulls`, 30, { ref: sha }),
    pullFiles: (number) => list(`list the files of pull request #${number}`, fileShape, `GET ${PULL}/files`, MOST, { pull_number: number }),
    reviews: (number) => list(`list the reviews of pull request #${number}`, reviewShape, `GET ${PULL}/reviews`, MOST, { pull_number: number }),
    createPull: (pull) => ask('open a pull request', pullShape, `POST ${REPO}/pulls`, { ...pull, draft: false }),
    async closePull(number) {
      await ask(`close pull request #${number}`, anything, `PATCH ${PULL}`, { pull_number: number, state: 'closed' });
    },
    async requestReviewers(number, { users, teams }) {
      const what = `ask for reviews of pull request #${number}`;
      await ask(what, anything, `POST ${PULL}/requested_reviewers`, { pull_number: number, reviewers: users, team_reviewers: teams });
    },
    teamMembers: (org, slug) => list(`list the members of @${org}/${slug}`, login, 'GET /orgs/{org}/teams/{slug}/members', MOST, { org, slug }),
    async checks(sha) {
      const runs = await list(`read the checks of ${sha.slice(0, 7)}`, checkRun, `GET ${REPO}/commits/{ref}/check-runs`, MOST, {
        ref: sha,
        filter: 'latest',
      });
      const newest = new Map<string, (typeof runs)[number]>();
      for (const run of runs) {
        const known = newest.get(run.name);
        if (known === undefined || (run.started_at ?? 0) >= (known.started_at ?? 0)) newest.set(run.name, run);
      }
      const combined = z.object({ statuses: z.array(status) });
      const { statuses } = await ask(`read the statuses of ${sha.slice(0, 7)}`, combined, `GET ${REPO}/commits/{ref}/status`, {
        ref: sha,
        per_page: 100,
      });
      return [
        ...[...newest.values()].map(({ name, conclusion, html_url }): CheckResult => ({ name, conclusion, url: html_url ?? '' })),
        ...statuses.map(
          ({ context, state, target_url }): CheckResult => ({
            name: context,
            conclusion: state === 'pending' ? null : state === 'success' ? 'success' : 'failure',
            url: target_url ?? '',
          }),
        ),
      ];
    },
  };
}
