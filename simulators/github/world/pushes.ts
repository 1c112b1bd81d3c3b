import { commitJson } from '../routes/shapes.ts';
import { userJson } from '../routes/shapes-people.ts';
import { repositoryJson } from '../routes/shapes-repository.ts';
import { closePull, openPull, synchronize } from './pulls.ts';
import type { Kit } from './runs.ts';
import { accountOf, type Pull, type Repository, signatureOf, type World } from './state.ts';
import { definitionOf, workflowsOf } from './workflows.ts';

const NOTHING = '0'.repeat(40);

/** New texts by path; `null` removes the file. */
type Files = Readonly<Record<string, string | null>>;

/** Points a branch at a commit (`null`: away with it), and lets happen what follows from a push. */
export function moveBranch(kit: Kit, repository: Repository, branch: string, sha: string | null, actor: string): void {
  const { world } = kit;
  const before = repository.branches.get(branch) ?? null;
  if (before === sha) return;
  if (sha === null) repository.branches.delete(branch);
  else repository.branches.set(branch, sha);
  tellPush(world, repository, branch, before, sha, actor);
  synchronize(kit, repository, branch, actor);
  if (sha === null) return;
  const commit = repository.git.commit(sha);
  const old = before ?? repository.git.mergeBase(sha, repository.branches.get(repository.defaultBranch) ?? '')?.sha ?? null;
  const oldTree = old === null ? null : (repository.git.commit(old)?.tree ?? null);
  const changed = commit === undefined ? [] : repository.git.diff(oldTree, commit.tree).map(({ path }) => path);
  for (const workflow of workflowsOf(world, repository)) {
    if (workflow.state !== 'active') continue;
    if (definitionOf(repository, workflow.path, sha)?.runsOn('push', branch, changed) === true)
      kit.runner.start(repository, workflow, { event: 'push', branch, sha, actor });
  }
}

/** A commit on top of a branch, as a person pushes it. The branch is made from `from` when it is new. */
export function pushFiles(
  kit: Kit,
  repository: Repository,
  push: {
    readonly branch: string;
    readonly files: Files;
    readonly message: string;
    readonly from?: string;
    readonly actor: string;
  },
): string {
  const parent = repository.branches.get(push.branch) ?? repository.branches.get(push.from ?? repository.defaultBranch);
  const sha = commitFiles(kit.world, repository, parent, push);
  moveBranch(kit, repository, push.branch, sha, push.actor);
  return sha;
}

/** A pull request of a branch of a person's fork, which begins at the default branch. Nothing of the repository itself moves. */
export function pullOfFork(
  kit: Kit,
  repository: Repository,
  { branch, files, title, actor }: { readonly branch: string; readonly files: Files; readonly title: string; readonly actor: string },
): Pull {
  const { world } = kit;
  const base = repository.defaultBranch;
  const fork = repository.forks.get(actor) ?? { id: world.nextId(), owner: actor, createdAt: world.now() };
  repository.forks.set(actor, fork);
  const sha = commitFiles(world, repository, repository.branches.get(base), { files, message: title, actor });
  return openPull(kit, repository, { head: branch, from: { fork, sha }, base, title, body: null, draft: false, author: actor });
}

function commitFiles(
  world: World,
  { git }: Repository,
  parent: string | undefined,
  { files, message, actor }: { readonly files: Files; readonly message: string; readonly actor: string },
): string {
  const base = parent === undefined ? undefined : git.commit(parent);
  const tree = git.changed(base?.tree ?? git.putTree([]), files);
  const who = signatureOf(world, actor);
  return git.putCommit({ tree, parents: parent === undefined ? [] : [parent], author: who, committer: who, message }).sha;
}

/** Merges as the button does, with a merge commit. The branch stays. */
export function mergePull(kit: Kit, repository: Repository, pull: Pull, actor: string, message: string | null): string {
  const { world } = kit;
  const { git } = repository;
  const into = repository.branches.get(pull.base) ?? '';
  const merged = git.merge(into, pull.headSha);
  if (!('tree' in merged)) throw new Error('It cannot be merged.');
  const who = signatureOf(world, actor);
  const text = message ?? `Merge pull request #${pull.number} from ${pull.fork?.owner ?? repository.owner}/${pull.head}\n\n${pull.title}`;
  const commit = git.putCommit({ tree: merged.tree, parents: [into, pull.headSha], author: who, committer: who, message: text });
  Object.assign(pull, { mergedAt: world.now(), mergedBy: actor, mergeSha: commit.sha });
  closePull(world, repository, pull, actor);
  moveBranch(kit, repository, pull.base, commit.sha, actor);
  return commit.sha;
}

function tellPush(world: World, repository: Repository, branch: string, before: string | null, after: string | null, actor: string): void {
  const { git } = repository;
  const commits =
    after === null ? [] : before === null ? git.between(repository.branches.get(repository.defaultBranch) ?? '', after) : git.between(before, after);
  const brief = commits.toReversed().map((commit) => {
    const { sha, commit: detail } = commitJson(world, repository, commit);
    return { id: sha, message: detail.message, timestamp: detail.author.date, author: detail.author, committer: detail.committer };
  });
  world.emit(
    'push',
    repository,
    {
      ref: `refs/heads/${branch}`,
      before: before ?? NOTHING,
      after: after ?? NOTHING,
      created: before === null,
      deleted: after === null,
      forced: before !== null && after !== null && git.mergeBase(before, after)?.sha !== before,
      base_ref: null,
      compare: `${repositoryJson(world, repository).html_url}/compare/${before ?? NOTHING}...${after ?? NOTHING}`,
      commits: brief,
      head_commit: brief.at(-1) ?? null,
      pusher: { name: actor, email: null },
    },
    userJson(accountOf(world, actor)).login,
  );
}
