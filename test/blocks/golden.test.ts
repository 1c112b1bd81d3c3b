import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { catalogue } from './helpers/catalogue.ts';

/** What every message and modal looks like, to the letter. `UPDATE_GOLDEN=1` writes them anew: read the difference. */
const FOLDER = new URL('./golden/', import.meta.url).pathname;
const update = process.env.UPDATE_GOLDEN === '1';

const entries = catalogue({
  title: 'Frontend answers 502 for all users',
  service: 'AUREUS Platform',
  remedy: 'Enable policy bypass',
  text: 'Half of all queries fail',
  many: 2,
});

test.each(entries.map(({ name, shown }) => [name, shown] as const))('%s', (name, shown) => {
  const file = join(FOLDER, `${name}.json`);
  const json = `${JSON.stringify(shown, null, 2)}\n`;
  if (update) writeFileSync(file, json);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file; UPDATE_GOLDEN=1 writes it').toBe(json);
});

test('names are unique, and no golden file is left over', () => {
  const names = entries.map(({ name }) => `${name}.json`);
  if (update) for (const file of readdirSync(FOLDER)) if (!names.includes(file)) rmSync(join(FOLDER, file));
  expect(readdirSync(FOLDER).toSorted()).toEqual(names.toSorted());
});
