import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { guardName } from '../../src/actions/k8s/guard.ts';
import { askBot } from '../../src/ops/control.ts';
import { describeWorld } from './helpers/each.ts';
import { ADA, approve, commanded, environmentOf, JOAN, MARIE, messageWith, planOf, request, type Situation } from './helpers/remedies.ts';
import { kubernetes, stored, until } from './helpers/runbooks.ts';
import { withTwoWorkloads } from './helpers/two-workloads.ts';

const BOTH = 'aureus/two-workloads both Both are slow';

interface Guard {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: object } } } };
}

describeWorld('What was approved is what is written', { delivery: 'http', platforms: true, config: withTwoWorkloads }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P0 aureus Both workloads are slow');
    await world().say(ADA, situation.room, 'impact Nobody can log in');
  });

  function guard(namespace: string, plan: string, step: number): Guard | undefined {
    return kubernetes(world()).cluster.get('cronjobs.batch', namespace, guardName(plan, step)) as unknown as Guard | undefined;
  }

  function patchOf(namespace: string, plan: string, step: number): string {
    const secret = kubernetes(world()).cluster.get('secrets', namespace, guardName(plan, step)) as unknown as
      | { data: Record<string, string> }
      | undefined;
    return Buffer.from(secret?.data['patch.json'] ?? '', 'base64').toString('utf8');
  }

  test('values are the approved ones though the incident was changed between the approval and the change', async () => {
    const plan = await request(world(), situation, BOTH);
    // The impact is rewritten after the last look at the plan.
    const { store, incidents } = world().tocsin;
    const joan = { id: JOAN, roles: [], trusted: true };
    const card = messageWith(world(), situation.room, plan.id, 'plan.approve');
    await world().slack.as(MARIE).click(situation.room, card.ts, { action_id: 'plan.approve' });
    await until(async () => (await planOf(world(), situation.id)).status === 'applying', 'the intent is recorded');
    await store.transaction((tx) => incidents.ask(tx, situation.id, joan, { type: 'change-impact', impact: 'Rewritten' }));
    await world().settled();
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).toMatchObject({
      NOTE: 'Nobody can log in',
      NOTE_LATE: `${plan.id} Nobody can log in`,
    });

    const document = JSON.parse((await stored(world(), situation.id)).find(({ type }) => type === 'plan.made')?.text ?? '{}') as Record<
      string,
      unknown
    >;
    expect(document).toMatchObject({ v: 2, incident_values: { impact: 'Nobody can log in' } });

    // Each step has a guard of its own, beside what it changes, with its own patch.
    expect(guard('aureus', plan.id, 0)).toBeDefined();
    expect(guard('sark-system', plan.id, 1)).toBeDefined();
    expect(JSON.stringify(guard('sark-system', plan.id, 1))).toContain('"patch","deployment","opa"');
    expect(patchOf('aureus', plan.id, 0)).toContain('NOTE_LATE');
    expect(patchOf('sark-system', plan.id, 1)).toContain('MARK');
    expect(patchOf('sark-system', plan.id, 1)).not.toContain('NOTE');

    // Reverting looks for what was written, not for what the incident says now, and sees both guards off.
    await world().say(ADA, situation.room, '/bypass revert The test is over');
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('NOTE');
    expect(environmentOf(world(), 'sark-system', 'opa')).not.toHaveProperty('MARK');
    for (const [namespace, step] of [
      ['aureus', 0],
      ['sark-system', 1],
    ] as const) {
      expect(guard(namespace, plan.id, step)).toBeUndefined();
      expect(patchOf(namespace, plan.id, step)).toBe('');
    }
  });

  test('a remedy whose runbook makes it graver since it was asked for is asked for again, whoever approved what it was', async () => {
    const other = await commanded(world(), 'P0 aureus To look from');
    const plan = await request(world(), situation, BOTH);
    expect(plan.risk).toBe('emergency');
    const file = join(world().config.file.runbooks ?? '', 'two-workloads.yml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('risk: emergency', 'risk: destructive'));
    const asked = { incident: other.id, runbook: 'aureus/two-workloads', remedy: 'both', arguments: {} };
    const risk = async () => (await askBot<{ risk: string }>(world().data, '/plan', asked)).risk;
    await until(async () => (await risk()) === 'destructive', 'the bot has noticed the change');
    await approve(world(), MARIE, situation, plan);
    const failed = (await stored(world(), situation.id)).filter(({ type }) => type === 'remedy.failed');
    expect(failed.map(({ data }) => data.reason)).toEqual([
      'The runbook was changed since this was asked for, and the remedy is of another kind now. Ask for it again.',
    ]);
    expect((await stored(world(), situation.id)).filter(({ type }) => type === 'plan.made')).toHaveLength(1);
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('NOTE');
  });
});
