import { ownersFile, ownersOf } from './owners.ts';
import type { Pull, Repository, World } from './state.ts';

export interface Mergeability {
  readonly mergeable: boolean;
  readonly state: 'clean' | 'dirty' | 'blocked' | 'draft' | 'unstable' | 'behind';
  /** Why it is blocked, in the API's words. */
  readonly reason: string | null;
}

/** Whether it can be merged now, by conflicts and by the protection of its base. */
export function mergeability(world: World, repository: Repository, pull: Pull): Mergeability {
  const into = repository.branches.get(pull.base) ?? '';
  if ('conflicts' in repository.git.merge(into, pull.headSha)) return { mergeable: false, state: 'dirty', reason: 'Merge conflict' };
  if (pull.draft) return { mergeable: true, state: 'draft', reason: 'Pull Request is still a draft' };
  const reason = unmet(world, repository, pull);
  if (reason !== null) return { mergeable: true, state: 'blocked', reason };
  const protection = repository.protections.get(pull.base);
  if (protection?.checks?.strict === true && repository.git.mergeBase(into, pull.headSha)?.sha !== into)
    return { mergeable: true, state: 'behind', reason: 'Head branch is out of date' };
  const failing = newestChecks(repository, pull.headSha).some(
    ({ conclusion }) => conclusion !== 'success' && conclusion !== 'skipped' && conclusion !== 'neutral',
  );
  return { mergeable: true, state: failing ? 'unstable' : 'clean', reason: null };
}

/** The newest check of each name. */
export function newestChecks(repository: Repository, sha: string): readonly Repository['checks'][number][] {
  const byName = new Map(repository.checks.filter((check) => check.sha === sha).map((check) => [check.name, check]));
  return [...byName.values()];
}

function unmet(world: World, repository: Repository, pull: Pull): string | null {
  const protection = repository.protections.get(pull.base);
  const checks = newestChecks(repository, pull.headSha);
  const missing = (protection?.checks?.checks ?? []).filter(({ context }) => checks.find(({ name }) => name === context)?.conclusion !== 'success');
  if (missing.length > 0)
    return missing.length === 1
      ? `Required status check "${missing[0]?.context}" is expected.`
      : `${missing.length} of ${protection?.checks?.checks.length} required status checks have not succeeded.`;
  const rules = protection?.reviews;
  if (rules == null) return null;
  const latest = new Map(pull.reviews.filter(({ state }) => state !== 'COMMENTED').map((one) => [one.user, one.state]));
  if ([...latest.values()].includes('CHANGES_REQUESTED')) return 'Changes have been requested.';
  const approvers = [...latest].filter(([, state]) => state === 'APPROVED').map(([user]) => user);
  if (approvers.length < rules.required_approving_review_count)
    return `At least ${rules.required_approving_review_count} approving review is required by reviewers with write access.`;
  if (!rules.require_code_owner_reviews) return null;
  const owned = codeOwnersOf(repository, pull).every((owners) => owners.length === 0 || approvers.some((user) => isOneOf(world, user, owners)));
  return owned ? null : 'Waiting on code owner review.';
}

/** The owners of each file that the pull request changes. */
export function codeOwnersOf(repository: Repository, pull: Pull): (readonly string[])[] {
  const rules = ownersFile(repository, repository.branches.get(pull.base) ?? '')?.rules ?? [];
  return changesOf(repository, pull).map(({ path }) => ownersOf(rules, path));
}

export function changesOf(repository: Repository, pull: Pull): ReturnType<Repository['git']['diff']> {
  const { git } = repository;
  const head = git.commit(pull.headSha);
  const base = git.mergeBase(
    pull.mergeSha === null ? (repository.branches.get(pull.base) ?? '') : (git.commit(pull.mergeSha)?.parents[0] ?? ''),
    pull.headSha,
  );
  return head === undefined ? [] : git.diff(base?.tree ?? null, head.tree);
}

function isOneOf(world: World, user: string, owners: readonly string[]): boolean {
  return owners.some((owner) =>
    owner.includes('/') ? (world.teams.get(owner.split('/')[1] ?? '')?.members.has(user) ?? false) : owner === `@${user}`,
  );
}
