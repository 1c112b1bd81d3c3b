import { expect, test } from '@jest/globals';
import { incidentSimilar } from '../../../src/actions/incident/similar.ts';
import type { PastIncident } from '../../../src/ports/action.ts';
import { read, testContext } from '../helpers/context.ts';

const RUNBOOK = 'provability-fabric/guard-trip';

function past(id: string, given: Readonly<Record<string, string>>, runbook = RUNBOOK): PastIncident {
  const declaredAt = Date.parse('2026-11-29T10:00:00Z');
  return { id, title: `Title of ${id}`, severity: 'P2', status: 'closed', declaredAt, diagnoses: [{ runbook, arguments: given }] };
}

function similar(incidents: readonly PastIncident[], given: Readonly<Record<string, string>>) {
  const context = testContext({
    targets: {},
    cluster: () => {
      throw new Error('no cluster in this test');
    },
  });
  return read(incidentSimilar, { runbook: RUNBOOK, arguments: given }, { ...context, incidents: () => Promise.resolve(incidents) });
}

test('[PF-08] incidents that the same runbook diagnosed are similar, and what they have in common is said', async () => {
  const incidents = [past('INC-3', { tenant: 'a', capsule: 'x' }), past('INC-2', { tenant: 'b' }), past('INC-1', {}, 'provability-fabric/after')];
  const { output, summary, table } = await similar(incidents, { tenant: 'a', capsule: '' });
  expect(output).toMatchObject({ count: 2, same: 1, incidents: ['INC-3', 'INC-2'], newest: '2026-11-29T10:00:00.000Z' });
  expect(summary).toBe('2 earlier incidents; 1 has something in common with this one. The newest is INC-3, declared at 2026-11-29T10:00:00Z.');
  expect(table?.rows.map((row) => row.at(-1))).toEqual(['tenant', '']);
});

test('without one it says so; what is not known has nothing in common', async () => {
  expect(await similar([], {})).toMatchObject({ output: { count: 0, same: 0 }, summary: 'No earlier incident was diagnosed with this runbook.' });
  expect((await similar([past('INC-1', { tenant: '' })], { tenant: '' })).output).toMatchObject({ count: 1, same: 0 });
});
