import type { Repository } from './state.ts';

const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

export interface OwnersRule {
  readonly line: number;
  readonly source: string;
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** The CODEOWNERS that counts: the first of three places. */
export function ownersFile(repository: Repository, sha: string): { readonly path: string; readonly rules: readonly OwnersRule[] } | null {
  const commit = repository.git.commit(sha);
  if (commit === undefined) return null;
  const files = repository.git.files(commit.tree);
  const path = PLACES.find((place) => files.has(place));
  const text = path === undefined ? undefined : repository.git.blob(files.get(path)?.sha ?? '')?.toString('utf8');
  if (path === undefined || text === undefined) return null;
  const rules = text.split('\n').flatMap((source, index) => {
    const [pattern, ...owners] = source.replace(/#.*$/, '').trim().split(/\s+/);
    return pattern === undefined || pattern === '' ? [] : [{ line: index + 1, source, pattern, owners }];
  });
  return { path, rules };
}

/** Owners of a file: those of the last rule that matches it. */
export function ownersOf(rules: readonly OwnersRule[], path: string): readonly string[] {
  return rules.findLast(({ pattern }) => expressionOf(pattern).test(path))?.owners ?? [];
}

function expressionOf(pattern: string): RegExp {
  const anchored = pattern.slice(0, -1).includes('/');
  const body = pattern
    .replace(/^\//, '')
    .replace(/\/$/, '/**')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (found) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[found] ?? found);
  const below = pattern.endsWith('/*') || pattern.endsWith('/') ? '' : '(?:/.*)?';
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${body}${below}$`);
}
