import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ACTIONS } from '../../../src/actions/registry.ts';
import type { Json } from '../../../src/domain/record.ts';
import { diagnosisValues, judge, type Results } from '../../../src/engine/runbooks/diagnose/judging.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { AUREUS } from './findings/aureus.ts';
import { PROVABILITY_FABRIC } from './findings/provability-fabric.ts';
import type { Answers, Row, Table } from './findings/row.ts';
import { SARK } from './findings/sark.ts';
import { VAULTMESH } from './findings/vaultmesh.ts';

const TABLES: Readonly<Record<string, Table>> = { ...AUREUS, ...PROVABILITY_FABRIC, ...SARK, ...VAULTMESH };

type Result = Results extends ReadonlyMap<string, infer One> ? One : never;

const actions = new Map(ACTIONS.map((action) => [action.name, action]));

const RUNBOOKS: readonly Runbook[] = globSync('runbooks/*/*.yml').map((file) => {
  const loaded = loadRunbook(readFileSync(file, 'utf8'), file, actions);
  if (!loaded.ok) throw new Error(loaded.problems.map(sayProblem).join('\n'));
  return loaded.runbook;
});

/** What the steps answer, each as its action may: nothing is made up that it could not say. */
function resultsOf(runbook: Runbook, well: Answers, other: Answers): Results {
  return new Map(
    [...new Set([...Object.keys(well), ...Object.keys(other)])].map((name): readonly [string, Result] => {
      const base = well[name];
      const change = other[name];
      if (typeof change === 'string') return [name, { state: 'unknown', output: null, summary: change }];
      const merged = { ...(typeof base === 'object' ? base : {}), ...change };
      const output = runbook.outputs[name];
      if (!(output instanceof z.ZodObject)) throw new Error(`${runbook.id} has no step ${name}.`);
      return [name, { state: 'seen', output: output.partial().parse(JSON.parse(JSON.stringify(merged))), summary: 'seen' }];
    }),
  );
}

/** Whether the finding at this place holds; `null` where that is unknown. */
function holds(runbook: Runbook, i: number, results: Results, given: NonNullable<Row['given']>): Json {
  const when = runbook.findings[i]?.when ?? '';
  try {
    return runbook.overDiagnosis.evaluate(when, diagnosisValues(runbook, results, given));
  } catch {
    return null;
  }
}

test('every runbook with findings has its table, and every finding its row', () => {
  const counted = (entries: readonly (readonly [string, number])[]) => Object.fromEntries(entries.filter(([, count]) => count > 0));
  expect(counted(Object.entries(TABLES).map(([id, { rows }]) => [id, rows.length]))).toEqual(
    counted(RUNBOOKS.map(({ id, findings }) => [id, findings.length])),
  );
});

describe.each(Object.keys(TABLES))('%s finds', (id) => {
  const { well, rows } = TABLES[id] ?? { well: {}, rows: [] };
  const runbook = RUNBOOKS.find((one) => one.id === id);

  test.each(rows.map((row, i) => [row.says, i, row] as const))('%s', (says, i, { when = {}, unless = {}, given = {} }) => {
    if (runbook === undefined) throw new Error(`There is no runbook ${id}.`);
    const bad = resultsOf(runbook, well, when);
    expect(holds(runbook, i, bad, given)).toBe(true);
    expect(judge(runbook, bad, given).findings.map((finding) => finding.says)).toContain(says);
    expect(holds(runbook, i, resultsOf(runbook, well, unless), given)).toBe(false);
  });
});
