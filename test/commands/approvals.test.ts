import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../blocks/kit.ts';
import { approvals } from '../../commands/approvals/index.ts';
import { bypass } from '../../commands/bypass/index.ts';
import type { Answer } from '../../commands/command.ts';
import { incident as incidentCommand } from '../../commands/incident/index.ts';
import type { Person } from '../../src/domain/incident/commands.ts';
import type { Words } from '../blocks/helpers/catalogue.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { declared, MINUTE } from '../domain/helpers/incidents.ts';
import { press, say, stranger, submit } from './helpers/fixture.ts';

const words: Words = { title: 'Policy engine is down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'Nobody can query', many: 1 };

function waiting(): ChangeLife {
  const life = new ChangeLife(words);
  life.request();
  life.plan();
  return life;
}

function shown(answer: Answer): string {
  return JSON.stringify(answer.reply ?? answer.modal);
}

function list(life: ChangeLife, person: Person, text = ''): Promise<Answer> {
  return say(approvals, text, { person, now: life.at }, { lives: [life] });
}

describe('/approvals', () => {
  test('without a word: what waits for me, with its difference and buttons', async () => {
    const said = shown(await list(waiting(), security));
    expect(said).toContain('1 change waits for you');
    expect(said).toContain('+ POLICY_BYPASS_MODE=true');
    expect(said).toContain(`"action_id":"plan.approve","value":"INC-2026-0001:${PLAN}"`);
  });

  test.each([
    ['who asked', commander],
    ['a stranger', stranger],
    ['a guest', { ...security, trusted: false }],
    ['a commander of other incidents', { ...commander, id: 'U0OTHERIC' }],
  ] as const)('%s has nothing to approve', async (_, person) => {
    expect(shown(await list(waiting(), person))).toContain('Nothing waits for you');
  });

  test('what has expired waits for nobody', async () => {
    const life = waiting();
    life.at += 15 * MINUTE;
    expect(shown(await list(life, security))).toContain('Nothing waits for you');
    expect(shown(await list(life, security, 'all'))).not.toContain('plan.approve');
  });

  test('all: everything that waits, with buttons only where they would count', async () => {
    const said = shown(await list(waiting(), commander, 'all'));
    expect(said).toContain('Enable policy bypass');
    expect(said).toContain('missing: security');
    expect(said).not.toContain('plan.approve');
  });

  test('a change waits for whoever answers for its service', async () => {
    const life = new ChangeLife(words, { risk: 'change' });
    life.request();
    life.plan();
    const world = { lives: [life], rolesIn: { aureus: ['responder'] } };
    const mine = await say(approvals, '', { person: { id: 'U0LINUS', roles: [], trusted: true }, now: life.at }, world);
    expect(shown(mine)).toContain('plan.approve');
  });
});

describe('Decisions', () => {
  test('Approve asks the decider; elsewhere the person is told what is missing', async () => {
    const life = waiting();
    const answer = await press(approvals, 'plan.approve', PLAN, life.incident, {}, { person: security });
    expect(answer.asks).toEqual([{ target: { kind: 'incident', id: 'INC-2026-0001' }, ask: { type: 'approve', plan: PLAN } }]);
    life.ask({ type: 'approve', plan: PLAN }, security);
    const change = { id: 'INC-2026-0001', incident: life.incident } as never;
    const told = (answer.reply as (changes: readonly never[]) => Message | null)([change]);
    expect(told?.text).toContain('That was all it needed.');
  });

  test('in the incident’s room nobody is told twice', async () => {
    const life = waiting();
    const answer = await press(approvals, 'plan.approve', PLAN, life.incident, {}, { channel: 'C0ROOM' });
    expect((answer.reply as (changes: readonly never[]) => Message | null)([{ incident: life.incident } as never])).toBeNull();
  });

  test.each([
    ['plan.reject', { type: 'reject', plan: PLAN, reason: 'why' }],
    ['plan.withdraw', { type: 'withdraw', plan: PLAN, reason: 'why' }],
    ['plan.keep', { type: 'settle-conflict', plan: PLAN, keep: true, reason: 'why' }],
    ['plan.overwrite', { type: 'settle-conflict', plan: PLAN, keep: false, reason: 'why' }],
  ])('%s asks for a reason first', async (id, ask) => {
    const { incident } = waiting();
    const form = await press(approvals, id, PLAN, incident);
    expect(form.asks).toBeUndefined();
    expect(form.modal?.callback_id).toBe(id);
    expect(JSON.parse(form.modal?.private_metadata ?? '{}')).toEqual({ incident: incident.id, plan: PLAN });
    const done = await submit(approvals, id, { text: ' why ' }, { incident, remember: { plan: PLAN } });
    expect(done.asks).toEqual([{ target: { kind: 'incident', id: incident.id }, ask }]);
    await expect(submit(approvals, id, { text: ' ' }, { incident, remember: { plan: PLAN } })).rejects.toThrow('Please fill this in.');
  });

  test('a forged plan id changes nothing', async () => {
    await expect(press(approvals, 'plan.approve', 'PLN-FORGED22', waiting().incident)).rejects.toMatchObject({ code: 'unknown-plan' });
    await expect(press(approvals, 'plan.approve', '__proto__', waiting().incident)).rejects.toMatchObject({ code: 'unknown-plan' });
    await expect(press(approvals, 'plan.approve', PLAN, null)).rejects.toMatchObject({ code: 'no-incident' });
  });
});

test('the Home begins with what waits for the reader', async () => {
  const life = waiting();
  const answer = await press(incidentCommand, 'incident.home', 'home', null, { lives: [life] }, { person: security, now: life.at });
  expect(JSON.stringify(answer.home)).toContain('plan.approve');
  const other = await press(incidentCommand, 'incident.home', 'home', null, { lives: [life] }, { person: stranger, now: life.at });
  expect(JSON.stringify(other.home)).not.toContain('plan.approve');
});

test('a grave incident is in the list and in the Home, however many came after it', async () => {
  const world = { lives: [...Array.from({ length: 501 }, () => declared('P2')), declared('P0', { title: 'The grave one' })] };
  const list = shown(await say(incidentCommand, 'list', {}, world));
  expect(list).toContain('The grave one');
  expect(list).toContain('The gravest 40 are shown.');
  const { home } = await press(incidentCommand, 'incident.home', 'home', null, world);
  expect(JSON.stringify(home)).toContain('The grave one');
});

test('of very many open incidents only those are read of which something is pending, and the gravest', async () => {
  const read: string[] = [];
  const world = { lives: Array.from({ length: 502 }, () => waiting()), onRead: (what: string, most: number) => read.push(`${what} ${most}`) };
  await say(approvals, '', { person: security }, world);
  await say(approvals, 'all', { person: security }, world);
  await say(bypass, 'status', {}, world);
  expect(new Set(read)).toEqual(new Set(['pending Infinity']));
  read.length = 0;
  const { home } = await press(incidentCommand, 'incident.home', 'home', null, world);
  expect(new Set(read)).toEqual(new Set(['open 500', 'pending Infinity']));
  expect(JSON.stringify(home)).toContain('502 open incidents');
  expect(JSON.stringify(home)).toContain('The gravest 500 are sorted here; 2 others are not.');
});
