import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import type { Branch, GitHub, PullRequest } from '../../ports/github.ts';
import { ago, fileField, integer, iso, minutesSince, sayTime, short, subject } from './fields.ts';
import { fileAt, headOf, onFile, permissions } from './place.ts';

/** How many branches and pull requests are looked at, newest pull requests first. */
const MOST = 60;
const AT_ONCE = 8;

const input = z.strictObject({ target: fileField });
const output = z.strictObject({
  path: z.string(),
  branch: z.string(),
  pulls: z
    .array(
      z.strictObject({
        number: integer,
        title: z.string(),
        author: z.string(),
        branch: z.string(),
        url: z.string(),
        draft: z.boolean(),
        age_minutes: integer,
      }),
    )
    .describe('Open pull requests into the branch that touch the file'),
  branches: z
    .array(z.strictObject({ name: z.string(), author: z.string(), sha: z.string(), message: z.string(), ahead: integer, age_minutes: integer }))
    .describe('Branches not merged, without a pull request, that touch the file'),
  commit: z.string().describe('The newest commit on the branch that touched the file'),
  author: z.string(),
  at: z.string(),
  through_pull: z.boolean().describe('Whether that commit came by a merged pull request'),
  pull: integer.describe('Its number, 0 when there is none'),
  all_seen: z.boolean().describe('False when there are more branches or pull requests than are checked'),
});

const NEEDS = permissions(['contents', 'read'], ['pull_requests', 'read']);

/** VO-06: what scenario B of a drift looks for. */
export const githubFileChanges = readAction({
  name: 'github.file-changes',
  about: 'Finds open pull requests and unmerged branches that touch a file, and whether its last change was reviewed by a pull request.',
  input,
  output,
  ...onFile(NEEDS),
  async run({ target }, context) {
    const place = fileAt(context, target);
    const { github, path } = place;
    const base = await place.branch();
    const head = await headOf(place, base);
    const [now, pulls, branches, commits] = await Promise.all([
      context.now(),
      github.pulls({ state: 'open', base, limit: MOST }),
      github.branches(MOST + 1),
      github.commits({ ref: head, path, limit: 1 }),
    ]);
    const proposed = new Set(pulls.filter((pull) => pull.head.own).map((pull) => pull.head.branch));
    const others = branches.filter(({ name, sha }) => name !== base && sha !== head && !proposed.has(name)).slice(0, MOST);
    const last = commits[0];
    const [touchingPulls, touchingBranches, origins] = await Promise.all([
      kept(pulls, (pull) => pullTouches(github, pull, path)),
      inTurns(others, (branch) => branchTouching(github, base, branch, path)),
      last === undefined ? [] : github.pullsOfCommit(last.sha),
    ]);
    const found = touchingBranches.filter((one) => one !== null);
    const origin = origins.find((pull) => pull.merged && pull.base === base);
    const rows = [
      ...touchingPulls.map((pull) => [`#${pull.number}`, pull.author, `${ago(pull.created, now)} ago`, pull.title]),
      ...found.map(({ name, commit }) => [name, commit?.author ?? '', `${ago(commit?.at ?? now, now)} ago`, subject(commit?.message ?? '')]),
    ];
    const said =
      last === undefined
        ? ''
        : origin === undefined
          ? `; last change ${short(last.sha)} by ${last.author} came without a pull request`
          : `; last change came by #${origin.number}`;
    return {
      output: {
        path,
        branch: base,
        pulls: touchingPulls.map(({ number, title, author, head: { branch }, url, draft, created }) => ({
          number,
          title,
          author,
          branch,
          url,
          draft,
          age_minutes: minutesSince(created, now),
        })),
        branches: found.map(({ name, sha, ahead, commit }) => ({
          name,
          sha,
          ahead,
          author: commit?.author ?? '',
          message: commit?.message ?? '',
          age_minutes: minutesSince(commit?.at ?? now, now),
        })),
        commit: last?.sha ?? '',
        author: last?.author ?? '',
        at: iso(last?.at ?? 0),
        through_pull: origin !== undefined,
        pull: origin?.number ?? 0,
        all_seen: branches.length <= MOST && pulls.length < MOST,
      },
      summary: `${say(touchingPulls.length, 'open pull request')} and ${say(found.length, 'branch', 'branches')} without one touch ${path}${said}${last === undefined ? '' : ` (${sayTime(last.at)})`}`,
      ...(rows.length === 0 ? {} : { table: { columns: ['Where', 'By', 'When', 'What'], rows } }),
    };
  },
});

async function pullTouches(github: GitHub, { number }: PullRequest, path: string): Promise<boolean> {
  return (await github.pullFiles(number)).some((file) => file.path === path || file.previousPath === path);
}

/** What a branch has done to the file since it left the base; `null` when nothing. */
async function branchTouching(github: GitHub, base: string, { name, sha }: Branch, path: string) {
  const since = await github.compare(base, sha);
  if (since === null || since.ahead === 0) return null;
  const touched = since.files.some((file) => file.path === path || file.previousPath === path);
  if (!touched && !(since.filesCut && (await differs(github, path, since.mergeBase, sha)))) return null;
  const own = await github.commits({ ref: sha, path, limit: 1 });
  return { name, sha, ahead: since.ahead, commit: own[0] ?? since.commits.at(-1) };
}

/** For branches that change more files than a comparison lists. */
async function differs(github: GitHub, path: string, one: string, other: string): Promise<boolean> {
  const [before, after] = await Promise.all([github.file(path, one), github.file(path, other)]);
  return before?.blob !== after?.blob;
}

async function kept<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const verdicts = await inTurns(items, keep);
  return items.filter((_, index) => verdicts[index]);
}

/** A few at once. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}

function say(count: number, one: string, many = `${one}s`): string {
  return count === 0 ? `no ${many}` : plural(count, one, many);
}
