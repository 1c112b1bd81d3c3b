import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { find, ROOT, read } from './files.ts';
import { anchorsOf } from './markdown.ts';
import { decisionsNamed, pathsNamed, type Reference } from './references.ts';

/** Sources, whose comments and texts name pages and files. */
const SOURCES = find('{src,commands,blocks,demo}/**/*.{ts,yml}', 'runbooks/**/*.yml', 'deploy/**/*.{yml,yaml,sh,md}', '*.yml', 'Dockerfile');
/** Here texts are often made up, such as keys of a bucket; comments are not. */
const OTHERS = find('{test,simulators}/**/*.ts');
/** Pages about the code; guides also name files that their reader makes. */
const PAGES = find('docs/*.md', 'docs/adr/*.md', 'CONTRIBUTING.md', 'README.md');
const ALL = [...new Set([...SOURCES, ...OTHERS, ...find('docs/**/*.md'), ...PAGES])];
/** With a class, so that this file does not name it itself. */
const ELSEWHERE = /\bDESIG[N]\b/;

describe('What code, tests and documents refer to is in the repository', () => {
  test('there is something to check', () => {
    expect(SOURCES.length).toBeGreaterThan(300);
    expect(named(SOURCES, true).length).toBeGreaterThan(50);
    expect(ALL.flatMap((path) => decisionsNamed(path, read(path))).length).toBeGreaterThan(30);
  });

  test('no reason stands in a document that is not here', () => {
    expect(ALL.filter((path) => ELSEWHERE.test(read(path)))).toEqual([]);
  });

  test('each path that is named exists, and its heading too', () => {
    expect([...named(SOURCES, true), ...named(OTHERS, false), ...named(PAGES, true)].flatMap(problemOf)).toEqual([]);
  });

  test('each decision that is named exists', () => {
    const there = find('docs/adr/*.md').map((path) => String(Number(/(\d{4})-/.exec(path)?.[1])));
    expect(ALL.flatMap((path) => decisionsNamed(path, read(path))).filter(({ to }) => !there.includes(to))).toEqual([]);
  });

  test.each([
    ['// docs/how-to/nothing.md', ['docs/how-to/nothing.md']],
    [' * See src/a/b.ts, and docs/a.md#part.', ['src/a/b.ts', 'docs/a.md#part']],
    ["import { a } from '../docs/files.ts'; // test/docs/files.ts", ['test/docs/files.ts']],
    ['/** What it draws (engine/runbooks/board.ts). */', ['src/engine/runbooks/board.ts']],
    ["const key = 'docs/a.md';", []],
  ])('in a comment, %s names %j', (line, paths) => {
    expect(pathsNamed('x.ts', line, false).map(({ to }) => to)).toEqual(paths);
  });
});

function named(files: readonly string[], everywhere: boolean): readonly Reference[] {
  return files.flatMap((path) => pathsNamed(path, read(path), everywhere));
}

function problemOf({ at, to }: Reference): string[] {
  const [file = '', anchor] = to.split('#');
  if (!existsSync(join(ROOT, file))) return [`${at}: there is no ${file}`];
  if (anchor === undefined || anchorsOf(read(file)).includes(anchor)) return [];
  return [`${at}: ${file} has no heading #${anchor}`];
}
