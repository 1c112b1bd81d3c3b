import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import { ROOT, read } from './files.ts';
import { GENERATED } from './generated.ts';
import { EVERYWHERE, ROWS, WANTED, WATCHES } from './rows.ts';

describe('Pages that are made of the code', () => {
  test.each(Object.keys(GENERATED))('%s is as the code has it', async (path) => {
    const made = (await GENERATED[path]?.()) ?? '';
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(ROOT, path), made);
    expect(existsSync(join(ROOT, path)) ? read(path) : 'UPDATE_DOCS=1 makes it').toBe(made);
  });
});

describe('The built-in runbooks', () => {
  test('are all valid', async () => {
    const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
    expect(catalogue.problems()).toEqual([]);
    expect(catalogue.list().length).toBeGreaterThan(10);
  });

  test('carry out every row of the written runbooks', async () => {
    const runbooks = (await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY })).list();
    const namesOf = ({ diagnose, remedies }: { readonly diagnose: object; readonly remedies: object }) => [
      ...Object.keys(diagnose),
      ...Object.keys(remedies),
    ];
    const unknown = Object.entries(ROWS).flatMap(([id, rows]) => {
      const there = runbooks.find((runbook) => runbook.id === id);
      return namesOf(rows)
        .filter((name) => there === undefined || !namesOf(there).includes(name))
        .map((name) => `${id} ${name}`);
    });
    expect(unknown).toEqual([]);
    const watching = runbooks.some(({ remedies }) => Object.values(remedies).some(({ watch }) => watch !== undefined)) ? [WATCHES] : [];
    const carried = new Set([
      ...EVERYWHERE,
      ...watching,
      ...Object.values(ROWS).flatMap(({ diagnose, remedies }) => Object.values({ ...diagnose, ...remedies }).flat()),
    ]);
    expect([...carried].sort()).toEqual([...WANTED].sort());
  });

  test('[AU-06] capture evidence in every remedy', async () => {
    const runbooks = (await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY })).list();
    const without = runbooks.flatMap(({ id, remedies }) =>
      Object.entries(remedies).flatMap(([name, { capture }]) => (capture.length === 0 ? [`${id} ${name}`] : [])),
    );
    expect(without).toEqual([]);
  });
});
