import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A file of the repository as text. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Paths below the root that match a pattern, sorted; nothing of `node_modules`. */
export function find(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: ROOT, exclude: (name) => name === 'node_modules' }).sort();
}

/** Our own production sources, without the simulators: they are another product's behaviour. */
export function sources(): string[] {
  return find('src/**/*.ts', 'commands/**/*.ts', 'blocks/**/*.ts', 'demo/**/*.ts');
}
