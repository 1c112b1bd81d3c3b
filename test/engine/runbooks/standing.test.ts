import { expect, test } from '@jest/globals';
import type { Plan } from '../../../src/domain/change/plans.ts';
import { type OwnChange, sayChange } from '../../../src/engine/runbooks/diagnose/own-changes.ts';
import { standingFindings } from '../../../src/engine/runbooks/diagnose/standing.ts';

const plan = { title: 'Set the compromised server inactive', revertAt: null, stake: 'one server answers nobody' } as Plan;
const change = (incident: string, isPrivate: boolean): OwnChange => ({ incident, private: isPrivate, plan, endedAt: null });
const said = (one: OwnChange, here: string | null) => standingFindings({ inForce: [one], mendedAt: null }, here).map(({ says }) => says);

test('what is in force is said with its incident, and of a private one nothing but that and what it means', () => {
  expect(said(change('INC-2026-0001', false), 'INC-2026-0001')).toEqual([
    '“Set the compromised server inactive” is in force: one server answers nobody.',
  ]);
  expect(said(change('INC-2026-0002', false), 'INC-2026-0001')).toEqual([
    '“Set the compromised server inactive” of INC-2026-0002 is in force: one server answers nobody.',
  ]);
  for (const here of ['INC-2026-0001', null])
    expect(said(change('INC-2026-0002', true), here)).toEqual([
      'A change of another incident, which is private, is in force: one server answers nobody.',
    ]);
});

test('a private incident names its own changes', () => {
  expect(sayChange(change('INC-2026-0002', true), 'INC-2026-0002')).toBe('“Set the compromised server inactive”');
});
