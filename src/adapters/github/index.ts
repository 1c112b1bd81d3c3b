import { z } from 'zod';
import type { GitHub } from '../../ports/github.ts';
import { type Client, type ClientOptions, createClient, credentialsOf, type GitHubEnvironment, requestsOf } from './client.ts';
import { contentsOf } from './contents.ts';
import { hooksOf } from './hooks.ts';
import { issuesOf } from './issues.ts';
import { permitsOf } from './permits.ts';
import { protectionOf } from './protection.ts';
import { pullsOf } from './pulls.ts';
import { workflowsOf } from './workflows.ts';

export interface GitHubOptions extends ClientOptions {
  /** `owner/name`. */
  readonly repository: string;
  readonly environment: GitHubEnvironment;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** One client for each environment: its answers that GitHub may call unchanged, its limits and its tokens outlive the steps. */
const clients = new WeakMap<GitHubEnvironment, Promise<Client>>();

const about = z.object({
  default_branch: z.string(),
  html_url: z.string(),
  archived: z.boolean().default(false),
  owner: z.object({ type: z.string() }),
});

/**
 * One repository of GitHub by the credentials of the environment. The client library is loaded with the first request.
 * @throws UserError `no-github` when there are no credentials
 */
export function openGitHub({ repository, environment, signal, ...options }: GitHubOptions): GitHub {
  credentialsOf(environment);
  const open = (): Promise<Client> => {
    const known = clients.get(environment);
    if (known !== undefined) return known;
    const opened = createClient(environment, options);
    clients.set(environment, opened);
    return opened;
  };
  const requests = requestsOf(open, repository, signal);
  return {
    repository,
    async about() {
      const { default_branch, html_url, archived, owner } = await requests.ask('read the repository', about, 'GET /repos/{owner}/{repo}');
      return { defaultBranch: default_branch, url: html_url, archived, organization: owner.type === 'Organization' };
    },
    ...permitsOf(requests),
    ...contentsOf(requests),
    ...pullsOf(requests),
    ...workflowsOf(requests),
    ...protectionOf(requests),
    ...hooksOf(requests),
    ...issuesOf(requests),
  };
}
