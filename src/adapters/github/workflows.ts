import { z } from 'zod';
import { type GitHub, GitHubError } from '../../ports/github.ts';
import type { Requests } from './client.ts';
import { anything, runShape } from './shapes.ts';

const REPO = '/repos/{owner}/{repo}';
const RUN = `${REPO}/actions/runs/{run_id}`;
/** Of a log its end is kept, where a job says why it failed; bytes. */
const MAX_LOG = 4 * 1024 * 1024;

const job = z
  .object({ id: z.number().int(), name: z.string(), status: z.string(), conclusion: z.string().nullable(), html_url: z.string().nullish() })
  .transform(({ html_url, ...one }) => ({ ...one, url: html_url ?? '' }));
const workflow = z.object({ id: z.number().int(), name: z.string(), path: z.string(), state: z.string() });
const secret = z.object({ name: z.string() });

type Workflows = Pick<GitHub, 'workflow' | 'runs' | 'run' | 'jobs' | 'log' | 'rerun' | 'dispatch' | 'secrets'>;

/** GitHub Actions: workflows, runs, logs and the names of secrets. */
export function workflowsOf({ ask, find, list }: Requests): Workflows {
  return {
    workflow: (file) => find(`read the workflow ${file}`, workflow, `GET ${REPO}/actions/workflows/{workflow_id}`, { workflow_id: file }),
    runs({ workflow: file, branch, event, status, sha, limit }) {
      const filters = { branch, event, status, head_sha: sha };
      const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
      if (file === undefined) return list('list the runs', runShape, `GET ${REPO}/actions/runs`, limit, given);
      return list(`list the runs of ${file}`, runShape, `GET ${REPO}/actions/workflows/{workflow_id}/runs`, limit, { workflow_id: file, ...given });
    },
    run: (id) => find(`read the run ${id}`, runShape, `GET ${RUN}`, { run_id: id }),
    jobs: (run) => list(`list the jobs of run ${run}`, job, `GET ${RUN}/jobs`, 100, { run_id: run, filter: 'latest' }),
    async log(id) {
      const stream = await find(
        'read the log of a job',
        z.instanceof(ReadableStream<Uint8Array>).nullable(),
        `GET ${REPO}/actions/jobs/{job_id}/logs`,
        {
          job_id: id,
          request: { parseSuccessResponseBody: false },
        },
      );
      return stream === null ? null : await endOf(stream);
    },
    async rerun(run, only) {
      await ask(`run ${run} again`, anything, only === 'failed' ? `POST ${RUN}/rerun-failed-jobs` : `POST ${RUN}/rerun`, { run_id: run });
    },
    async dispatch(file, ref) {
      await ask(`start ${file} on ${ref}`, anything, `POST ${REPO}/actions/workflows/{workflow_id}/dispatches`, { workflow_id: file, ref });
    },
    async secrets() {
      const own = await list('list the names of secrets', secret, `GET ${REPO}/actions/secrets`, 500);
      const shared = await unlessMissing(list('list the names of secrets', secret, `GET ${REPO}/actions/organization-secrets`, 500));
      return [...own.map(({ name }) => ({ name, of: 'repository' as const })), ...shared.map(({ name }) => ({ name, of: 'organization' as const }))];
    },
  };
}

/** A person's repository has no organisation to share secrets. */
async function unlessMissing<T>(listed: Promise<T[]>): Promise<T[]> {
  try {
    return await listed;
  } catch (error) {
    if (error instanceof GitHubError && error.reason === 'not-found') return [];
    throw error;
  }
}

async function endOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part);
    size += part.length;
    while (parts[0] !== undefined && size - parts[0].length > MAX_LOG) size -= parts.shift()?.length ?? 0;
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}
