import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Check, Permission } from '../../ports/action.ts';
import { type FileContent, type GitHub, GitHubError, type GitHubPermission, type Workflow } from '../../ports/github.ts';

/** Where an action works: a repository, and the branch that the target names or the default one. */
export interface Place {
  readonly github: GitHub;
  branch(): Promise<string>;
}

/** The repository of a target. @throws UserError `unknown-target`, `wrong-target`, `no-github` */
export function repositoryAt(context: ActionContext, target: string): Place {
  const { repository, branch } = context.target(target, 'repository');
  const github = context.github(repository);
  return { github, branch: async () => branch ?? (await github.about()).defaultBranch };
}

/** The repository of a target that is a file or a workflow in one, and which. */
export function fileAt(context: ActionContext, target: string): Place & { readonly path: string } {
  const { file, repository } = context.target(target, 'file');
  return { ...repositoryAt(context, repository), path: file };
}

export function workflowAt(context: ActionContext, target: string): Place & { readonly file: string } {
  const { workflow, repository } = context.target(target, 'workflow');
  return { ...repositoryAt(context, repository), file: workflow };
}

/** @throws UserError `github-no-branch` */
export async function headOf({ github }: Pick<Place, 'github'>, branch: string): Promise<string> {
  const found = await github.branch(branch);
  if (found === null)
    throw await missing(github, 'github-no-branch', `${github.repository} has no branch ${branch}. Name another in the target or the step.`);
  return found.sha;
}

/** @throws UserError `github-no-file` */
export async function fileOf({ github }: Pick<Place, 'github'>, path: string, ref: string): Promise<FileContent> {
  const found = await github.file(path, ref);
  if (found === null)
    throw await missing(github, 'github-no-file', `${github.repository} has no file ${path} on ${ref}. Correct the target in tocsin.yml.`);
  return found;
}

/** @throws UserError `github-no-workflow` */
export async function workflowOf({ github }: Pick<Place, 'github'>, file: string): Promise<Workflow> {
  const found = await github.workflow(file);
  if (found === null)
    throw await missing(
      github,
      'github-no-workflow',
      `${github.repository} has no workflow ${file} on its default branch. Correct the target in tocsin.yml.`,
    );
  return found;
}

/** What is missing, unless the whole repository is: GitHub answers alike. @throws GitHubError `not-found` for the repository */
async function missing(github: GitHub, code: string, text: string): Promise<UserError> {
  await github.about();
  return new UserError(code, text);
}

/** Permissions of GitHub as actions name them. */
export function permissions(...needed: readonly (readonly [permission: GitHubPermission, access: 'read' | 'write'])[]): readonly Permission[] {
  return needed.map(([permission, access]) => ({ provider: 'github', permission, access }));
}

/** Whether the repository is to be seen, and whether each permission is there. Further checks only where both are so. */
export async function githubPreflight(
  { github }: Pick<Place, 'github'>,
  needed: readonly Permission[],
  more: () => Promise<readonly Check[]> = async () => [],
): Promise<readonly Check[]> {
  const { repository } = github;
  try {
    const { archived } = await github.about();
    const changes = needed.some((one) => one.provider === 'github' && one.access === 'write');
    if (archived && changes)
      return [
        { state: 'failure', what: `${repository} is archived`, advice: 'Nothing can be changed in it: name another repository in the target.' },
      ];
  } catch (error) {
    if (!(error instanceof GitHubError) || error.reason !== 'not-found') throw error;
    const advice = 'Correct the repository in tocsin.yml, or give the token or the GitHub App access to it.';
    return [{ state: 'failure', what: `${repository} does not exist or is not visible`, advice }];
  }
  const permits = await Promise.all(
    needed.map(async (one): Promise<Check> => {
      if (one.provider !== 'github') return { state: 'ok', what: 'not of GitHub', advice: null };
      return permitCheck(repository, one, await github.may(one.permission as GitHubPermission, one.access));
    }),
  );
  const seen: Check = { state: 'ok', what: `${repository} exists`, advice: null };
  return permits.some(({ state }) => state === 'failure') ? [seen, ...permits] : [seen, ...permits, ...(await more())];
}

/** What an action on a repository needs of GitHub, and how the pre-flight looks at it. */
export function onRepository(needed: readonly Permission[]) {
  return {
    permissions: () => needed,
    preflight: async ({ target }: { readonly target: string }, context: ActionContext) => githubPreflight(repositoryAt(context, target), needed),
  };
}

/** The same for a file in a repository. */
export function onFile(needed: readonly Permission[]) {
  return {
    permissions: () => needed,
    preflight: async ({ target }: { readonly target: string }, context: ActionContext) => {
      const place = fileAt(context, target);
      return githubPreflight(place, needed, () => fileCheck(place));
    },
  };
}

/** The same for a workflow of a repository. */
export function onWorkflow(needed: readonly Permission[]) {
  return {
    permissions: () => needed,
    preflight: async ({ target }: { readonly target: string }, context: ActionContext) => {
      const place = workflowAt(context, target);
      return githubPreflight(place, needed, () => workflowCheck(place));
    },
  };
}

function permitCheck(
  repository: string,
  { permission, access }: { readonly permission: string; readonly access: string },
  may: 'yes' | 'no' | 'unknown',
): Check {
  const what = `permission ${permission}: ${access} on ${repository}`;
  if (may === 'yes') return { state: 'ok', what: `has ${what}`, advice: null };
  if (may === 'unknown') return { state: 'warning', what: `cannot see whether there is ${what}`, advice: 'Look at the token, or use a GitHub App.' };
  return {
    state: 'failure',
    what: `lacks ${what}`,
    advice: 'Add it to the token, or to the GitHub App and accept it there: docs/how-to/connect-github.md.',
  };
}

/** Whether a workflow of the target is there and runs. */
export async function workflowCheck({ github, file }: Pick<ReturnType<typeof workflowAt>, 'github' | 'file'>): Promise<readonly Check[]> {
  const found = await github.workflow(file);
  if (found === null) return [{ state: 'failure', what: `there is no workflow ${file}`, advice: 'Correct the target in tocsin.yml.' }];
  if (found.state === 'active') return [{ state: 'ok', what: `workflow ${found.name} is active`, advice: null }];
  return [{ state: 'failure', what: `workflow ${found.name} does not run (${found.state})`, advice: 'Enable it on its page under Actions.' }];
}

/** Whether a file of the target is there. */
async function fileCheck(place: ReturnType<typeof fileAt>): Promise<readonly Check[]> {
  const branch = await place.branch();
  if ((await place.github.file(place.path, branch)) !== null) return [{ state: 'ok', what: `${place.path} is on ${branch}`, advice: null }];
  return [{ state: 'failure', what: `${place.path} is not on ${branch}`, advice: 'Correct the target in tocsin.yml.' }];
}
