import { expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident/incident.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { seenIncidents } from '../../src/slack/receive/seen-incidents.ts';
import { declared, MINUTE } from '../domain/helpers/incidents.ts';

/** Open incidents, the newest first; those of the index that a filter means. */
function among(all: readonly Incident[]): Pick<Incidents, 'list' | 'count'> {
  const meant = (hidden: boolean | undefined) => all.filter((one) => hidden === undefined || one.private === hidden);
  return {
    list: async ({ private: hidden, limit }) => meant(hidden).slice(0, limit),
    count: async ({ private: hidden }) => meant(hidden).length,
  };
}

function incidentsOf(count: number, more: object, from: number): Incident[] {
  return Array.from({ length: count }, (_, i) => {
    const { incident } = declared('P1', more);
    const id = `INC-2026-${String(from - i).padStart(4, '0')}`;
    return { ...incident, id, milestones: { ...incident.milestones, declared: (from - i) * MINUTE } };
  });
}

test('a limit counts what a person sees: newer incidents that are private to others hide nothing, and are not told of', async () => {
  const all = [...incidentsOf(50, { private: true }, 100), ...incidentsOf(50, {}, 50)];
  const { visibleOnes, count } = seenIncidents({ incidents: among(all) as Incidents, people: { isMember: async () => false } });
  const seen = await visibleOnes({ open: true, limit: 40 }, 'U0JOAN');
  expect(seen.map(({ id }) => id)).toEqual(all.slice(50, 90).map(({ id }) => id));
  expect(await count({ open: true }, 'U0JOAN')).toBe(50);
  // Whoever reported them is in them.
  const own = await visibleOnes({ open: true, limit: 40 }, 'U0ADA');
  expect(own.every(({ private: hidden }) => hidden)).toBe(true);
  expect(await count({ open: true }, 'U0ADA')).toBe(100);
});

test('of very many, a menu reads what it has room for', async () => {
  const all = incidentsOf(300, {}, 300);
  const { offered } = seenIncidents({ incidents: among(all) as Incidents, people: { isMember: async () => false } });
  for (const which of ['open', 'resolved'] as const) expect(await offered(which, 'U0JOAN')).toHaveLength(100);
});

test('the gravest come first for everybody, also for who sees a newer private one', async () => {
  const grave = { ...declared('P0').incident, id: 'INC-2026-0001' };
  const all = [...incidentsOf(1, { private: true }, 100), ...incidentsOf(50, {}, 99), { ...grave, milestones: { ...grave.milestones, declared: 0 } }];
  // The store gives the gravest first.
  const found = all.toSorted((one, other) => one.severity.localeCompare(other.severity));
  const { visibleOnes } = seenIncidents({ incidents: among(found) as Incidents, people: { isMember: async () => false } });
  for (const user of ['U0JOAN', 'U0ADA']) {
    const seen = await visibleOnes({ open: true, gravestFirst: true, limit: 40 }, user);
    expect(seen).toHaveLength(40);
    expect(seen[0]?.id).toBe(grave.id);
  }
});
