import { parse } from 'yaml';
import type { Repository, Workflow, World } from './state.ts';

/** What of a workflow's file decides when it runs. */
export interface Definition {
  readonly name: string;
  readonly job: string;
  readonly dispatch: boolean;
  runsOn(event: 'push' | 'pull_request', branch: string, changed: readonly string[]): boolean;
}

interface Filter {
  readonly branches?: readonly string[];
  readonly paths?: readonly string[];
}

/** The workflow's file in a commit, understood; `null` when it is not there or is no workflow. */
export function definitionOf(repository: Repository, path: string, sha: string): Definition | null {
  const commit = repository.git.commit(sha);
  const entry = commit === undefined ? undefined : repository.git.files(commit.tree).get(path);
  const text = entry === undefined ? undefined : repository.git.blob(entry.sha)?.toString('utf8');
  if (text === undefined) return null;
  const file = parse(text) as { name?: string; on?: unknown; jobs?: Record<string, { name?: string }> } | null;
  if (file === null || typeof file !== 'object') return null;
  const [jobId = 'build', job] = Object.entries(file.jobs ?? {})[0] ?? [];
  const triggers = triggersOf(file.on);
  return {
    name: file.name ?? path,
    job: job?.name ?? jobId,
    dispatch: triggers.has('workflow_dispatch'),
    runsOn(event, branch, changed) {
      const filter = triggers.get(event);
      if (filter === undefined) return false;
      if (filter.branches !== undefined && !filter.branches.some((pattern) => matches(pattern, branch))) return false;
      return filter.paths === undefined || changed.some((path) => filter.paths?.some((pattern) => matches(pattern, path)));
    },
  };
}

/** Workflows of the default branch; a file that comes up gets its id once. */
export function workflowsOf(world: World, repository: Repository): Workflow[] {
  const head = repository.git.commit(repository.branches.get(repository.defaultBranch) ?? '');
  if (head === undefined) return [];
  const paths = [...repository.git.files(head.tree).keys()].filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  return paths.map((path) => {
    const known = repository.workflows.get(path);
    if (known !== undefined) return known;
    const made: Workflow = { id: world.nextId(), path, createdAt: world.now(), state: 'active' };
    repository.workflows.set(path, made);
    return made;
  });
}

/** By id or by the name of the file, as the API takes it. */
export function workflowNamed(world: World, repository: Repository, name: string): Workflow | undefined {
  return workflowsOf(world, repository).find(({ id, path }) => String(id) === name || path === `.github/workflows/${name}` || path === name);
}

function triggersOf(on: unknown): Map<string, Filter> {
  if (typeof on === 'string') return new Map([[on, {}]]);
  if (Array.isArray(on)) return new Map(on.map((event) => [String(event), {}]));
  return new Map(Object.entries((on ?? {}) as Record<string, Filter | null>).map(([event, filter]) => [event, filter ?? {}]));
}

function matches(pattern: string, text: string): boolean {
  const body = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (found) => (found === '*' ? '[^/]*' : found === '?' ? '[^/]' : '.*'));
  return new RegExp(`^${body}$`).test(text);
}
