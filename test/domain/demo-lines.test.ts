import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseConfig, policyOf } from '../../src/config/load.ts';
import { calledBy, lineOf, respondersOf } from '../../src/domain/incident/line.ts';
import { timersOf } from '../../src/domain/incident/timers.ts';
import type { IncidentType } from '../../src/domain/incident-type.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import { declared, MINUTE, START } from './helpers/incidents.ts';

const { services } = parseConfig(readFileSync(new URL('../../demo/tocsin.demo.yml', import.meta.url), 'utf8'), 'tocsin.demo.yml');

function policyIn(id: string): IncidentPolicy {
  const service = services[id];
  if (service === undefined) throw new Error(`There is no ${id}.`);
  return policyOf(service);
}

/** Who is called when nobody acknowledges: minutes after the declaration, and whom. P3: the promise of an acknowledgement does not come before. */
function calledByTime(policy: IncidentPolicy, minutes: number): readonly (readonly [number, string])[] {
  const life = declared('P3', { policy });
  const calls: (readonly [number, string])[] = [[0, JSON.stringify(respondersOf(life.incident))]];
  for (let fired = 0; fired < 100; fired += 1) {
    const next = timersOf(life.incident).find(({ timer }) => timer.kind === 'escalation' || timer.kind === 'unresolved');
    if (next === undefined || next.dueAt > START + minutes * MINUTE) return calls;
    life.at = next.dueAt;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: next.timer } });
    const data = life.records.flatMap((record) => (record.type === 'incident.escalated' ? [record.data] : [])).at(-1);
    if (data !== undefined) calls.push([(life.at - START) / MINUTE, JSON.stringify(calledBy(data))]);
  }
  throw new Error('A wait fires for ever.');
}

test('[PF-35] Provability-Fabric calls the engineer on call at once, the SRE lead after 15 minutes, security after 30, the manager after an hour', () => {
  expect(calledByTime(policyIn('provability-fabric'), 240)).toEqual([
    [0, '[{"usergroup":"S0SRE"}]'],
    [15, '[{"user":"U0LINUS"}]'],
    [30, '[{"usergroup":"S0SEC"}]'],
    [60, '[{"user":"U0ALAN"}]'],
  ]);
});

test('[SK-60] SARK goes to the senior SRE when it is not resolved in 30 minutes, and the third level is management and security', () => {
  const policy = policyIn('sark');
  expect(calledByTime({ ...policy, escalation: [] }, 240)).toEqual([
    [0, '[{"usergroup":"S0SRE"}]'],
    [30, '[{"user":"U0LINUS"}]'],
  ]);
  expect(policy.levels?.L3).toEqual([{ user: 'U0ALAN' }, { usergroup: 'S0SEC' }]);
});

test.each([
  ['platform-outage', ['Primary', 'Secondary', 'Executive']],
  ['security-breach', ['Primary', 'Secondary', 'Executive']],
  ['data-loss', ['Primary', 'Secondary', 'Executive']],
  ['policy-failure', ['Primary', 'Secondary', 'Executive']],
  // The source has no executive for it.
  ['performance-degradation', ['Primary', 'Secondary']],
] as const)('[AU-60] AUREUS has the line of %s', (type: IncidentType, steps) => {
  expect(lineOf({ policy: policyIn('aureus'), type }).map(({ name }) => name)).toEqual(steps);
});

test.each(['vaultmesh-qbusiness', 'vaultmesh-oracle'])('%s, whose source says no times, climbs by breaches only', (id) => {
  expect(calledByTime(policyIn(id), 240)).toHaveLength(1);
});
