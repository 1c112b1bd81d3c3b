import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { archiveKey } from '../../../src/actions/volume/archive-key.ts';
import { parseDf } from '../../../src/actions/volume/disk.ts';
import { batches, parseStat, parseSums } from '../../../src/actions/volume/files.ts';
import { AUREUS_RULES, endOf, judge, sayVerdict } from '../../../src/actions/volume/rules.ts';
import { below } from '../../../src/actions/volume/write-file.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const DAY = 86_400_000;
const name = fc
  .string({ minLength: 1, maxLength: 30, unit: 'binary' })
  .filter((text) => !/[\n/\0\r]/.test(text) && text.isWellFormed() && text !== '.' && text !== '..');

describe('df', () => {
  test('as coreutils and BusyBox print it', () => {
    const text =
      'Filesystem           1024-blocks    Used Available Capacity Mounted on\nnfs:/a b  52428800 49807360   2621440      95% /app/evidence\n';
    expect(parseDf(text)).toEqual({ size_bytes: 53_687_091_200, used_bytes: 51_002_736_640, available_bytes: 2_684_354_560, used_percent: 95 });
    expect(parseDf('/dev/x 100 50 50 - /data')).toMatchObject({ used_percent: 50 });
    expect(parseDf('df: /x: No such file or directory')).toBeNull();
  });
});

describe('stat and sha256sum', () => {
  test('every name without a line break comes back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, fc.nat(), fc.nat()), { selector: ([text]) => text }), (files) => {
        const text = files.map(([path, bytes, mtime]) => `${bytes} ${mtime} /data/${path}\n`).join('');
        expect(parseStat(text, '/data')).toEqual(files.map(([path, bytes, mtime]) => ({ path: `/data/${path}`, bytes, mtime })));
      }),
    );
  });

  test('a name may hold a line separator of Unicode, which ends no line', () => {
    const path = '/data/a\u2028b';
    expect(parseStat(`1 2 ${path}\n`, '/data')).toEqual([{ path, bytes: 1, mtime: 2 }]);
    expect([...parseSums(`${'a'.repeat(64)}  ${path}\n`).keys()]).toEqual([path]);
  });

  test('what lies elsewhere, or comes twice, is not believed', () => {
    expect(parseStat('1 2 /database/x\n1 2 /data/a\n9 9 /data/a\n5 6 /data/b\nrubbish', '/data')).toEqual([{ path: '/data/b', bytes: 5, mtime: 6 }]);
  });

  test('names that coreutils escapes', () => {
    const digest = 'a'.repeat(64);
    expect([...parseSums(`\\${digest}  /d/back\\\\slash\\nline\n${digest} */d/plain\\n\nsha256sum: /d/x: No such file\n`)]).toEqual([
      ['/d/back\\slash\nline', digest],
      ['/d/plain\\n', digest],
    ]);
  });

  test('batches keep every path, in order, and stay small', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300, unit: 'binary' })), (paths) => {
        const all = batches(paths);
        expect(all.flat()).toEqual(paths);
        for (const batch of all) expect(batch.length === 1 || encodeURIComponent(batch.join('').toWellFormed()).length <= 4_000).toBe(true);
      }),
    );
  });
});

describe('retention', () => {
  const at = (path: string, days: number) => judge(path, NOW - days * DAY, NOW, AUREUS_RULES);

  test.each([
    ['audit/2020.json', 7 * 366, 'freed'],
    ['audit/2020.json', 7 * 365 - 1, 'kept'],
    ['approvals/a.json', 2_600, 'freed'],
    ['policy/a.json', 1_800, 'kept'],
    ['incidents/INC-1/logs/a.log', 1_900, 'freed'],
    ['deployments/a.json', 1_000, 'kept'],
    ['snapshots/a.json', 366, 'freed'],
    ['Snapshots/a.json', 366, 'freed'],
    ['queries/a.json', 9_000, 'unknown'],
    ['emergency-bypass-20240101.log', 9_000, 'unknown'],
    // A name alone keeps, but never frees.
    ['audit-2024.json', 500, 'kept'],
    ['snapshot-1.json', 9_000, 'unknown'],
    ['auditorium/a.json', 9_000, 'unknown'],
    // The longest of several.
    ['snapshots/audit/a.json', 800, 'kept'],
  ])('%s, %i days old: %s', (path, days, kind) => expect(at(path, days).kind).toBe(kind));

  test('what is younger than every rule is never freed, and time only frees', () => {
    const path = fc
      .array(fc.constantFrom('audit', 'snapshots', 'policy', 'x', 'deployments'), { minLength: 1, maxLength: 4 })
      .map((parts) => `${parts.join('/')}/f.json`);
    fc.assert(
      fc.property(path, fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 4_000 }), (file, days, more) => {
        if (days < 365) expect(at(file, days).kind).not.toBe('freed');
        if (at(file, days).kind === 'freed') expect(at(file, days + more).kind).toBe('freed');
      }),
    );
  });

  test('years are calendar years', () => {
    expect(new Date(endOf(Date.parse('2024-02-29T12:00:00Z'), '1y')).toISOString()).toBe('2025-03-01T12:00:00.000Z');
    expect(new Date(endOf(Date.parse('2024-01-31T00:00:00Z'), '7y')).toISOString()).toBe('2031-01-31T00:00:00.000Z');
    expect(sayVerdict(at('audit/a', 10))).toBe('audit: 7 years, until 2033-11-11');
  });
});

describe('keys of the archive', () => {
  test('are accepted by the store, and different for different paths', () => {
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, path, (one, other) => {
        const [left, right] = [archiveKey(one), archiveKey(other)];
        for (const key of [left, right])
          if (key !== null) expect(key.split('/').every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment))).toBe(true);
        if (one !== other && left !== null) expect(left).not.toBe(right);
      }),
    );
  });

  test('plain names stay as they are', () => {
    expect(archiveKey('/audit/a_b-1.json')).toBe('audit/a_b-1.json');
    expect(archiveKey('/.hidden/_x20 y')).toBe('_x2ehidden/_x5fx20_x20y');
  });
});

test('a path below a folder stays below it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '..', '.', '', 'b c'), { maxLength: 6 }), fc.boolean(), (parts, absolute) => {
      const path = `${absolute ? '/data/' : ''}${parts.join('/')}`;
      let full: string;
      try {
        full = below('/data', path);
      } catch {
        return;
      }
      expect(full.startsWith('/data/')).toBe(true);
      expect(full.split('/')).not.toContain('..');
    }),
  );
});
