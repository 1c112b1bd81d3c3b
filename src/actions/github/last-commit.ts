import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import type { GitHub } from '../../ports/github.ts';
import { resultsAt } from './checks.ts';
import { ago, fileField, integer, iso, minutesSince, short, subject } from './fields.ts';
import { fileAt, headOf, onFile, permissions } from './place.ts';

const input = z.strictObject({ target: fileField, limit: integer.min(1).max(20).default(5) });
const commitFields = {
  sha: z.string(),
  author: z.string(),
  at: z.string(),
  age_minutes: integer,
  message: z.string(),
  url: z.string(),
  pull: integer.describe('The merged pull request that it came by, 0 when there is none'),
  workflows: z.array(z.strictObject({ name: z.string(), conclusion: z.string() })),
  failed: z.array(z.string()).describe('Names of the workflows that failed on it'),
};
const output = z.strictObject({ path: z.string(), branch: z.string(), ...commitFields, commits: z.array(z.strictObject(commitFields)) });

const NEEDS = permissions(['contents', 'read'], ['pull_requests', 'read'], ['actions', 'read']);

/** VQ-09. */
export const githubLastCommit = readAction({
  name: 'github.last-commit',
  about: 'Shows the newest commits that touched a file: who, when, by which pull request, and how the workflows ended on them.',
  input,
  output,
  ...onFile(NEEDS),
  async run({ target, limit }, context) {
    const place = fileAt(context, target);
    const { github, path } = place;
    const branch = await place.branch();
    const head = await headOf(place, branch);
    const [now, found] = await Promise.all([context.now(), github.commits({ ref: head, path, limit })]);
    const commits = await Promise.all(
      found.map(async ({ sha, author, at, message, url }) => ({
        sha,
        author,
        at: iso(at),
        age_minutes: minutesSince(at, now),
        message,
        url,
        ...(await aroundOf(github, sha, branch)),
      })),
    );
    const [newest] = commits;
    const none = { sha: '', author: '', at: '', age_minutes: 0, message: '', url: '', pull: 0, workflows: [], failed: [] };
    const said =
      newest === undefined ? '' : `${short(newest.sha)} by ${newest.author}, ${ago(Date.parse(newest.at), now)} ago: ${subject(newest.message)}`;
    return {
      output: { path, branch, ...(newest ?? none), commits },
      summary:
        newest === undefined
          ? `No commit on ${branch} has touched ${path}`
          : `${path} was last changed by ${said}${newest.pull === 0 ? ', without a pull request' : ` (#${newest.pull})`}`,
      table: {
        columns: ['Commit', 'When', 'By', 'What', 'Pull request', 'Workflows'],
        rows: commits.map((one) => [
          short(one.sha),
          `${ago(Date.parse(one.at), now)} ago`,
          one.author,
          subject(one.message),
          one.pull === 0 ? 'none' : `#${one.pull}`,
          one.workflows.map(({ name, conclusion }) => `${name}: ${conclusion}`).join(', ') || 'none',
        ]),
      },
    };
  },
});

async function aroundOf(github: GitHub, sha: string, branch: string) {
  const [pulls, { workflows }] = await Promise.all([github.pullsOfCommit(sha), resultsAt(github, sha)]);
  const shown = workflows.map(({ name, conclusion }) => ({ name, conclusion: conclusion ?? 'running' }));
  const failed = shown.filter(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out').map(({ name }) => name);
  return { pull: pulls.find((pull) => pull.merged && pull.base === branch)?.number ?? 0, workflows: shown, failed };
}
