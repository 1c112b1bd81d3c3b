import { describe, expect, test } from '@jest/globals';
import { toIso } from '../../src/lib/time.ts';
import { declared, type Life, MINUTE, START } from './helpers/incidents.ts';

const RUNBOOK = 'aureus/policy-engine-failure';

function request(life: Life, run: string): void {
  life.ask({ type: 'request-diagnosis', run, runbook: RUNBOOK, title: 'Policy engine' });
}

function finish(life: Life, run: string, carried: { readonly as_of?: string } | null = null): void {
  const alert = carried === null ? {} : { alert: 'ALR-1', title: 'Policy engine', ...carried };
  const data = { run, runbook: RUNBOOK, revision: '', findings: [{ says: `found by ${run}`, suggests: [] }], failed: [], ...alert };
  life.give({ at: life.at, by: null, ask: { type: 'change', event: { type: 'diagnosis.finished', data } } });
}

function newest(life: Life) {
  return life.incident.diagnoses[RUNBOOK];
}

describe('A diagnosis that was made for an alert', () => {
  test('has the time at which it looked, whenever it is brought here', () => {
    const life = declared();
    life.at += 10 * MINUTE;
    finish(life, 'A', { as_of: toIso(START - MINUTE) });
    expect(newest(life)).toMatchObject({ run: 'A', at: START - MINUTE, endedAt: START - MINUTE });
  });

  test('changes nothing when another one has looked since', () => {
    const life = declared();
    life.at += MINUTE;
    request(life, 'B');
    finish(life, 'B');
    life.at += MINUTE;
    finish(life, 'A', { as_of: toIso(START) });
    expect(newest(life)).toMatchObject({ run: 'B', at: START + MINUTE, findings: [{ says: 'found by B' }] });
  });

  test.each([-MINUTE, MINUTE])('does not push out one that is still looking, and was asked for %i ms from when it looked', (asked) => {
    const life = declared();
    life.at += 5 * MINUTE;
    const looked = toIso(life.at - asked);
    request(life, 'B');
    life.at += 2 * MINUTE;
    finish(life, 'A', { as_of: looked });
    expect(newest(life)?.run).toBe('B');
    finish(life, 'B');
    expect(newest(life)).toMatchObject({ run: 'B', endedAt: life.at, findings: [{ says: 'found by B' }] });
  });

  test('takes the place of one that had ended before it looked', () => {
    const life = declared();
    request(life, 'B');
    finish(life, 'B');
    life.at += 2 * MINUTE;
    finish(life, 'A', { as_of: toIso(START + MINUTE) });
    expect(newest(life)).toMatchObject({ run: 'A', at: START + MINUTE });
  });

  test('in a record of a release before has the time of the record', () => {
    const life = declared();
    life.at += 3 * MINUTE;
    finish(life, 'A', {});
    expect(newest(life)).toMatchObject({ run: 'A', at: START + 3 * MINUTE, endedAt: START + 3 * MINUTE });
  });
});
