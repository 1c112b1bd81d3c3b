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

describe('The title of an incident', () => {
  function found(life: Life, run: string, called?: string): void {
    request(life, run);
    const data = {
      run,
      runbook: RUNBOOK,
      revision: '',
      title: 'Policy engine',
      findings: [],
      failed: [],
      ...(called === undefined ? {} : { called }),
    };
    life.give({ at: life.at, by: null, ask: { type: 'change', event: { type: 'diagnosis.finished', data } } });
  }

  test('that comes from a runbook follows what its diagnosis finds, and back', () => {
    const life = declared('P1', { title: 'Policy engine' });
    found(life, 'A');
    expect(life.incident.title).toBe('Policy engine');
    found(life, 'B', 'Policy engine: false alarm');
    expect(life.incident.title).toBe('Policy engine: false alarm');
    expect(life.records.at(-1)).toMatchObject({ type: 'diagnosis.finished' });
    found(life, 'C');
    expect(life.incident.title).toBe('Policy engine');
  });

  test('that a person gave stays', () => {
    const life = declared('P1', { title: 'Nobody can ask' });
    found(life, 'A', 'Policy engine: false alarm');
    expect(life.incident.title).toBe('Nobody can ask');
  });
});
