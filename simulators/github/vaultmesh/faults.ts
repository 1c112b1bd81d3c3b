import { closePull, openPull, review } from '../world/pulls.ts';
import { mergePull, moveBranch, pushFiles } from '../world/pushes.ts';
import type { Kit } from '../world/runs.ts';
import type { Repository } from '../world/state.ts';
import { workflowNamed } from '../world/workflows.ts';
import { TOPIC_CONTROLS } from './configuration.ts';

/** The shape of what people break and mend on the page of the workspace. */
export interface FaultState {
  readonly id: string;
  readonly platform: string;
  readonly title: string;
  readonly active: boolean;
}

export interface Fault {
  readonly id: string;
  readonly title: string;
  active(): boolean;
  set(on: boolean): void;
}

const BRANCH = 'tune-guardrails';
const RACING = 'block-salaries';
const DRIFT = 'guardrail-drift.yml';

/** What can be wrong with the repository. */
export function repositoryFaults(kit: Kit, repository: Repository): readonly Fault[] {
  const controls = (branch: string): string | null => {
    const head = repository.git.commit(repository.branches.get(branch) ?? '');
    const entry = head === undefined ? undefined : repository.git.files(head.tree).get(TOPIC_CONTROLS);
    return entry === undefined ? null : (repository.git.blob(entry.sha)?.toString('utf8') ?? null);
  };
  const add = (phrase: string, source: string): string => source.replace('"social security number"', `"social security number",\n      "${phrase}"`);
  /** The scheduled run that was overtaken, until a later one has passed on the head. */
  const overtaken = () => {
    const head = repository.branches.get(repository.defaultBranch);
    const runs = repository.runs.filter((run) => run.workflow.path.endsWith(`/${DRIFT}`));
    const passed = runs.some((run) => run.sha === head && run.attempts.at(-1)?.conclusion === 'success');
    return passed ? undefined : runs.find((run) => run.event === 'schedule' && run.sha !== head && run.attempts.at(-1)?.conclusion !== 'success');
  };
  return [
    {
      id: 'guardrail-source-on-branch',
      title: 'Guardrails changed on a branch, without a pull request',
      active() {
        const changed = controls(BRANCH);
        return (
          changed !== null &&
          changed !== controls(repository.defaultBranch) &&
          !repository.pulls.some((pull) => pull.state === 'open' && pull.head === BRANCH)
        );
      },
      set(on) {
        if (!on) {
          for (const pull of repository.pulls) if (pull.state === 'open' && pull.head === BRANCH) closePull(kit.world, repository, pull, 'grace');
          if (repository.branches.has(BRANCH)) moveBranch(kit, repository, BRANCH, null, 'grace');
          return;
        }
        const source = controls(repository.defaultBranch);
        if (source === null || repository.branches.has(BRANCH)) return;
        pushFiles(kit, repository, {
          branch: BRANCH,
          files: { [TOPIC_CONTROLS]: add('project nightjar', source) },
          message: 'Guardrails: block project nightjar',
          actor: 'grace',
        });
      },
    },
    {
      id: 'guardrail-race',
      title: 'A guardrail change is merged while the drift check runs on the commit before',
      active: () => overtaken() !== undefined,
      set(on) {
        const source = controls(repository.defaultBranch);
        const workflow = workflowNamed(kit.world, repository, DRIFT);
        if (source === null || workflow === undefined || on === (overtaken() !== undefined)) return;
        const start = (event: string, actor: string): void => {
          const sha = repository.branches.get(repository.defaultBranch) ?? '';
          kit.runner.start(repository, workflow, { event, branch: repository.defaultBranch, sha, actor });
        };
        if (!on) {
          start('workflow_dispatch', 'grace');
          return;
        }
        start('schedule', 'dora');
        const files = { [TOPIC_CONTROLS]: add('salary list', source) };
        pushFiles(kit, repository, { branch: RACING, files, message: 'Guardrails: block salaries', actor: 'grace' });
        const base = repository.defaultBranch;
        const pull = openPull(kit, repository, { head: RACING, base, title: 'Block salaries', body: null, draft: false, author: 'grace' });
        review(kit.world, pull, 'hedy', 'APPROVED', '');
        mergePull(kit, repository, pull, 'hedy', null);
        moveBranch(kit, repository, RACING, null, 'hedy');
      },
    },
  ];
}
