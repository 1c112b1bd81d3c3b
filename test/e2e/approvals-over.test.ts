import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FAULTS, S3Simulator } from '../../simulators/s3/index.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import { leases } from '../../src/store/leases.ts';
import { describeEachKind } from '../store/helpers/databases.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  dataOf,
  environmentOf,
  GRACE,
  incidentOf,
  JOAN,
  LINUS,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from './helpers/remedies.ts';
import { until } from './helpers/runbooks.ts';
import { withTwoWorkloads } from './helpers/two-workloads.ts';
import { directMessages, readable, startWorld, type World } from './helpers/world.ts';

const BYPASS = 'aureus/policy-engine-failure bypass All queries are blocked';
const FRONTEND = ['aureus', 'aureus-frontend'] as const;
const HOUR = 60 * 60_000;
const BUCKET = 'evidence';

describeEachKind('An approval is over', ({ url }) => {
  let made: World | null = null;
  let s3: S3Simulator;
  let directory = '';
  let situation: Situation;

  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    directory = await mkdtemp(join(tmpdir(), 'tocsin-over-'));
    s3 = await S3Simulator.start({ buckets: { [BUCKET]: { versioned: true } } });
    const server = url();
    made = await startWorld({
      delivery: 'http',
      platforms: true,
      bucket: { endpoint: s3.url, name: BUCKET },
      config: withTwoWorkloads,
      database: server === null ? { directory: join(directory, 'database') } : { url: server },
    });
    await breakIt(made, 'policy-engine-down');
  });
  afterAll(async () => {
    await made?.stop();
    await s3.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function world(): World {
    if (made === null) throw new Error('The world starts in beforeAll; use it in tests only.');
    return made;
  }

  beforeEach(async () => {
    world().slack.setUsergroup('S0SEC', [MARIE]);
    world().slack.setUsergroup('S0IC', [ADA, GRACE, LINUS]);
    situation = await commanded(world(), 'P0 aureus All queries are blocked');
  });

  /** Presses Approve and does not wait for what follows. */
  async function click(user: string, plan: Plan): Promise<void> {
    const card = messageWith(world(), situation.room, plan.id, 'plan.approve');
    await world().slack.as(user).click(situation.room, card.ts, { action_id: 'plan.approve' });
  }

  /** Approved, and held up just before anything is done: another remedy has its target. Returns what lets it go on. */
  async function approvedAndHeld(text = BYPASS): Promise<{ readonly plan: Plan; readonly letGo: () => Promise<void> }> {
    const plan = await request(world(), situation, text);
    const held = 'target:aureus/frontend';
    await leases(world().tocsin.database).acquire(held, 'another remedy', 100 * HOUR);
    await click(MARIE, plan);
    await until(async () => (await planOf(world(), situation.id)).status === 'approved', 'the plan is approved');
    return { plan, letGo: () => leases(world().tocsin.database).release(held, 'another remedy') };
  }

  async function resolveInForm(user: string, text: string): Promise<string> {
    await world().say(user, situation.room, `resolve ${text}`);
    const view = world().slack.views(user).at(-1);
    if (view === undefined) throw new Error('No form was opened.');
    const shown = JSON.stringify(view);
    await world().slack.as(user).submitView(view.id, { text });
    await world().settled();
    return shown;
  }

  async function isVoid(plan: Plan, why: RegExp): Promise<void> {
    expect(await dataOf(world(), situation.id, 'plan.voided')).toEqual([{ plan: plan.id, reason: expect.stringMatching(why), final: true }]);
    expect((await planOf(world(), situation.id)).status).toBe('voided');
    expect(await dataOf(world(), situation.id, 'change.applied')).toEqual([]);
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_MODE');
    expect(readable(messageWith(world(), situation.room, 'is void'))).toMatch(why);
  }

  test('resolving asks first, then voids what waits, and tells who asked for it; a click that was under way changes nothing', async () => {
    const plan = await request(world(), situation, BYPASS);
    const shown = await resolveInForm(GRACE, 'It went away');
    expect(shown).toContain('Enable policy bypass');
    expect(shown).toContain('It went away');
    expect((await incidentOf(world(), situation.id)).status).toBe('resolved');
    await isVoid(plan, /was resolved/);
    expect((await directMessages(world(), ADA)).some((message) => readable(message).includes(`${situation.id} was resolved`))).toBe(true);
    await world().slack.deliver('interactive', clickPayload(world(), MARIE, situation, plan.id));
    await world().settled();
    expect(await refusals(world(), situation.id)).toContain('not-open');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    await world().say(ADA, situation.room, 'close');
    expect((await incidentOf(world(), situation.id)).status).toBe('closed');
  });

  test('resolving without having been asked changes nothing', async () => {
    const plan = await request(world(), situation, BYPASS);
    const grace = { id: GRACE, roles: ['responder', 'incident-commander'], trusted: true };
    const { store, incidents } = world().tocsin;
    const resolving = store.transaction((tx) => incidents.ask(tx, situation.id, grace, { type: 'resolve', summary: 'over' }));
    await expect(resolving).rejects.toMatchObject({ code: 'change-under-way' });
    expect(await planOf(world(), situation.id)).toMatchObject({ id: plan.id, status: 'waiting' });
  });

  test('an incident that is resolved, closed and reopened while a plan is being made never gets that plan', async () => {
    const { store, incidents } = world().tocsin;
    const grace = { id: GRACE, roles: ['responder', 'incident-commander'], trusted: true };
    await store.transaction(async (tx) => {
      await incidents.ask(tx, situation.id, grace, {
        type: 'request-remedy',
        run: `${situation.id}:racing`,
        runbook: 'aureus/policy-engine-failure',
        revision: 'r',
        remedy: 'bypass',
        title: 'Enable policy bypass',
        risk: 'emergency',
        needs: ['incident-commander', 'security'],
        arguments: {},
        reason: 'All queries are blocked',
      });
      await incidents.ask(tx, situation.id, grace, { type: 'resolve', summary: 'It went away', voids: true });
      await incidents.ask(tx, situation.id, grace, { type: 'close' });
      await incidents.ask(tx, situation.id, grace, { type: 'reopen', reason: 'It is back' });
    });
    await world().settled();
    expect(await dataOf(world(), situation.id, 'plan.made')).toEqual([]);
    expect(await dataOf(world(), situation.id, 'remedy.failed')).toEqual([expect.objectContaining({ plan: null, requester: GRACE })]);
    expect((await incidentOf(world(), situation.id)).plans).toEqual({});
  });

  test('what is approved and not begun is void once the incident is resolved', async () => {
    const { plan, letGo } = await approvedAndHeld();
    const grace = { id: GRACE, roles: ['responder', 'incident-commander'], trusted: true };
    const { store, incidents } = world().tocsin;
    await store.transaction((tx) => incidents.ask(tx, situation.id, grace, { type: 'resolve', summary: 'It went away', voids: true }));
    await letGo();
    await world().settled();
    await isVoid(plan, /was resolved/);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
  });

  test('approved, and the bot is down for ten hours: nothing is applied, and it says why', async () => {
    const { plan, letGo } = await approvedAndHeld();
    await letGoWhileDown(letGo, 10 * HOUR);
    await isVoid(plan, /had to be done by (?:<!date\^\d+\^|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/);
  });

  test('approved, and both lose their groups while the bot restarts: nothing is applied', async () => {
    const { plan, letGo } = await approvedAndHeld();
    await letGoWhileDown(letGo, 60_000, () => {
      world().slack.setUsergroup('S0SEC', [JOAN]);
      world().slack.setUsergroup('S0IC', [LINUS]);
    });
    await isVoid(plan, /no longer hold incident commander and security/);
  });

  test('a role that is lost while the evidence store is away voids what waits for it, after the intent', async () => {
    const plan = await request(world(), situation, BYPASS);
    s3.faults.add({ fault: FAULTS.unavailable, method: 'PUT', times: 1_000_000 });
    await click(MARIE, plan);
    await until(async () => (await planOf(world(), situation.id)).status === 'applying', 'the intent is recorded');
    world().slack.setUsergroup('S0SEC', [JOAN]);
    s3.faults.clear();
    await world().settled();
    await isVoid(plan, /no longer hold security/);
  });

  test('what was done of a change is put back when an approver has lost the role before the next step', async () => {
    const plan = await request(world(), situation, 'aureus/two-workloads later Both are slow');
    await approve(world(), MARIE, situation, plan);
    expect(environmentOf(world(), ...FRONTEND)).toHaveProperty('FIRST');
    world().slack.setUsergroup('S0SEC', [JOAN]);
    await world().later(121);
    expect(environmentOf(world(), 'aureus', 'aureus-redis')).not.toHaveProperty('SECOND');
    expect((await dataOf(world(), situation.id, 'remedy.failed'))[0]?.reason).toMatch(/no longer hold security/);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('FIRST');
  });

  test('what a plan itself waits for does not use up its approval', async () => {
    const plan = await request(world(), situation, 'aureus/two-workloads later Both are slow');
    await approve(world(), MARIE, situation, plan);
    await world().later(121);
    expect(environmentOf(world(), 'aureus', 'aureus-redis')).toHaveProperty('SECOND');
    await world().say(ADA, situation.room, '/bypass revert The test is over');
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
  });

  async function letGoWhileDown(letGo: () => Promise<void>, ms: number, meanwhile: () => void = () => undefined): Promise<void> {
    await world().tocsin.stop();
    meanwhile();
    world().slack.clock.advance(ms);
    await world().another();
    await letGo();
    await world().settled();
  }
});

function clickPayload(world: World, user: string, { id, room }: Situation, plan: string): Record<string, unknown> {
  const template = world.slack.deliveries().findLast((delivery) => JSON.stringify(delivery).includes('block_actions'));
  const original = (template as unknown as { payload: Record<string, unknown> } | undefined)?.payload ?? {};
  const stamp = String(Date.now() / 1_000 + Math.random());
  return {
    ...original,
    type: 'block_actions',
    team: { id: 'T0TOCSIN', domain: 'northwind' },
    user: { id: user, username: user, name: user, team_id: 'T0TOCSIN' },
    trigger_id: `${stamp}.1.x`,
    container: { type: 'message', message_ts: stamp, channel_id: room },
    channel: { id: room, name: 'room' },
    actions: [
      {
        type: 'button',
        action_id: 'plan.approve',
        block_id: 'plan',
        action_ts: stamp,
        value: `${id}:${plan}`,
        text: { type: 'plain_text', text: 'Approve' },
      },
    ],
  };
}
