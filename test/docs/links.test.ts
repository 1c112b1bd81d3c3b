import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { find, ROOT, read } from './files.ts';
import { anchorsOf, linksIn } from './markdown.ts';

const PAGES = find('*.md', 'docs/**/*.md', 'deploy/**/*.md');
/** Made by a browser run, not by hand. */
const MADE_LATER = new Set(['docs/images/incident.png']);

test('there is something to check', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/README.md', 'docs/tutorial.md']));
});

test.each(PAGES)('every link of %s leads somewhere', (page) => {
  const broken = linksIn(read(page))
    .filter((link) => !/^[a-z]+:/.test(link))
    .flatMap((link) => problemOf(page, link));
  expect(broken).toEqual([]);
});

test('every page of the documentation is in its index', () => {
  const listed = linksIn(read('docs/README.md')).map((link) => normalize(join('docs', link)));
  expect(find('docs/**/*.md').filter((page) => page !== 'docs/README.md' && !listed.includes(page))).toEqual([]);
});

function problemOf(page: string, link: string): string[] {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : normalize(join(dirname(page), file));
  if (MADE_LATER.has(target)) return [];
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) return [`${link}: there is no ${target}`];
  if (anchor === undefined || anchorsOf(read(target)).includes(anchor)) return [];
  return [`${link}: ${target} has no heading #${anchor}`];
}
