import { expect, test } from '@jest/globals';
import { warnAppliedBefore } from '../../src/domain/change/applied-before.ts';
import { ChangeLife, PLAN } from '../blocks/helpers/changes.ts';
import { MINUTE } from './helpers/incidents.ts';

const RUNBOOK = 'aureus/policy-engine-failure';

test('a remedy that is asked for again warns until somebody has diagnosed anew', () => {
  const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Roll back', text: 'why', many: 1 }, { risk: 'safe' });
  const diagnose = (run: string) => {
    life.at += MINUTE;
    life.ask({ type: 'request-diagnosis', run, runbook: RUNBOOK, title: 'Look' });
    const data = { run, runbook: RUNBOOK, revision: 'a'.repeat(64), findings: [], failed: [] };
    life.tell({ type: 'diagnosis.finished', data });
  };
  diagnose('run-a');
  life.request();
  life.plan();
  expect(warnAppliedBefore(life.incident, RUNBOOK, 'bypass')).toEqual([]);
  life.apply();
  life.inForce();
  const [warning] = warnAppliedBefore(life.incident, RUNBOOK, 'bypass');
  expect(warning).toContain(`(${PLAN}), and nothing was diagnosed since`);
  expect(warnAppliedBefore(life.incident, RUNBOOK, 'another')).toEqual([]);
  diagnose('run-b');
  expect(warnAppliedBefore(life.incident, RUNBOOK, 'bypass')).toEqual([]);
});
