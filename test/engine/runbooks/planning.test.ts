import { describe, expect, test } from '@jest/globals';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import type { RunbookDeps, StepContext } from '../../../src/engine/runbooks/deps.ts';
import { keepNeeds } from '../../../src/engine/runbooks/load/expression-needs.ts';
import type { Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { differences, hashOf, type PlanDocument, stillHolds } from '../../../src/engine/runbooks/remedy/plan-document.ts';
import { plannedSteps } from '../../../src/engine/runbooks/remedy/planned-steps.ts';
import { makePlan } from '../../../src/engine/runbooks/remedy/planning.ts';

type Planned = NonNullable<PlanDocument['steps'][number]['planned']>;

function planOf(change: Partial<Planned> = {}, more: Partial<PlanDocument> = {}): PlanDocument {
  const planned: Planned = {
    summary: 'Ends 2 connections',
    diff: '- 11\n- 12',
    noPlan: null,
    notes: ['3 pods ready'],
    touches: [{ object: 'statefulset/db', uid: 'u1', fields: 'server', digest: 'd1' }],
    changes: true,
    scope: { pids: [11, 12] },
    ...change,
  };
  const step = {
    uses: 'postgres.terminate-idle',
    title: null,
    with: { target: 'database' },
    input: { target: 'database' },
    until: null,
    within_ms: null,
  };
  const head = { v: 1, incident: 'INC-2026-0001', runbook: 'demo/trouble', revision: 'r1', remedy: 'mend', arguments: {}, ...more } as const;
  const plan = { ...head, steps: [{ ...step, planned, snapshot_sha256: null }] };
  return { ...plan, hash: hashOf(plan) };
}

describe('What was approved', () => {
  test('covers the diff, the scope and what is touched, not the words beside them', () => {
    const { hash } = planOf();
    expect(planOf({ summary: 'other words', notes: ['2 pods ready'] }).hash).toBe(hash);
    expect(planOf({ diff: '- 11' }).hash).not.toBe(hash);
    expect(planOf({ scope: { pids: [11] } }).hash).not.toBe(hash);
    expect(planOf({ touches: [] }).hash).not.toBe(hash);
    expect(planOf({}, { revision: 'r2' }).hash).not.toBe(hash);
  });

  test('no longer holds when the scope has changed', () => {
    expect(stillHolds(planOf(), planOf())).toBe(true);
    expect(stillHolds(planOf(), planOf({ scope: { pids: [11] } }))).toBe(false);
  });

  test('holds while a list moves on, and only what was listed is acted upon', () => {
    const approved = planOf({ asListed: true });
    const now = planOf({ asListed: true, scope: { pids: [12, 13] }, diff: '- 12\n- 13' });
    expect(stillHolds(approved, now)).toBe(true);
    expect(approved.hash).not.toBe(now.hash);
    expect(stillHolds(approved, planOf({ asListed: true, touches: [{ object: 'statefulset/db', uid: 'u2', fields: 'server', digest: 'd1' }] }))).toBe(
      false,
    );
    expect(stillHolds(approved, planOf({ scope: { pids: [11, 12] } }))).toBe(false);
  });

  test('is said to differ by what is different', () => {
    const touch = { object: 'statefulset/db', uid: 'u1', fields: 'server', digest: 'd1' };
    expect(differences(planOf(), planOf({}, { revision: 'r2' }))).toBe('the runbook was changed');
    expect(differences(planOf(), planOf({ touches: [{ ...touch, uid: 'u2' }] }))).toContain('replaced by another object');
    expect(differences(planOf(), planOf({ touches: [{ ...touch, digest: 'd2' }] }))).toContain('was changed meanwhile');
  });
});

describe('A plan as its record has it', () => {
  test('says first what is left out and what there is no evidence of', () => {
    const [step] = plannedSteps(
      planOf({ notes: ['Argo CD puts this back.', '3 pods ready'] }, { left_out: ['Left out: Scale. There is none.'] }),
      keepNeeds(),
      ['No evidence of “Logs”: gone'],
    );
    expect(step?.notes).toEqual(['Left out: Scale. There is none.', 'No evidence of “Logs”: gone', 'Argo CD puts this back.', '3 pods ready']);
  });

  test('names the expressions that have no value yet, and no others', () => {
    const [known, ...none] = planOf().steps;
    if (known === undefined) throw new Error('There is no step.');
    const given = { who: '=approval("security").id', server: '=arg.server', env: { AT: '=stamp()', MODE: '⟨now()⟩' } };
    const [step] = plannedSteps({ ...planOf(), steps: [{ ...known, with: given }, ...none] }, keepNeeds());
    expect(step?.late).toEqual(['approval("security").id', 'stamp()']);
    expect(plannedSteps(planOf(), keepNeeds())[0]).not.toHaveProperty('late');
  });
});

test.each(['⟨U1/../../admin/ALL⟩', 'a⟩', '⟨'])('no plan is made of the argument %s, wherever it was typed', async (prefix) => {
  const mend: Runbook['remedies'][string] = { title: 'Mend', risk: 'change', last_resort: false, arguments: {}, capture: [], steps: [] };
  const runbook = { id: 'demo/trouble', remedies: { mend } } as Partial<Runbook> as Runbook;
  const made = makePlan(
    {} as Partial<RunbookDeps> as RunbookDeps,
    runbook,
    'mend',
    {} as Partial<Incident> as Incident,
    { prefix },
    {} as Partial<StepContext> as StepContext,
  );
  await expect(made).rejects.toMatchObject({ name: 'UserError', code: 'argument-invalid', message: expect.stringContaining('Remove them') });
});
