import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { whyBlocked } from '../../src/domain/change/completing.ts';
import { bestFilling, type Plan } from '../../src/domain/change/plans.ts';
import type { Person } from '../../src/domain/incident/commands.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';

const WORDS = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };
const ROLES = ['incident-commander', 'security', 'responder'] as const;
const both: Person = { id: 'U0BOTH', roles: ['responder', 'incident-commander', 'security'], trusted: true };
const linus: Person = { id: 'U0LINUS', roles: ['responder', 'incident-commander'], trusted: true };

const people = fc
  .array(fc.record({ roles: fc.subarray([...ROLES]), trusted: fc.boolean() }), { maxLength: 5 })
  .map((all) => all.map((one, i): Person => ({ ...one, id: `U${i}` })));
const needs = fc.array(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 4 });
const commands = fc.option(fc.constantFrom('U0', 'U1', 'U2'), { nil: undefined });

/** Whether different people can fill all roles, by trying every one of them for every role. */
function tried(roles: readonly string[], able: readonly Person[], taken: ReadonlySet<string> = new Set()): boolean {
  const [role, ...rest] = roles;
  if (role === undefined) return true;
  return able.some(({ id, roles: held }) => !taken.has(id) && held.includes(role) && tried(rest, able, new Set([...taken, id])));
}

/** The same, with the command as the incident has it. */
function possible(roles: readonly string[], all: readonly Person[], command: string | undefined): boolean {
  const counting = all.filter(({ trusted }) => trusted);
  return tried(
    roles,
    counting.map((one) => ({ ...one, roles: one.roles.filter((role) => role !== 'incident-commander' || one.id === command) })),
  );
}

function waiting(life: ChangeLife = asked()): ChangeLife {
  life.plan();
  return life;
}

function asked(by: Person = commander): ChangeLife {
  const life = new ChangeLife(WORDS);
  life.request(by);
  return life;
}

function give(life: ChangeLife, to: Person, more: { readonly approves?: boolean } = {}): void {
  life.ask({ type: 'assign', role: 'incident-commander', user: to.id, handoff: true, ...more }, commander);
}

function look(life: ChangeLife, ...all: readonly Person[]): readonly string[] {
  return life.give({ at: life.at, by: null, ask: { type: 'completion', plan: PLAN, people: all } }).map(({ type }) => type);
}

describe('whether a plan can be completed', () => {
  test('is what trying everybody for every role finds, and whoever is named makes it possible', () => {
    const { incident, current } = waiting();
    let blockedOnes = 0;
    fc.assert(
      fc.property(needs, people, commands, (roles, all, command) => {
        const here: Incident = { ...incident, roles: command === undefined ? {} : { 'incident-commander': command } };
        const plan: Plan = { ...current, needs: roles };
        const blocked = whyBlocked(here, plan, all);
        if (blocked !== null) expect(blocked.uncommanded).toBe(command === undefined ? true : undefined);
        if (blocked !== null) blockedOnes += 1;
        expect(blocked === null).toBe(possible(roles, all, command));
        const able = all.filter(({ id, trusted, roles: held }) => trusted && id !== command && held.includes('incident-commander'));
        const better = able.filter(({ id }) => possible(roles, all, id)).map(({ id }) => id);
        if (blocked !== null) expect(blocked.commanders).toEqual(better.slice(0, 3));
      }),
      { numRuns: 2_000 },
    );
    expect(blockedOnes).toBeGreaterThan(100);
  });

  test('a person who approved twice fills one role', () => {
    const twice = [
      { user: 'U0', roles: ['security'], at: 0 },
      { user: 'U0', roles: ['incident-commander'], at: 1 },
    ];
    expect(bestFilling(['incident-commander', 'security'], twice).filter((one) => one !== null)).toEqual(['U0']);
  });

  test('nobody can: it is recorded once, and again only when it changed; with another in the role it is possible', () => {
    const life = waiting();
    expect(look(life, commander, both)).toEqual([]);
    expect(look(life, { ...commander, roles: both.roles })).toEqual(['approval.blocked']);
    expect(life.current.blocked).toEqual({ lacking: ['security'], commanders: [] });
    expect(look(life, { ...commander, roles: both.roles })).toEqual([]);
    expect(look(life, { ...commander, roles: both.roles }, linus)).toEqual(['approval.blocked']);
    expect(life.current.blocked).toMatchObject({ commanders: [linus.id] });
    expect(look(life, commander, security)).toEqual(['approval.possible']);
    expect(life.current).not.toHaveProperty('blocked');
    life.ask({ type: 'withdraw', plan: PLAN, reason: 'no' }, commander);
    expect(look(life, commander)).toEqual([]);
    // Of what is over nobody is missed, nor of what is not there.
    expect(look(life)).toEqual([]);
    expect(life.give({ at: life.at, by: null, ask: { type: 'completion', plan: 'PLN-NOWHERE2', people: [] } })).toEqual([]);
  });
});

describe('asking counts as an approval', () => {
  test('with the command before or after', () => {
    const before = waiting(asked(commander));
    const after = asked(linus);
    after.plan();
    expect(after.current.approvals).toEqual([]);
    give(after, linus);
    for (const [life, by] of [
      [before, commander],
      [after, linus],
    ] as const) {
      expect(life.current.approvals).toMatchObject([{ user: by.id, roles: ['incident-commander'] }]);
      expect(() => life.ask({ type: 'approve', plan: PLAN }, by)).toThrow('which counts as your approval');
      life.ask({ type: 'approve', plan: PLAN }, security);
      expect(life.current.status).toBe('approved');
    }
  });

  test('also when it is the last approval, and whoever acknowledges takes the command by that', () => {
    const life = asked(linus);
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, security);
    give(life, linus);
    expect(life.current.status).toBe('approved');
    expect(replay(life.records)).toEqual(life.state);
  });

  test('not of somebody who cannot approve, nor for another plan in place of the one asked for', () => {
    const life = asked(linus);
    life.plan();
    give(life, linus, { approves: false });
    expect(life.current.approvals).toEqual([]);
    const again = asked(linus);
    again.plan();
    again.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'changed' } });
    again.plan({ replaces: 'changed' });
    give(again, linus);
    expect(again.current.approvals).toEqual([]);
  });

  test('not for a plan that one person may approve', () => {
    const life = new ChangeLife(WORDS, { risk: 'change' });
    life.request(linus);
    life.plan();
    give(life, linus);
    expect(life.current.approvals).toEqual([]);
    expect(life.current.status).toBe('waiting');
  });

  test('not for the plan of somebody else', () => {
    const life = asked(commander);
    life.plan();
    give(life, linus);
    expect(life.current.approvals.filter(({ user }) => user === linus.id)).toEqual([]);
  });

  test('whoever no longer has the command does not fill it: the next commander can', () => {
    const life = waiting();
    give(life, linus);
    expect(life.current.approvals).toEqual([]);
    life.ask({ type: 'approve', plan: PLAN }, security);
    expect(life.current.status).toBe('waiting');
    life.ask({ type: 'approve', plan: PLAN }, linus);
    expect(life.current.status).toBe('approved');
  });

  test('whoever approved and holds another role by now may fill that one', () => {
    const life = asked(both);
    life.plan();
    expect(life.current.approvals).toMatchObject([{ user: both.id, roles: ['security'] }]);
    const more: Person = { ...security, roles: ['security'] };
    give(life, both);
    expect(life.current.approvals).toMatchObject([{ user: both.id, roles: ['security', 'incident-commander'] }]);
    expect(life.current.status).toBe('waiting');
    life.ask({ type: 'approve', plan: PLAN }, more);
    expect(life.current.status).toBe('approved');
    expect(bestFilling(life.current.needs, life.current.approvals)).toEqual([both.id, more.id]);
  });
});
