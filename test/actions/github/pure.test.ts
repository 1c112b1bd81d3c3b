import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { unified } from '../../../simulators/github/git/unified.ts';
import { ownersOf } from '../../../simulators/github/world/owners.ts';
import { patchIn } from '../../../src/actions/github/log-patch.ts';
import { exampleOf, gapsIn, mended, ownersMatch, parseOwners, ruleFor } from '../../../src/actions/github/owners.ts';
import { mergedProtection } from '../../../src/actions/github/protection.ts';
import type { Protection } from '../../../src/ports/protection.ts';

describe('CODEOWNERS', () => {
  // GitHub, "About code owners", with its own examples.
  test.each([
    ['*', 'a/b/c.txt', true],
    ['*.js', 'src/deep/a.js', true],
    ['*.js', 'a.jsx', false],
    ['/build/logs/', 'build/logs/a/b.log', true],
    ['/build/logs/', 'x/build/logs/a.log', false],
    ['docs/*', 'docs/getting-started.md', true],
    ['docs/*', 'docs/build-app/troubleshooting.md', false],
    ['apps/', 'x/apps/y/a.txt', true],
    ['apps/', 'apps', false],
    ['/docs/', 'docs/a/b.md', true],
    ['/apps/github', 'apps/github/a.txt', true],
    ['**/logs', 'deep/in/logs/a.txt', true],
    ['**/logs', 'logs/a.txt', true],
    ['/02-qbusiness/guardrails/*', '02-qbusiness/guardrails/topic-controls.json', true],
    ['02-qbusiness/guardrails/*', '02-qbusiness/guardrails/old/a.json', false],
    ['02-qbusiness/guardrails', '02-qbusiness/guardrails/old/a.json', true],
    ['guardrails', '02-qbusiness/guardrails/a.json', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z/file', true],
    ['a?c', 'abc', true],
    ['README.md', 'docs/README.md', true],
    ['/README.md', 'docs/README.md', false],
    ['/', 'a', false],
  ])('%s covers %s: %s', (pattern, path, covers) => expect(ownersMatch(pattern, path)).toBe(covers));

  test('comments, blanks and lines that GitHub leaves out', () => {
    const text = '# all\n*  @a/b  user@example.org # who\n\n/my\\ docs/ @c\n!x @d\n[ab] @e\n/none\n';
    expect(parseOwners(text)).toEqual([
      { line: 2, pattern: '*', owners: ['@a/b', 'user@example.org'] },
      { line: 4, pattern: '/my docs/', owners: ['@c'] },
      { line: 7, pattern: '/none', owners: [] },
    ]);
    expect(ruleFor(parseOwners(text), 'none/a')?.owners).toEqual([]);
  });

  const name = fc.stringMatching(/^[ab.]{1,3}$/);
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const piece = fc.oneof(name, fc.constantFrom('*', 'a*', '*.b', '?'), name);
  const pattern = fc
    .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([root, parts, folder]) => `${root ? '/' : ''}${parts.join('/')}${folder ? '/' : ''}`)
    // What `/*` at the root covers is asked above.
    .filter((one) => one !== '/*');

  test('agrees with another reading of the same rules', () => {
    fc.assert(
      fc.property(pattern, path, (one, file) => {
        expect(ownersMatch(one, file)).toBe(ownersOf([{ line: 1, source: '', pattern: one, owners: ['@x'] }], file).length > 0);
      }),
      { numRuns: 3000 },
    );
  });

  test('a file matches its own path, its folders and the star; an example matches its pattern', () => {
    fc.assert(
      fc.property(path, pattern, (file, one) => {
        expect(ownersMatch(`/${file}`, file) && ownersMatch('*', file)).toBe(true);
        const folder = file.split('/').slice(0, -1).join('/');
        if (folder !== '') expect(ownersMatch(`/${folder}/`, file)).toBe(true);
        expect(ownersMatch(one, exampleOf(one))).toBe(true);
      }),
    );
  });

  test('patterns that would take another matcher for ever are answered at once', () => {
    expect(ownersMatch(`/${'*a'.repeat(60)}`, 'a'.repeat(2_000) + 'b')).toBe(false);
  });

  const owners = fc.uniqueArray(fc.constantFrom('@o/security', '@o/ops', '@grace'), { minLength: 1 });
  test('what is mended has no gap, and a second look mends nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pattern, owners)),
        fc.uniqueArray(fc.tuple(pattern, owners), { minLength: 1, maxLength: 3, selector: ([one]) => one }),
        fc.array(path),
        (rules, asked, files) => {
          const text = rules.map(([one, who]) => `${one} ${who.join(' ')}`).join('\n');
          const wanted = asked.map(([one, who]) => ({ pattern: one, owners: who }));
          const [first] = wanted.slice(0, 1);
          if (first === undefined) return;
          // One at a time: patterns that overlap may contradict each other.
          const gaps = gapsIn(parseOwners(text), [first], files);
          const after = gaps.length === 0 ? text : mended(text, gaps);
          expect(gapsIn(parseOwners(after), [first], files)).toEqual([]);
          expect(after.startsWith(text)).toBe(true);
        },
      ),
    );
  });
});

describe('the patch in a log', () => {
  const line = fc.constantFrom('a', 'b', '', '  {', '- no', '+ no', '--- x', '@@ odd');
  const text = fc.array(line, { minLength: 1, maxLength: 25 }).map((lines) => `${lines.join('\n')}\n`);
  const noise = fc.array(fc.constantFrom('Run diff', '##[group]x', '\u001B[36mcolour\u001B[0m', ''), { maxLength: 4 });

  test('is found whole between whatever else is printed, with times and colours', () => {
    fc.assert(
      fc.property(text, text, noise, noise, (before, after, ahead, behind) => {
        const { patch } = unified(before, after);
        if (patch === '') return;
        const wanted = `--- local.sorted.json\n+++ remote.sorted.json\n${patch}\n`;
        const log = [...ahead, ...wanted.slice(0, -1).split('\n'), '##[error]Drift', ...behind].map((one) => `2025-10-19T11:54:58.1234567Z ${one}`);
        expect(patchIn(log.join('\n'))).toBe(wanted);
      }),
    );
  });

  test('there may be none', () => {
    expect(patchIn('2025-10-19T11:54:58.1234567Z --- a list\n2025-10-19T11:54:58.1234567Z +++ of things\nDone.\n')).toBe('');
  });

  test('one that is cut off ends with the log', () => {
    expect(patchIn('--- a\n+++ b\n@@ -1,9 +1,9 @@\n-x')).toBe('--- a\n+++ b\n@@ -1,9 +1,9 @@\n-x\n');
  });
});

describe('a protection that is merged', () => {
  const actors = fc.record({ users: fc.array(fc.constantFrom('grace', 'hedy')), teams: fc.constant(['ops']), apps: fc.constant([]) });
  const check = fc.record({ context: fc.constantFrom('Guardrail Lint', 'build', 'test'), app: fc.option(fc.nat(9)) });
  const protection: fc.Arbitrary<Protection> = fc.record({
    checks: fc.option(fc.record({ strict: fc.boolean(), required: fc.uniqueArray(check, { selector: ({ context }) => context }) })),
    enforceAdmins: fc.boolean(),
    reviews: fc.option(
      fc.record({
        count: fc.nat(6),
        codeOwners: fc.boolean(),
        dismissStale: fc.boolean(),
        lastPushApproval: fc.boolean(),
        dismissal: fc.option(actors),
        bypass: fc.option(actors),
      }),
    ),
    restrictions: fc.option(actors),
    linearHistory: fc.boolean(),
    forcePushes: fc.boolean(),
    deletions: fc.boolean(),
    blockCreations: fc.boolean(),
    conversationResolution: fc.boolean(),
    lockBranch: fc.boolean(),
    allowForkSyncing: fc.boolean(),
  });
  const wanted = fc.record({
    checks: fc.uniqueArray(fc.constantFrom('Guardrail Lint', 'Guardrail Drift')),
    codeOwners: fc.boolean(),
    approvals: fc.option(fc.nat(6), { nil: undefined }),
  });

  test('has what is wanted, loses nothing, loosens nothing, and is the same when merged again', () => {
    fc.assert(
      fc.property(fc.option(protection), wanted, (current, wish) => {
        const merged = mergedProtection(current, wish);
        const contexts = (merged.checks?.required ?? []).map(({ context }) => context);
        expect(wish.checks.every((name) => contexts.includes(name))).toBe(true);
        if (wish.codeOwners) expect(merged.reviews?.codeOwners).toBe(true);
        expect(merged.reviews?.count ?? 0).toBeGreaterThanOrEqual(wish.approvals ?? 0);
        expect(mergedProtection(merged, wish)).toEqual(merged);
        if (current === null) return;
        expect({ ...merged, checks: null, reviews: null }).toEqual({ ...current, checks: null, reviews: null });
        if (current.checks !== null) expect(merged.checks?.required.slice(0, current.checks.required.length)).toEqual(current.checks.required);
        if (current.reviews !== null) {
          const { count, codeOwners, ...rest } = current.reviews;
          expect(merged.reviews).toMatchObject(rest);
          expect([(merged.reviews?.count ?? 0) >= count, !codeOwners || merged.reviews?.codeOwners]).toEqual([true, true]);
        }
      }),
    );
  });
});
