import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { readAction } from '../../ports/action.ts';
import type { CheckResult, GitHub, PullRequest, Review } from '../../ports/github.ts';
import { type ResultsAt, resultNamed, resultsAt, unlessDenied } from './checks.ts';
import { ago, branchField, integer, repositoryField } from './fields.ts';
import { githubPreflight, permissions, repositoryAt } from './place.ts';

const input = z.strictObject({
  target: repositoryField,
  number: integer.nullable().optional().describe('The pull request'),
  branch: branchField.nullable().optional().describe('Or the branch that it proposes; the newest pull request of it'),
  check: z.string().optional().describe('A check or workflow to look at, such as Guardrail Lint'),
  team: z
    .string()
    .regex(/^@?[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, 'expected @organisation/team')
    .optional()
    .describe('The team whose approval counts, such as @VaultSovereign/security'),
});
const output = z.strictObject({
  found: z.boolean(),
  number: integer,
  title: z.string(),
  url: z.string(),
  author: z.string(),
  branch: z.string(),
  sha: z.string(),
  state: z.enum(['open', 'merged', 'closed', 'none']),
  merged: z.boolean(),
  mergeable: z.boolean(),
  mergeable_state: z.string().describe('clean, blocked, behind, dirty, unstable or unknown, as GitHub has it'),
  check: z.string().describe('How the check that was asked for ended: success, failure, pending, missing; empty when none was'),
  checks_passed: z.boolean().describe('Whether all checks that there are have passed'),
  failed: z.array(z.string()),
  approved: z.boolean().describe('Whether somebody (of the team, when one was asked for) has approved its newest state'),
  approvals: z.array(z.string()),
  changes_requested: z.array(z.string()),
  waiting_for: z.array(z.string()),
  team_known: z.boolean().describe('False when the members of the team may not be seen: then nobody counts as one'),
});
type Output = z.infer<typeof output>;

const NEEDS = permissions(['pull_requests', 'read'], ['actions', 'read']);
const GOOD = new Set(['success', 'neutral', 'skipped']);

/** VO-13. */
export const githubPullRequest = readAction({
  name: 'github.pull-request',
  about: 'Shows a pull request: its checks, its reviews and those of a team, whether it can be merged and whether it is.',
  input,
  output,
  permissions: ({ team }) => (team === undefined ? NEEDS : [...NEEDS, ...permissions(['members', 'read'])]),
  preflight: async ({ target, team }, context) =>
    githubPreflight(repositoryAt(context, target), team === undefined ? NEEDS : [...NEEDS, ...permissions(['members', 'read'])]),
  async run({ target, number, branch, check, team }, context) {
    if (number == null && branch == null) throw new UserError('wrong-input', 'Say which pull request: by its number or by its branch.');
    const { github } = repositoryAt(context, target);
    const pull = await find(github, number ?? null, branch ?? null);
    if (pull === null)
      return { output: NONE, summary: number == null ? `There is no pull request of ${branch}` : `There is no pull request #${number}` };
    const [now, results, reviews, members] = await Promise.all([
      context.now(),
      resultsAt(github, pull.head.sha),
      github.reviews(pull.number),
      team === undefined ? null : membersOf(github, team),
    ]);
    const { approvals, refusals } = verdicts(reviews, pull);
    const counting = team === undefined ? approvals : approvals.filter((user) => members?.includes(user) === true);
    const named = check === undefined ? '' : sayResult(resultNamed(results, check));
    const shown = shownResults(results);
    const state = pull.merged ? 'merged' : pull.state;
    const waiting = [
      ...pull.requestedTeams.map((slug) => `@${github.repository.split('/')[0]}/${slug}`),
      ...pull.requestedUsers.map((user) => `@${user}`),
    ];
    const found: Output = {
      found: true,
      number: pull.number,
      title: pull.title,
      url: pull.url,
      author: pull.author,
      branch: pull.head.branch,
      sha: pull.head.sha,
      state,
      merged: pull.merged,
      mergeable: pull.mergeable ?? false,
      mergeable_state: pull.mergeableState,
      check: named,
      checks_passed: shown.length > 0 && shown.every(({ conclusion }) => GOOD.has(conclusion ?? '')),
      failed: shown.filter(({ conclusion }) => conclusion !== null && !GOOD.has(conclusion)).map(({ name }) => name),
      approved: counting.length > 0,
      approvals: [...approvals],
      changes_requested: [...refusals],
      waiting_for: waiting,
      team_known: team === undefined || members !== null,
    };
    const reviewed = counting.length > 0 ? `approved by ${counting.join(', ')}` : `no approval${team === undefined ? '' : ` of ${team}`} yet`;
    return {
      output: found,
      summary: `#${pull.number} ${pull.title}: ${state}${check === undefined ? '' : `, ${check} ${named}`}, ${reviewed}`,
      table: {
        columns: ['What', 'State'],
        rows: [
          ['Pull request', `${state}, ${ago(pull.created, now)} old, by ${pull.author}`],
          ...shown.map((one) => [`Check ${one.name}`, sayResult(one)]),
          ...(check !== undefined && named === 'missing' ? [[`Check ${check}`, 'missing']] : []),
          ...approvals.map((user) => [`Review of ${user}`, `approved${members?.includes(user) === true ? ` (${team})` : ''}`]),
          ...refusals.map((user) => [`Review of ${user}`, 'changes requested']),
          ...waiting.map((who) => [`Review of ${who}`, 'asked for']),
          ['Merge', pull.merged ? 'done' : pull.mergeableState],
        ],
      },
    };
  },
});

const NONE: Output = {
  found: false,
  number: 0,
  title: '',
  url: '',
  author: '',
  branch: '',
  sha: '',
  state: 'none',
  merged: false,
  mergeable: false,
  mergeable_state: '',
  check: '',
  checks_passed: false,
  failed: [],
  approved: false,
  approvals: [],
  changes_requested: [],
  waiting_for: [],
  team_known: false,
};

/** Of a branch the open pull request, else the newest. */
async function find(github: GitHub, number: number | null, branch: string | null): Promise<PullRequest | null> {
  if (number !== null) return await github.pull(number);
  const pulls = await github.pulls({ state: 'all', head: branch ?? '', limit: 10 });
  const chosen = pulls.find((pull) => pull.state === 'open') ?? pulls[0];
  // Lists do not say whether it can be merged.
  return chosen === undefined ? null : await github.pull(chosen.number);
}

/** The last word of each reviewer; comments are none. */
function verdicts(
  reviews: readonly Review[],
  { author }: PullRequest,
): { readonly approvals: readonly string[]; readonly refusals: readonly string[] } {
  const last = new Map<string, string>();
  for (const { user, state } of reviews.toSorted((one, other) => one.at - other.at))
    if (state !== 'COMMENTED' && user !== author) last.set(user, state);
  const of = (wanted: string): string[] => [...last].filter(([, state]) => state === wanted).map(([user]) => user);
  return { approvals: of('APPROVED'), refusals: of('CHANGES_REQUESTED') };
}

/** `null` when they may not be seen. */
async function membersOf(github: GitHub, team: string): Promise<readonly string[] | null> {
  const [organization = '', slug = ''] = team.replace(/^@/, '').split('/');
  return await unlessDenied(github.teamMembers(organization, slug));
}

/** Checks, or the workflows where checks may not be seen. */
function shownResults({ checks, workflows, checksSeen }: ResultsAt): readonly CheckResult[] {
  return checksSeen ? checks : workflows;
}

function sayResult(result: CheckResult | null): string {
  if (result === null) return 'missing';
  return result.conclusion ?? 'pending';
}
