import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Catalogue, openCatalogue } from '../../../src/engine/runbooks/load/catalogue.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { type Action, readAction } from '../../../src/ports/action.ts';

const LOOK: Action = readAction({
  name: 'test.look',
  about: 'Looks.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  targets: () => [],
  rights: () => [],
  run: async () => ({ output: {}, summary: 'looked' }),
});
const ACTIONS = new Map([[LOOK.name, LOOK]]);

/** A small runbook: what is in the file is another test's matter. */
function runbook(id: string, title: string): string {
  return `runbook: ${id}\ntitle: ${title}\nservice: ${id.split('/')[0]}\nseverity: P1\ndiagnose: { look: { uses: test.look } }\n`;
}

const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(', ')}]`)
  .join('\n')}\n`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-folder-'));
  await writeFile(join(folder, 'good.yml'), runbook('demo/good', 'First'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function open(): Promise<Catalogue> {
  return openCatalogue({ folders: [folder], actions: ACTIONS });
}

/** Two looks: a change is taken when it has come to rest. */
async function lookTwice(catalogue: Catalogue): Promise<void> {
  await catalogue.look();
  await catalogue.look();
}

/** Each puts something at a path that is no runbook. */
const HOSTILE: Readonly<Record<string, { readonly put: (path: string) => Promise<unknown>; readonly says: RegExp }>> = {
  'a directory': { put: (path) => mkdir(path), says: /is a directory/ },
  'a link that leads nowhere': { put: (path) => symlink('/nowhere/at/all.yml', path), says: /leads nowhere/ },
  'a link to itself': { put: (path) => symlink(path, path), says: /ELOOP/ },
  'an alias bomb': { put: (path) => writeFile(path, BOMB), says: /aliases/ },
  'an alias of nothing': { put: (path) => writeFile(path, 'runbook: *nothing\n'), says: /YAML|alias/ },
  'brackets without end': { put: (path) => writeFile(path, '['.repeat(200_000)), says: /YAML/ },
  'a huge file': { put: (path) => writeFile(path, 'a'.repeat(50_000_000)), says: /too large/ },
  'bytes that are no text': { put: (path) => writeFile(path, Buffer.from([0xff, 0xfe, 0, 1, 2])), says: /bad\.yml/ },
  'a pipe': { put: async (path) => execFileSync('mkfifo', [path]), says: /not a regular file/ },
  'a link to a device without end': { put: (path) => symlink('/dev/zero', path), says: /not a regular file/ },
};

describe('a folder of runbooks with what is none', () => {
  test.each(Object.entries(HOSTILE))('%s: said with its file and reason, and the others are loaded', async (_, { put, says }) => {
    const bad = join(folder, 'bad.yml');
    await put(bad);
    const catalogue = await open();
    expect(catalogue.list().map(({ id }) => id)).toEqual(['demo/good']);
    const said = catalogue.problems().map(sayProblem).join('\n');
    expect(said).toContain(bad);
    expect(said).toMatch(says);
  });

  test.each(Object.entries(HOSTILE))('%s in place of a good file: its last good version stays in force', async (_, { put, says }) => {
    const catalogue = await open();
    const file = join(folder, 'good.yml');
    await rm(file);
    await put(file);
    await lookTwice(catalogue);
    expect(catalogue.get('demo/good')?.title).toBe('First');
    expect(catalogue.problems().map(sayProblem).join('\n')).toMatch(new RegExp(says.source.replace('bad', 'good')));
    await rm(file, { recursive: true });
    await writeFile(file, runbook('demo/good', 'Mended'));
    await lookTwice(catalogue);
    expect(catalogue.get('demo/good')?.title).toBe('Mended');
    expect(catalogue.problems()).toEqual([]);
  });

  test('a file and a folder that may not be read', async () => {
    if (process.getuid?.() === 0) return;
    const catalogue = await open();
    await chmod(join(folder, 'good.yml'), 0);
    await lookTwice(catalogue);
    expect(catalogue.problems().map(sayProblem).join('\n')).toMatch(/may not be read/);
    await chmod(folder, 0);
    await lookTwice(catalogue);
    expect(catalogue.get('demo/good')?.title).toBe('First');
    await chmod(folder, 0o700);
  });

  test('links that lead in a circle end', async () => {
    await mkdir(join(folder, 'deep'));
    await symlink(folder, join(folder, 'deep', 'circle'));
    expect((await open()).list().map(({ id }) => id)).toEqual(['demo/good']);
  });
});

describe('hot reload', () => {
  test('goes on after any number of saves by rename, as vim, git and sed -i save', async () => {
    const catalogue = await open();
    for (const title of ['Second', 'Third', 'Fourth']) {
      await writeFile(join(folder, '.good.yml.swp'), runbook('demo/good', title));
      await rename(join(folder, '.good.yml.swp'), join(folder, 'good.yml'));
      await lookTwice(catalogue);
      expect(catalogue.get('demo/good')?.title).toBe(title);
    }
  });

  test('follows a ConfigMap, whose folder of data is swapped by a link, and takes each file once', async () => {
    const mount = join(folder, 'mount');
    await mkdir(join(mount, '..2026_01'), { recursive: true });
    await writeFile(join(mount, '..2026_01', 'map.yml'), runbook('demo/map', 'Old'));
    await symlink('..2026_01', join(mount, '..data'));
    await symlink('..data/map.yml', join(mount, 'map.yml'));
    const catalogue = await openCatalogue({ folders: [mount], actions: ACTIONS });
    expect(catalogue.get('demo/map')?.title).toBe('Old');

    await mkdir(join(mount, '..2026_02'));
    await writeFile(join(mount, '..2026_02', 'map.yml'), runbook('demo/map', 'New'));
    await symlink('..2026_02', join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
    await rm(join(mount, '..2026_01'), { recursive: true });
    await lookTwice(catalogue);
    expect(catalogue.list().map(({ title, file }) => [title, file])).toEqual([['New', join(mount, 'map.yml')]]);
  });

  test('waits for a file that is being written, and no longer than five looks for a folder that never rests', async () => {
    const catalogue = await open();
    await writeFile(join(folder, 'good.yml'), runbook('demo/good', 'Half'));
    await catalogue.look();
    expect(catalogue.get('demo/good')?.title).toBe('First');
    for (let i = 0; i < 5; i++) {
      await writeFile(join(folder, `restless-${i}.yml`), runbook(`demo/restless-${i}`, 'Restless'));
      await catalogue.look();
    }
    expect(catalogue.get('demo/good')?.title).toBe('Half');
  });

  test('a folder that goes away and comes back loses nothing', async () => {
    const catalogue = await open();
    await rename(folder, `${folder}.away`);
    await lookTwice(catalogue);
    expect(catalogue.get('demo/good')?.title).toBe('First');
    expect(catalogue.problems().map(sayProblem).join('\n')).toContain(`${folder}: the file cannot be read (ENOENT)`);
    await rename(`${folder}.away`, folder);
    await lookTwice(catalogue);
    expect(catalogue.problems()).toEqual([]);
  });

  test('files that come and go while they are read never throw', async () => {
    const catalogue = await open();
    let going = true;
    const churn = (async () => {
      for (let i = 0; going; i++) {
        const path = join(folder, `churn-${i % 20}.yml`);
        await writeFile(path, runbook(`demo/churn-${i % 20}`, 'Churn'));
        if (i % 3 === 0) await rm(path);
      }
    })();
    for (let i = 0; i < 40; i++) await catalogue.look();
    going = false;
    await churn;
    expect(catalogue.get('demo/good')?.title).toBe('First');
  });
});
