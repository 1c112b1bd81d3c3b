/** Where GitHub looks for CODEOWNERS; the first that is there counts. */
export const OWNERS_PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

export interface OwnersRule {
  readonly line: number;
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** Which files must have which owners. */
export interface Wanted {
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** What of `Wanted` is not so: who is missing, and who owns the files now by which line (0: none). */
export interface Gap extends Wanted {
  readonly missing: readonly string[];
  readonly ownedBy: readonly string[];
  readonly line: number;
}

/**
 * The rules of a CODEOWNERS file (GitHub, "About code owners"). `#` begins a comment, `\ ` is a blank within a pattern. Lines with `!` or `[`
 * are none: GitHub leaves them out.
 */
export function parseOwners(text: string): readonly OwnersRule[] {
  return text.split(/\r?\n/).flatMap((source, index) => {
    const words = source
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/(?<!\\)\s+/);
    const [pattern = '', ...owners] = words;
    if (pattern === '' || pattern.startsWith('!') || pattern.includes('[')) return [];
    return [{ line: index + 1, pattern: pattern.replaceAll('\\ ', ' '), owners }];
  });
}

/** The rule that counts for a file: the last that matches. One without owners means that there are none. */
export function ruleFor(rules: readonly OwnersRule[], path: string): OwnersRule | null {
  return rules.findLast(({ pattern }) => ownersMatch(pattern, path)) ?? null;
}

/**
 * Whether a pattern covers a file, by the rules of gitignore with GitHub's differences: with a slash at its beginning or within it begins at
 * the root, otherwise anywhere; a folder covers all below, but `folder/*` only what is directly in it.
 */
export function ownersMatch(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const parts = pattern.replace(/^\//, '').split('/');
  const below = parts.at(-1) === '';
  if (below) parts.pop();
  if (parts.length === 0) return false;
  const wanted = anchored || parts[0] === '**' ? parts : ['**', ...parts];
  const direct = anchored && parts.at(-1) === '*';
  return matchParts(wanted, path.split('/'), below ? 'below' : direct ? 'exact' : 'either');
}

/** `below`: only what is in the folder; `exact`: only the path itself; `either`: both. */
function matchParts(wanted: readonly string[], path: readonly string[], end: 'below' | 'exact' | 'either'): boolean {
  const [first, ...rest] = wanted;
  if (first === undefined) return end === 'either' || (end === 'below' ? path.length > 0 : path.length === 0);
  if (first === '**') {
    if (rest.length === 0) return path.length > 0;
    return path.some((_, skipped) => matchParts(rest, path.slice(skipped), end));
  }
  const [name, ...deeper] = path;
  return name !== undefined && matchName(first, name) && matchParts(rest, deeper, end);
}

/** One name against `*` (any number of characters) and `?` (one), in time linear in both but for the last star. */
function matchName(pattern: string, name: string): boolean {
  let [at, inName, star, mark] = [0, 0, -1, 0];
  while (inName < name.length) {
    const char = pattern[at];
    if (char === '*') {
      star = at;
      mark = inName;
      at += 1;
    } else if (char === '?' || (char !== undefined && char === name[inName])) {
      at += 1;
      inName += 1;
    } else if (star !== -1) {
      at = star + 1;
      mark += 1;
      inName = mark;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** What is missing of what is wanted: for each file that there is, and for one that may come. */
export function gapsIn(rules: readonly OwnersRule[], wanted: readonly Wanted[], files: readonly string[]): readonly Gap[] {
  return wanted.flatMap(({ pattern, owners }) => {
    const paths = [...files.filter((path) => ownersMatch(pattern, path)), exampleOf(pattern)];
    for (const path of paths) {
      const rule = ruleFor(rules, path);
      const has = new Set((rule?.owners ?? []).map((owner) => owner.toLowerCase()));
      const missing = owners.filter((owner) => !has.has(owner.toLowerCase()));
      if (missing.length > 0) return [{ pattern, owners, missing, ownedBy: rule?.owners ?? [], line: rule?.line ?? 0 }];
    }
    return [];
  });
}

/** A file as it may come up under a pattern. */
export function exampleOf(pattern: string): string {
  const path = pattern.replace(/^\//, '').replace(/\/$/, '/**').replaceAll('**', 'any/new-file').replaceAll('*', 'new-file').replaceAll('?', 'x');
  return path === '' ? 'new-file' : path;
}

/** The file with a rule for each gap at its end, where it counts. */
export function mended(text: string, gaps: readonly Gap[]): string {
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = gaps.map(({ pattern, owners }) => {
    const rooted = pattern.replace(/\/$/, '').includes('/') && !pattern.startsWith('/') ? `/${pattern}` : pattern;
    return `${rooted.replaceAll(' ', '\\ ')} ${owners.join(' ')}`;
  });
  return `${before}${lines.join('\n')}\n`;
}
