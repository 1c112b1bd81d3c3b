import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { guardName } from '../../src/actions/k8s/guard.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import {
  ADA,
  breakIt,
  commanded,
  environmentOf,
  GRACE,
  MARIE,
  messageWith,
  planOf,
  press,
  pressAndSay,
  refusals,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, admin, diagnose, forbid, kubernetes, object, readyPods, remedy, stored, until } from '../e2e/helpers/runbooks.ts';
import { readable, startWorld, type World } from '../e2e/helpers/world.ts';
import { buttonsOf } from '../failures/messages.ts';
import { describeEachKind } from '../store/helpers/databases.ts';

const FRONTEND = ['aureus', 'aureus-frontend'] as const;
const BYPASS = 'aureus/policy-engine-failure bypass Nobody can query anything';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface CronJob {
  readonly spec: { readonly schedule: string; readonly timeZone: string; readonly suspend: boolean };
}

describeEachKind('AUREUS: the bypass reverts', ({ kind, url }) => {
  let made: World | null = null;
  let directory = '';
  let situation: Situation;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tocsin-bypass-'));
    const server = url();
    made = await startWorld({
      delivery: 'http',
      platforms: true,
      database: server === null ? { directory: join(directory, 'database') } : { url: server },
    });
    await breakIt(made, 'policy-engine-down');
  });
  afterAll(async () => {
    await made?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function world(): World {
    if (made === null) throw new Error('The world starts in beforeAll; use it in tests only.');
    return made;
  }

  beforeEach(async () => {
    situation = await commanded(world(), 'P0 aureus All queries are blocked');
  });

  async function inForce(): Promise<Plan> {
    const plan = await remedy(world(), situation, BYPASS, MARIE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ POLICY_BYPASS_MODE: 'true' });
    return plan;
  }

  function guardOf(plan: Plan): CronJob | undefined {
    return kubernetes(world()).cluster.get('cronjobs.batch', 'aureus', guardName(plan.id, 0)) as unknown as CronJob | undefined;
  }

  /** Nothing of the bypass is left: not in the deployment, not in its pods, not as a guard. */
  async function isOver(plan: Plan): Promise<void> {
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_MODE');
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_APPROVER');
    const bypassed = () => readyPods(world(), 'frontend').some((pod) => JSON.stringify(pod).includes('POLICY_BYPASS_MODE'));
    await until(() => readyPods(world(), 'frontend').length >= 3 && !bypassed(), 'no pod has the bypass');
    expect(guardOf(plan)).toBeUndefined();
    expect(kubernetes(world()).cluster.get('secrets', 'aureus', guardName(plan.id, 0))).toBeUndefined();
  }

  async function ended(plan: Plan): Promise<{ readonly late_ms: number; readonly took: number; readonly verified: boolean | null }> {
    const time = async (type: string) => Date.parse(((await about(world(), plan, situation.id, type))[0] as unknown as { time: string }).time);
    const [record] = await about(world(), plan, situation.id, 'remedy.reverted');
    const data = record?.data as { late_ms: number; verified: boolean | null };
    return { ...data, took: (await time('remedy.reverted')) - (await time('change.intended')) };
  }

  async function setMode(value: string | null): Promise<void> {
    const away = ['POLICY_BYPASS_MODE', 'POLICY_BYPASS_APPROVER'].map((name) => ({ name, $patch: 'delete' }));
    const env = value === null ? away : [{ name: 'POLICY_BYPASS_MODE', value }];
    const body = { spec: { template: { spec: { containers: [{ name: 'frontend', env }] } } } };
    await admin(world()).patch({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'aureus-frontend' }, { type: 'strategic', body });
  }

  test('[AU-47] by the bot’s own timer within the hour, announced before; a guard in the cluster stands by and then goes', async () => {
    const plan = await inForce();
    const due = new Date(plan.revertAt ?? 0);
    const minute = new Date(Math.ceil(due.getTime() / MINUTE) * MINUTE);
    expect(minute.getTime()).toBeLessThan((plan.intendedAt ?? 0) + HOUR);
    const schedule = `${minute.getUTCMinutes()} ${minute.getUTCHours()} ${minute.getUTCDate()} ${minute.getUTCMonth() + 1} *`;
    expect(guardOf(plan)?.spec).toMatchObject({ schedule, timeZone: 'Etc/UTC', suspend: false });
    const command = JSON.stringify(guardOf(plan));
    for (const words of ['"patch","deployment","aureus-frontend"', '--patch-file=/guard/$(JOB_NAME)/patch.json', 'tocsin-guard'])
      expect(command).toContain(words);
    const secret = object<{ data: Record<string, string> }>(world(), 'secrets', guardName(plan.id, 0));
    const patch = JSON.parse(Buffer.from(secret.data['patch.json'] ?? '', 'base64').toString('utf8')) as object;
    expect(patch).toMatchObject({
      spec: {
        template: {
          spec: { containers: [{ name: 'frontend', env: expect.arrayContaining([{ name: 'POLICY_BYPASS_MODE', $patch: 'delete' }]) }] },
        },
      },
    });

    const seen = await diagnose(world(), situation, 'aureus/policy-engine-failure');
    expect(seen.findings[0]).toMatch(/^“Enable policy bypass” is in force until \S+Z: no query is checked against policies\.$/);
    expect(seen.findings).toContainEqual(expect.stringContaining('answered by a bypass, so queries are answered unchecked'));
    expect(seen.findings.join(' ')).toMatch(/The log of the policy engine says \(at \S+Z\): error policy bundle in cache is broken: digest mismatch/);
    expect(seen.findings.join(' ')).not.toContain('log lines mention');
    const board = messageWith(world(), situation.room, 'Diagnosis:', 'in parallel');
    const offered = buttonsOf(board.blocks).filter(({ action }) => action === 'runbook.run');
    expect(offered.map(({ value }) => value.split('#').at(-1))).not.toContain('bypass');

    await world().later(46);
    expect(await about(world(), plan, situation.id, 'revert.reminded')).toHaveLength(1);
    expect(readable(messageWith(world(), situation.room, ':alarm_clock:', 'Enable policy bypass'))).toContain('plan.extend');
    expect(environmentOf(world(), ...FRONTEND)).toHaveProperty('POLICY_BYPASS_MODE');
    await world().later(10);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    const { took, verified } = await ended(plan);
    expect(took).toBeLessThan(HOUR);
    expect(verified).toBe(true);
    await isOver(plan);

    // Nobody mended what it was for.
    for (let minute = 0; minute < 3; minute += 1) await world().later(1);
    expect((await about(world(), plan, situation.id, 'recurrence.seen')).map(({ data }) => data)).toMatchObject([{ reverted: true }]);
    const told = readable(messageWith(world(), situation.room, 'The cause is still there', 'Enable policy bypass'));
    expect(told).toMatch(/Diagnose again, then fix the cause.*(No policy engine pod is ready|A test evaluation answers 503)/);
    expect(told).toContain('runbook.diagnose');
    expect(told).toContain(`<@${ADA}>: *The cause is still there*`);
    // Whoever heard that it is over hears this too.
    expect(readable(messageWith(world(), situation.room, 'Enable policy bypass', 'is reverted'))).toContain('Tocsin looks now whether the cause');
    const outside = world().slack.messages('C0OPSESC').map(readable);
    expect(outside.some((one) => one.includes('The cause is still there') && one.includes(situation.id))).toBe(true);
  });

  test('[AU-47] after an outage beyond the deadline it is reverted at once, and the message says how late', async () => {
    const plan = await inForce();
    await world().tocsin.stop();
    world().slack.clock.advance(90 * MINUTE);
    await world().another();
    await world().settled();
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    const { late_ms: late } = await ended(plan);
    expect(late).toBeGreaterThan(30 * MINUTE);
    expect(readable(messageWith(world(), situation.room, 'Enable policy bypass', 'is reverted'))).toMatch(/\*\d+ min.* late\*/);
    await isOver(plan);
  });

  if (kind === 'postgresql')
    test('[AU-47] a second replica takes over', async () => {
      const plan = await inForce();
      const first = world().tocsin;
      const second = await world().another('beside');
      await first.stop();
      await world().later(56);
      expect((await second.incidents.find(situation.id))?.plans[plan.id]?.status).toBe('reverted');
      expect((await ended(plan)).took).toBeLessThan(HOUR);
      await isOver(plan);
      await second.stop();
      await world().another();
    });

  test('a revert that finds somebody else’s value asks; keeping it needs a role of the approval, and then it stays', async () => {
    const plan = await inForce();
    await setMode('maybe');
    await world().later(56);
    expect((await about(world(), plan, situation.id, 'revert.conflict'))[0]?.data.summary).toContain('POLICY_BYPASS_MODE');
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ POLICY_BYPASS_MODE: 'maybe' });
    expect(readable(messageWith(world(), situation.room, 'plan.keep', 'plan.overwrite'))).toContain('maybe');
    await press(world(), GRACE, situation, { ...plan, id: 'plan.overwrite' }, 'plan.keep');
    expect(world().slack.views(GRACE)).toEqual([]);
    expect(await refusals(world(), situation.id)).toContain('role-needed');
    expect((await planOf(world(), situation.id)).status).toBe('reverting');
    await pressAndSay(world(), MARIE, situation, { ...plan, id: 'plan.overwrite' }, 'plan.keep', 'Security has set this');
    expect((await planOf(world(), situation.id)).status).toBe('kept');
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ POLICY_BYPASS_MODE: 'maybe' });
    expect((await about(world(), plan, situation.id, 'revert.settled'))[0]).toMatchObject({
      actor: { id: MARIE },
      data: { keep: true, reason: 'Security has set this' },
    });
    expect(guardOf(plan)).toBeUndefined();
    await setMode(null);
  });

  test('a revert that finds somebody else’s value puts the old one back when a responder says overwrite', async () => {
    const plan = await inForce();
    await setMode('maybe');
    await world().later(56);
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ POLICY_BYPASS_MODE: 'maybe' });
    await pressAndSay(world(), GRACE, situation, { ...plan, id: 'plan.overwrite' }, 'plan.overwrite', 'It was a mistake');
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    await isOver(plan);
  });

  test('a revert that fails tells the next in line at each try, and succeeds when it can', async () => {
    const plan = await inForce();
    const allow = await forbid(world(), 'deployments');
    await world().say(ADA, situation.room, '/bypass revert It is enough');
    await world().later(1);
    await world().later(1);
    const failures = await about(world(), plan, situation.id, 'revert.failed');
    expect(failures.map(({ data }) => data.attempt)).toEqual([1, 2, 3]);
    const escalated = (await stored(world(), situation.id)).filter(({ type }) => type === 'incident.escalated').map(({ data }) => data);
    // The request of an emergency has gone to the first in line already; then the next, and the last one again.
    expect(escalated).toMatchObject([
      { who: { user: 'U0LINUS' }, reason: expect.stringContaining('Emergency change asked for') },
      ...[1, 2, 3].map((attempt) => ({ who: { user: 'U0ALAN' }, last: true, reason: expect.stringContaining(`failed (try ${attempt})`) })),
    ]);
    const said = world()
      .slack.messages(situation.room)
      .filter((message) => readable(message).includes('<@U0ALAN>: *'));
    expect(said).toHaveLength(3);
    expect(readable(messageWith(world(), situation.room, 'The revert of Enable policy bypass failed'))).toContain('retries until it is done');
    expect(environmentOf(world(), ...FRONTEND)).toHaveProperty('POLICY_BYPASS_MODE');
    await world().say(ADA, situation.room, 'resolve it is over');
    expect(readable(messageWith(world(), situation.room, 'resolved the incident', 'it is over'))).toContain(
      '*Enable policy bypass* is being reverted',
    );
    await world().say(ADA, situation.room, 'close');
    expect(await refusals(world(), situation.id)).toContain('change-pending');
    await allow();
    await world().later(2);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(await ended(plan)).toMatchObject({ late_ms: 0, asked: { by: ADA, reason: 'It is enough' } });
    expect(readable(messageWith(world(), situation.room, 'Enable policy bypass', 'is reverted'))).toMatch(
      /is reverted by <@U0ADA>, \d+ min before its time: It is enough\./,
    );
    await isOver(plan);
  });
});
