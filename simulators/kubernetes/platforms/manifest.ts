import { readFileSync } from 'node:fs';

/** The text of a file beside this one. */
export function manifest(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
