import { z } from 'zod';
import { type GitHub, GitHubError, type GitHubPermission } from '../../ports/github.ts';
import type { Requests } from './client.ts';
import { anything } from './shapes.ts';

const KEPT_MS = 60_000;
const REPO = '/repos/{owner}/{repo}';
/** A branch that nobody has: what is asked of it cannot happen. */
const NOWHERE = 'tocsin/preflight-of-a-branch-that-is-not-there';

type Probe = readonly [route: string, parameters: Readonly<Record<string, unknown>>];

/** Reads that show one entry at most. */
const READS: Readonly<Partial<Record<GitHubPermission, Probe>>> = {
  actions: [`GET ${REPO}/actions/workflows`, { per_page: 1 }],
  administration: [`GET ${REPO}/branches/{branch}/protection`, { branch: NOWHERE }],
  checks: [`GET ${REPO}/commits/{ref}/check-runs`, { ref: NOWHERE }],
  contents: [`GET ${REPO}/branches`, { per_page: 1 }],
  issues: [`GET ${REPO}/issues`, { per_page: 1 }],
  members: ['GET /orgs/{owner}/teams', { per_page: 1 }],
  metadata: [`GET ${REPO}`, {}],
  pull_requests: [`GET ${REPO}/pulls`, { per_page: 1 }],
  repository_hooks: [`GET ${REPO}/hooks`, { per_page: 1 }],
  secrets: [`GET ${REPO}/actions/secrets`, { per_page: 1 }],
};

/** Writes to what is not there: whoever may is told that it is missing, whoever may not is told that. */
const WRITES: Readonly<Partial<Record<GitHubPermission, Probe>>> = {
  actions: [`POST ${REPO}/actions/runs/{run_id}/rerun`, { run_id: 0 }],
  administration: [`PATCH ${REPO}/branches/{branch}/protection/required_status_checks`, { branch: NOWHERE, strict: false }],
  contents: [`POST ${REPO}/git/refs`, { ref: `refs/heads/${NOWHERE}`, sha: '0'.repeat(40) }],
  issues: [`PATCH ${REPO}/issues/{issue_number}`, { issue_number: 0, state: 'open' }],
  repository_hooks: [`POST ${REPO}/hooks/{hook_id}/deliveries/{delivery_id}/attempts`, { hook_id: 0, delivery_id: 0 }],
  pull_requests: [`POST ${REPO}/pulls`, { title: 'pre-flight', head: NOWHERE, base: NOWHERE }],
};

const installation = z.object({ permissions: z.record(z.string(), z.string()) });

/** Whether the credentials have a permission: an App knows its own; a token is tried on what cannot happen. */
export function permitsOf({ open, ask, repository }: Requests): Pick<GitHub, 'may'> {
  async function find(permission: GitHubPermission, access: 'read' | 'write'): Promise<'yes' | 'no' | 'unknown'> {
    const { octokit, credentials } = await open();
    if (credentials === 'the GitHub App') {
      await ask('read the repository', anything, `GET ${REPO}`);
      const held = installation.safeParse(await octokit.auth({ type: 'installation' })).data?.permissions[permission];
      return held === 'write' || held === 'admin' || held === access || permission === 'metadata' ? 'yes' : 'no';
    }
    const probe = access === 'read' ? READS[permission] : WRITES[permission];
    if (probe === undefined) return 'unknown';
    try {
      await ask('see what it may do', anything, ...probe);
      return 'yes';
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      if (error.reason === 'denied' && error.status === 403) return 'no';
      if (error.reason === 'not-found' || error.reason === 'conflict') return 'yes';
      throw error;
    }
  }

  return {
    async may(permission, access) {
      const { permits } = await open();
      const key = `${repository} ${permission} ${access}`;
      const known = permits.get(key);
      if (known !== undefined && known.until > performance.now()) return known.answer;
      const answer = find(permission, access);
      permits.set(key, { until: performance.now() + KEPT_MS, answer });
      answer.catch(() => permits.delete(key));
      return answer;
    },
  };
}
