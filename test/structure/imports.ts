import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { find, ROOT } from '../docs/files.ts';

/**
 * What each folder may import of ours, beside itself: an allow-list, so that a new folder begins with nothing. `type x`: its types alone.
 */
const MAY: Readonly<Record<string, readonly string[]>> = {
  'src/lib': [],
  'src/domain': ['src/lib'],
  'src/ports': ['src/domain', 'src/lib'],
  'src/durable': ['src/domain', 'src/ports', 'src/lib'],
  'src/engine': ['src/domain', 'src/ports', 'src/lib'],
  'src/actions': ['src/domain', 'src/ports', 'src/lib'],
  'src/adapters': ['src/domain', 'src/ports', 'src/lib'],
  'src/evidence': ['src/domain', 'src/ports', 'src/durable', 'src/lib'],
  'src/store': ['src/domain', 'src/ports', 'src/lib'],
  'src/webhooks': ['src/domain', 'src/engine/alerts', 'src/engine/runbooks/load/expressions.ts', 'src/lib'],
  'src/config': ['src/domain', 'src/ports', 'src/lib'],
  'src/rights': ['src/actions', 'src/config', 'src/engine', 'src/ports', 'src/lib'],
  'src/ops': ['src/domain', 'src/engine', 'src/ports', 'src/store', 'src/lib'],
  'src/slack': ['src/domain', 'src/engine', 'src/ports', 'src/config', 'src/lib', 'type blocks', 'type commands'],
  blocks: ['src/domain', 'src/lib'],
  commands: ['src/domain', 'src/engine', 'src/ports', 'src/lib', 'blocks'],
  'src/app': ['src', 'blocks', 'commands'],
  'src/cli': ['src', 'demo'],
  'src/cli.ts': ['src/cli'],
  'src/main.ts': ['src/app', 'src/config', 'src/ops'],
  simulators: [],
  demo: ['simulators', 'src', 'commands'],
  test: ['src', 'blocks', 'commands', 'simulators', 'demo'],
};

/** Subcommands of one command are no business of another's: what they share lies in `commands/` itself. */
const SIBLINGS = /^commands\/([^/]+)\//;

export interface Import {
  /** A path from the root. */
  readonly to: string;
  /** Of types alone: nothing of it is there when the program runs. */
  readonly typesOnly: boolean;
}

/** What a file imports of ours. */
export function importsOf(path: string, text: string): readonly Import[] {
  return [...text.matchAll(/(\bimport type\b[^;'"]*?)?\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, type, to = '']) => ({
    to: normalize(join(dirname(path), to)),
    typesOnly: type !== undefined,
  }));
}

/** Why this file may not import that one, or null when it may. */
export function whyNot(from: string, { to, typesOnly }: Import): string | null {
  const folder = folderOf(from);
  if (folder === null) return `${from} is in no folder that test/structure/imports.ts knows`;
  const sibling = SIBLINGS.exec(to)?.[1];
  const own = SIBLINGS.exec(from)?.[1];
  if (own !== undefined && sibling !== undefined && own !== sibling) return `commands/${own} may not import commands/${sibling}`;
  if (isIn(to, folder)) return null;
  const allowed = MAY[folder] ?? [];
  return allowed.some((one) => isIn(to, one) || (typesOnly && isIn(to, one.replace(/^type /, ''))))
    ? null
    : `${folder} may import ${allowed.join(', ') || 'nothing of ours'} only`;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function folderOf(path: string): string | null {
  return Object.keys(MAY).find((folder) => isIn(path, folder)) ?? null;
}

/** Every import that is not allowed, one line each. */
export function forbiddenImports(): readonly string[] {
  const files = find(...Object.keys(MAY).map((folder) => (folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`)));
  return files.flatMap((path) =>
    importsOf(path, readFileSync(join(ROOT, path), 'utf8')).flatMap((one) => {
      const why = whyNot(path, one);
      return why === null ? [] : [`${path} imports ${one.to}: ${why}`];
    }),
  );
}

if (import.meta.main) {
  const forbidden = forbiddenImports();
  for (const line of forbidden) console.error(line);
  if (forbidden.length > 0) process.exitCode = 1;
}
