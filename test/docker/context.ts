import { cp } from 'node:fs/promises';
import { matchesGlob, relative } from 'node:path';

interface Rule {
  readonly pattern: string;
  readonly keep: boolean;
}

/** What of a build context a .dockerignore lets through: the last rule that matches a path, or a folder above it, decides. */
export function contextFilter(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): Rule => ({ keep: line.startsWith('!'), pattern: line.replace(/^!/, '').replace(/^\/|\/$/g, '') }));
  return (path) => {
    const parts = path.split('/');
    const ways = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    return rules.reduce((kept, rule) => (ways.some((way) => matchesGlob(way, rule.pattern)) ? rule.keep : kept), true);
  };
}

/** Copies what the filter lets through. */
export async function copyContext(from: string, to: string, lets: (path: string) => boolean): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter(source) {
      const path = relative(from, source);
      return path === '' || lets(path);
    },
  });
}
