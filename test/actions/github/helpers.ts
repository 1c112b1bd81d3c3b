import { type GitHubSimulator, type OnRun, startGitHubSimulator } from '../../../simulators/github/index.ts';
import { openGitHub } from '../../../src/adapters/github/index.ts';
import { UserError } from '../../../src/domain/errors.ts';
import type { ActionContext } from '../../../src/ports/action.ts';
import { GitHubError } from '../../../src/ports/github.ts';
import { testContext } from '../helpers/context.ts';

export const REPOSITORY = 'VaultSovereign/vmq-oracle';
export const CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
const START = Date.parse('2025-10-19T12:00:00Z');

const targets = {
  repo: { repository: REPOSITORY },
  nowhere: { repository: 'VaultSovereign/nowhere' },
  drift: { workflow: 'guardrail-drift.yml', repository: 'repo' },
  lint: { workflow: 'guardrail-lint.yml', repository: 'repo' },
  'no-sync': { workflow: 'no-sync-daily.yml', repository: 'repo' },
  'no-workflow': { workflow: 'gone.yml', repository: 'repo' },
  controls: { file: CONTROLS, repository: 'repo' },
  operations: { file: 'OPERATIONS-RUNBOOK.md', repository: 'repo' },
  'no-file': { file: 'gone.md', repository: 'repo' },
};

/** A simulated GitHub on a clock of its own, and contexts over the production adapter. */
export interface Bench {
  readonly github: GitHubSimulator;
  /** Moves the clock, ms, and lets happen what is due. */
  pass(ms: number): Promise<void>;
  /** Moves the clock only. */
  jump(ms: number): void;
  /** `token`: other credentials than the bot's own. */
  context(options?: { readonly token?: string; readonly incident?: string }): ActionContext;
}

export async function bench(onRun?: OnRun): Promise<Bench> {
  let now = START;
  const github = await startGitHubSimulator({ now: () => now, ticking: false, ...(onRun === undefined ? {} : { onRun }) });
  return {
    github,
    jump(ms) {
      now += ms;
    },
    async pass(ms) {
      // In steps, as a run begins before it ends.
      for (let left = ms; left > 0; left -= 1_000) {
        now += Math.min(left, 1_000);
        await github.settle();
      }
    },
    context({ token = github.token, incident = 'INC-2025-0042' } = {}) {
      const environment = { GITHUB_API_URL: github.url, GITHUB_TOKEN: token };
      const base = testContext({
        targets,
        now: () => now,
        cluster: () => {
          throw new UserError('no-cluster', 'no cluster in this test');
        },
      });
      return { ...base, incident, github: (repository) => openGitHub({ repository, environment, signal: base.signal, secondMs: 1 }) };
    },
  };
}

/** The code of the error that it ends with, and its words. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof UserError || error instanceof GitHubError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('It did not fail.');
}
