import { beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../store/helpers/eventually.ts';
import { describeWorld } from './helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  dataOf,
  environmentOf,
  GRACE,
  GUEST,
  incidentOf,
  JOAN,
  LINUS,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  pressAndSay,
  refusals,
  request,
  type Situation,
} from './helpers/remedies.ts';
import { DEMO, declare, directMessages, lastTold, readable, type World } from './helpers/world.ts';

const BYPASS = 'aureus/policy-engine-failure bypass All queries are blocked';
const FRONTEND = ['aureus', 'aureus-frontend'] as const;

describeWorld('Approvals', { delivery: 'http', platforms: true }, (world) => {
  beforeAll(async () => breakIt(world(), 'policy-engine-down'));

  async function bypassAsked(text = 'P0 aureus Policies block all queries'): Promise<Situation & { plan: Awaited<ReturnType<typeof planOf>> }> {
    const situation = await commanded(world(), text);
    return { ...situation, plan: await request(world(), situation, BYPASS) };
  }

  /** The plan still stands as it was and nothing was done. */
  async function untouched({ id }: Situation, code: string): Promise<void> {
    expect(await refusals(world(), id)).toContain(code);
    expect(await nothingChanged(world(), id)).toBe(true);
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_MODE');
  }

  test('the card says what, why, who asked, the exact difference, who is missing and who can fill it, and the time left', async () => {
    const { room, plan } = await bypassAsked();
    const card = readable(messageWith(world(), room, plan.id, 'plan.approve'));
    for (const words of [
      'Enable policy bypass',
      'All queries are blocked',
      '<@U0ADA>',
      'POLICY_BYPASS_MODE',
      'security',
      '<!subteam^S0SEC>',
      '<!date^',
    ])
      expect(card).toContain(words);
    expect(card).toContain('⟨set when it runs: the id of who approves as incident commander⟩');
    expect(card).not.toContain('approval(');
  });

  test('an approver is asked in a direct message with the diff and the buttons, and can approve there', async () => {
    const { id, plan } = await bypassAsked();
    const asked = (await directMessages(world(), MARIE)).find((message) => readable(message).includes(plan.id));
    expect(readable(asked ?? { text: '' })).toContain('POLICY_BYPASS_MODE');
    const { channel = '' } = await world().slack.as(MARIE).openDirect();
    await world()
      .slack.as(MARIE)
      .click(channel, asked?.ts ?? '', { action_id: 'plan.approve' });
    await world().settled();
    expect((await planOf(world(), id)).status).toBe('applied');
    await undo(world(), { id, room: world().room(id) });
  });

  test('whoever is asked to approve in a private incident is called into it: they see it, approve it, and nobody else hears of it', async () => {
    const secret = await bypassAsked('--private P0 aureus Nobody may know of ODILE');
    const { id, room, plan } = secret;
    expect((await incidentOf(world(), id)).called).toContain(MARIE);
    expect(world().slack.channel(room).members).toContain(MARIE);
    const types = (await world().tocsin.store.records(id)).map(({ type, data }) => `${type} ${JSON.stringify(data)}`);
    expect(types.filter((one) => one.startsWith('people.called') && one.includes(MARIE))).toHaveLength(1);
    await world().say(MARIE, DEMO.general, '/approvals');
    expect(lastTold(world(), MARIE)).toContain(plan.id);
    const asked = (await directMessages(world(), MARIE)).find((message) => readable(message).includes(plan.id));
    const { channel = '' } = await world().slack.as(MARIE).openDirect();
    await world()
      .slack.as(MARIE)
      .click(channel, asked?.ts ?? '', { action_id: 'plan.approve' });
    await world().settled();
    expect((await planOf(world(), id)).status).toBe('applied');

    await world().say(JOAN, DEMO.general, '/bypass status');
    expect(lastTold(world(), JOAN)).toMatch(/1 bypass is in force|bypasses are in force/);
    expect(lastTold(world(), JOAN)).toMatch(/A bypass of [^*]+\*  ·  reverts by itself at/);
    await world().slack.as(JOAN).openHome();
    await world().settled();
    const told = [lastTold(world(), JOAN), JSON.stringify(world().slack.home(JOAN))];
    expect(told[1]).toContain('Bypasses in force');
    const everywhere = world()
      .slack.channels()
      .filter(({ kind }) => kind === 'public')
      .flatMap((one) => world().slack.messages(one.id).map(readable));
    for (const said of [id, room, 'ODILE', plan.id]) expect([...everywhere, ...told].filter((text) => text.includes(said))).toEqual([]);
    await undo(world(), secret);
  });

  test('an approver whom Slack does not let into the private room sees the incident all the same, and the room hears why they are not there', async () => {
    const situation = await commanded(world(), '--private P0 aureus Kept out of the room');
    const fault = world().slack.faults.add({ kind: 'error', error: 'user_is_restricted', method: 'conversations.invite', times: 100 });
    const plan = await request(world(), situation, BYPASS);
    world().slack.faults.remove(fault);
    expect(world().slack.channel(situation.room).members).not.toContain(MARIE);
    expect(world().texts(situation.room).join()).toMatch(/Slack does not let Tocsin invite <@U0MARIE> to the incident’s channel/);
    const asked = (await directMessages(world(), MARIE)).find((message) => readable(message).includes(plan.id));
    expect(readable(asked ?? { text: '' })).toContain('POLICY_BYPASS_MODE');
    await world().say(MARIE, DEMO.general, `status ${situation.id}`);
    expect(lastTold(world(), MARIE)).toContain('Kept out of the room');
    await world().say(ADA, situation.room, 'resolve it was a test');
  });

  test('the requester approving alone applies nothing', async () => {
    const situation = await bypassAsked();
    await approve(world(), ADA, situation, situation.plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    await untouched(situation, 'approval-own');
  });

  test('one person with both roles fills one only', async () => {
    world().slack.setUsergroup('S0SEC', [MARIE, ADA]);
    try {
      await world().later(2);
      const situation = await bypassAsked();
      expect((await planOf(world(), situation.id)).status).toBe('waiting');
      await approve(world(), ADA, situation, situation.plan);
      await untouched(situation, 'approval-own');
    } finally {
      world().slack.setUsergroup('S0SEC', [MARIE]);
    }
  });

  test('asking counts as an approval also when the command comes afterwards', async () => {
    const situation = await declare(world(), 'P0 aureus Policies block all queries');
    const plan = await request(world(), situation, BYPASS);
    expect(plan.approvals).toEqual([]);
    await world().say(ADA, situation.room, 'ack');
    expect((await planOf(world(), situation.id)).approvals).toMatchObject([{ user: ADA, roles: ['incident-commander'] }]);
    expect(readable(messageWith(world(), situation.room, plan.id, 'plan.approve'))).toContain('<@U0ADA>, by asking');
    await approve(world(), MARIE, situation, plan);
    expect((await planOf(world(), situation.id)).status).toBe('applied');
    await undo(world(), situation);
  });

  test('a plan that nobody can complete says so on its card, in the room and to who asked, with who would make it possible; then it is possible', async () => {
    world().slack.setUsergroup('S0SEC', [ADA]);
    try {
      await world().later(2);
      const situation = await bypassAsked();
      expect(await dataOf(world(), situation.id, 'approval.blocked')).toEqual([
        { plan: situation.plan.id, lacking: ['security'], commanders: [GRACE, LINUS] },
      ]);
      expect(readable(messageWith(world(), situation.room, situation.plan.id, 'plan.approve'))).toContain('Nobody can complete this now');
      const told = (await directMessages(world(), ADA)).map((message) => readable(message));
      expect(told.some((text) => text.includes('Nobody can complete') && text.includes('/incident assign commander'))).toBe(true);
      await world().say(ADA, situation.room, `assign commander <@${LINUS}>`);
      const handoff = world().slack.views(ADA).at(-1);
      expect(JSON.stringify(handoff)).toContain('takes over 1 open plan');
      await world()
        .slack.as(ADA)
        .submitView(handoff?.id ?? '', { note: '' });
      await world().settled();
      expect(await dataOf(world(), situation.id, 'approval.possible')).toHaveLength(1);
      expect(readable(messageWith(world(), situation.room, situation.plan.id, 'plan.approve'))).not.toContain('Nobody can complete this now');
      await approve(world(), LINUS, situation, situation.plan);
      expect((await planOf(world(), situation.id)).status).toBe('applied');
      await undo(world(), situation);
    } finally {
      world().slack.setUsergroup('S0SEC', [MARIE]);
      await world().later(2);
    }
  });

  test('a role that was lost between the card and the click does not approve', async () => {
    const situation = await bypassAsked();
    world().slack.setUsergroup('S0SEC', [JOAN]);
    try {
      await approve(world(), MARIE, situation, situation.plan);
      await untouched(situation, 'role-needed');
    } finally {
      world().slack.setUsergroup('S0SEC', [MARIE]);
    }
  });

  test('a self-assigned commander who is not in the group is no incident commander', async () => {
    world().slack.setUsergroup('S0IC', [LINUS]);
    try {
      const situation = await bypassAsked();
      expect((await incidentOf(world(), situation.id)).roles['incident-commander']).toBe(ADA);
      await approve(world(), MARIE, situation, situation.plan);
      await approve(world(), ADA, situation, situation.plan);
      await untouched(situation, 'role-needed');
      await approve(world(), LINUS, situation, situation.plan);
      expect((await refusals(world(), situation.id)).filter((code) => code === 'role-needed')).toHaveLength(2);
      expect(await nothingChanged(world(), situation.id)).toBe(true);
    } finally {
      world().slack.setUsergroup('S0IC', [ADA, GRACE, LINUS]);
    }
  });

  test('a severity raised to P0 by somebody without the role does not open the way to the bypass', async () => {
    const situation = await commanded(world(), 'P1 aureus Some queries are blocked');
    await world().say(JOAN, DEMO.incidents, `severity ${situation.id} P0 I want the bypass`);
    expect((await incidentOf(world(), situation.id)).severity).toBe('P1');
    await world().say(ADA, situation.room, `/runbook run ${BYPASS}`);
    expect(await refusals(world(), situation.id)).toEqual(['role-needed', expect.stringMatching(/^(not-now|severity-needed)$/)]);
    expect((await incidentOf(world(), situation.id)).plans).toEqual({});
  });

  test('an empty user group approves nothing', async () => {
    const situation = await bypassAsked();
    world().slack.setUsergroup('S0SEC', []);
    try {
      await approve(world(), MARIE, situation, situation.plan);
      await untouched(situation, 'role-needed');
    } finally {
      world().slack.setUsergroup('S0SEC', [MARIE]);
    }
  });

  test('a guest approves nothing, whatever group they are in', async () => {
    const situation = await bypassAsked();
    world().slack.setUsergroup('S0SEC', [MARIE, GUEST]);
    try {
      await world().slack.deliver('interactive', clickPayload(world(), GUEST, situation, situation.plan.id));
      await world().settled();
      await untouched(situation, 'not-trusted');
    } finally {
      world().slack.setUsergroup('S0SEC', [MARIE]);
    }
  });

  test('an expired plan cannot be approved; it was reminded of at half time and is a record', async () => {
    const situation = await bypassAsked();
    const card = messageWith(world(), situation.room, situation.plan.id, 'plan.approve');
    await world().later(8);
    expect(await dataOf(world(), situation.id, 'approval.reminded')).toEqual([{ plan: situation.plan.id, missing: ['security'] }]);
    await world().later(8);
    expect((await planOf(world(), situation.id)).status).toBe('expired');
    await world().slack.redeliver(await oldClick(world(), MARIE, situation, card.ts));
    await world().settled();
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(readable(messageWith(world(), situation.room, situation.plan.id))).not.toContain('plan.approve');
  });

  test('a plan is void when a field that it touches was changed, and a new one is shown that nobody has approved', async () => {
    const situation = await bypassAsked();
    await setEnv(world(), 'POLICY_BYPASS_MODE', 'maybe');
    await approve(world(), MARIE, situation, situation.plan);
    expect(await dataOf(world(), situation.id, 'plan.voided')).toEqual([{ plan: situation.plan.id, reason: expect.stringContaining('changed') }]);
    const next = await planOf(world(), situation.id);
    expect(next.id).not.toBe(situation.plan.id);
    expect(next).toMatchObject({ status: 'waiting', approvals: [] });
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    await setEnv(world(), 'POLICY_BYPASS_MODE', null);
  });

  test('an approval does not carry over from a voided plan: its button is dead', async () => {
    const situation = await bypassAsked();
    await setEnv(world(), 'POLICY_BYPASS_MODE', 'maybe');
    const card = messageWith(world(), situation.room, situation.plan.id, 'plan.approve');
    const click = await oldClick(world(), MARIE, situation, card.ts);
    await world().settled();
    await world().slack.redeliver(click);
    await setEnv(world(), 'POLICY_BYPASS_MODE', null);
    expect((await planOf(world(), situation.id)).approvals).toEqual([]);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
  });

  test('a plan is not void when only the status changed', async () => {
    const situation = await bypassAsked();
    await breakIt(world(), 'frontend-down');
    await world().later(1);
    await breakIt(world(), 'frontend-down', false);
    await approve(world(), MARIE, situation, situation.plan);
    expect(await dataOf(world(), situation.id, 'plan.voided')).toEqual([]);
    expect(await dataOf(world(), situation.id, 'change.intended')).toHaveLength(1);
    await undo(world(), situation);
  });

  test('a replayed click and a second click count once', async () => {
    const situation = await bypassAsked();
    await approve(world(), MARIE, situation, situation.plan);
    const [click] = world()
      .slack.deliveries()
      .filter((delivery) => JSON.stringify(delivery).includes('plan.approve'))
      .slice(-1);
    await world().slack.redeliver(click?.id ?? '');
    await world().settled();
    expect(await dataOf(world(), situation.id, 'approval.given')).toHaveLength(1);
    expect(await dataOf(world(), situation.id, 'change.intended')).toHaveLength(1);
    await undo(world(), situation);
  });

  test('a click from another workspace is nobody’s', async () => {
    const situation = await bypassAsked();
    const payload = clickPayload(world(), MARIE, situation, situation.plan.id);
    await world().slack.deliver('interactive', {
      ...payload,
      team: { id: 'T0OTHER', domain: 'other' },
      user: { ...(payload.user as object), team_id: 'T0OTHER' },
    });
    await world().settled();
    expect((await planOf(world(), situation.id)).approvals.map(({ user }) => user)).toEqual([ADA]);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
  });

  test('a forged plan id, and a real one in another incident, change nothing', async () => {
    const situation = await bypassAsked();
    const other = await commanded(world(), 'P0 aureus Another one');
    for (const value of [`${situation.id}:PLN-22222222`, `${other.id}:${situation.plan.id}`, `${situation.id}:../../${situation.plan.id}`]) {
      const payload = clickPayload(world(), MARIE, situation, situation.plan.id, value);
      await world().slack.deliver('interactive', payload);
    }
    await world().settled();
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(await nothingChanged(world(), other.id)).toBe(true);
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
  });

  test('[VQ-23] a rejection needs a reason, ends the plan, and is a record; the close names the runbook to update', async () => {
    const situation = await bypassAsked();
    await pressAndSay(world(), MARIE, situation, situation.plan, 'plan.reject', 'The engine will be back in a minute');
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'rejected', reason: 'The engine will be back in a minute' });
    expect(await dataOf(world(), situation.id, 'approval.rejected')).toHaveLength(1);
    // Whoever asked hears of it where they are, with the incident.
    const told = (await directMessages(world(), ADA)).map((message) => readable(message));
    expect(told.filter((text) => /<@U0MARIE> rejected .*The engine will be back/.test(text) && text.includes(`*${situation.id}*`))).toHaveLength(1);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    for (const text of ['resolve by itself', 'close']) await world().say(ADA, situation.room, text);
    const closing = world()
      .slack.messages(situation.room)
      .map(readable)
      .find((text) => text.includes('Update the runbook'));
    expect(closing).toContain(`\`${situation.plan.runbook}\`: “${situation.plan.title}” was rejected`);
  });

  test('approve and reject at the same moment: one of them counts', async () => {
    const situation = await bypassAsked();
    const { ask } = world().tocsin.incidents;
    const marie = { id: MARIE, roles: ['security'], trusted: true };
    const grace = { id: GRACE, roles: ['responder', 'incident-commander'], trusted: true };
    const outcomes = await Promise.allSettled([
      world().tocsin.store.transaction((tx) => ask(tx, situation.id, marie, { type: 'approve', plan: situation.plan.id })),
      world().tocsin.store.transaction((tx) => ask(tx, situation.id, grace, { type: 'reject', plan: situation.plan.id, reason: 'no' })),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await world().settled();
    const rejected = (await dataOf(world(), situation.id, 'approval.rejected')).length === 1;
    expect((await dataOf(world(), situation.id, 'change.intended')).length).toBe(rejected ? 0 : 1);
    if (!rejected) await undo(world(), situation);
  });

  test('an approval after the revert is refused', async () => {
    const situation = await bypassAsked();
    await approve(world(), MARIE, situation, situation.plan);
    await undo(world(), situation);
    await world().slack.deliver('interactive', clickPayload(world(), LINUS, situation, situation.plan.id));
    await world().settled();
    expect(await refusals(world(), situation.id)).toContain('plan-decided');
    expect(await dataOf(world(), situation.id, 'change.intended')).toHaveLength(1);
  });

  test('a plan whose hash was altered in the database is not applied', async () => {
    const situation = await bypassAsked();
    await approveAltered(situation, situation.plan.hash, 'f'.repeat(64));
    expect(await nothingChanged(world(), situation.id)).toBe(true);
  });

  test('approvals that somebody wrote into the database are not believed', async () => {
    const situation = await bypassAsked();
    await approveAltered(situation, '"needs":["incident-commander","security"]', '"needs":["incident-commander"]');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
  });

  /** A click on what stands altered in the database: it has no effect, the operations port says why, and it is put back. */
  async function approveAltered(situation: Situation & { plan: { id: string } }, from: string, to: string): Promise<void> {
    await tamper(world(), situation.id, from, to);
    await world().slack.deliver('interactive', clickPayload(world(), MARIE, situation, situation.plan.id));
    const ready = `http://127.0.0.1:${world().tocsin.ops.port}/readyz`;
    await eventually('it is noticed', async () => (await (await fetch(ready)).text()).includes(`database-altered ${situation.id}`));
    await tamper(world(), situation.id, to, from);
    await world().settled();
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
  }

  test('a change that who asked may confirm alone is on its card: nobody else gets a direct message, and no group is mentioned', async () => {
    const situation = await commanded(world(), 'P1 aureus Policies are stale');
    const plan = await request(world(), situation, 'aureus/policy-engine-failure reload-policies The bundle is old');
    const asks = async (user: string) =>
      (await directMessages(world(), user)).map((message) => readable(message)).filter((text) => text.includes(plan.id));
    const card = readable(messageWith(world(), situation.room, plan.id, 'plan.approve'));
    expect(card).toContain('Confirmation needed');
    expect(card).toContain('<@U0ADA> can confirm it');
    expect(card).not.toContain('<!subteam');
    for (const user of [ADA, GRACE, LINUS]) expect(await asks(user)).toEqual([]);
    await world().later(8);
    for (const user of [ADA, GRACE, LINUS]) expect(await asks(user)).toEqual([]);
    await pressAndSay(world(), ADA, situation, plan, 'plan.withdraw', 'The test is over');
  });

  test('/approvals lists what waits for me, and only that', async () => {
    const situation = await bypassAsked();
    await world().say(MARIE, DEMO.incidents, '/approvals');
    expect(lastTold(world(), MARIE)).toContain(situation.plan.id);
    await world().say(JOAN, DEMO.incidents, '/approvals');
    expect(lastTold(world(), JOAN)).not.toContain(situation.plan.id);
    // What is left takes the place of the list.
    const list = world().slack.ephemerals(MARIE).at(-1)?.message.ts ?? '';
    await world()
      .slack.as(MARIE)
      .click(DEMO.incidents, list, { action_id: 'plan.approve', block_id: `approve:${situation.plan.id}` });
    await world().settled();
    const left = world()
      .slack.ephemerals(MARIE)
      .find(({ message }) => message.ts === list);
    expect(readable(left?.message ?? { text: '' })).toContain('You approved *');
    expect(JSON.stringify(left?.message)).not.toContain(situation.plan.id);
    await undo(world(), situation);
  });

  test('an incident is neither closed nor merged while an approval is pending', async () => {
    const situation = await bypassAsked();
    const other = await commanded(world(), 'P1 aureus Another one');
    await world().say(ADA, situation.room, 'close');
    await world().say(ADA, situation.room, `merge ${other.id}`);
    expect(await refusals(world(), situation.id)).toEqual(['not-resolved', 'change-pending']);
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
  });
});

/** Reverts what is in force, so that the next test begins with a clean platform. */
async function undo(world: World, situation: Situation): Promise<void> {
  await world.say(ADA, situation.room, '/bypass revert the test is over');
  const plan = await planOf(world, situation.id);
  expect(plan.status).toBe('reverted');
}

/** A click as it was when the button was there: stored by Slack, delivered later. */
async function oldClick(world: World, user: string, situation: Situation, ts: string): Promise<string> {
  const { id } = await world.slack.deliver(
    'interactive',
    clickPayload(world, user, situation, (await planOf(world, situation.id)).id, undefined, ts),
  );
  return id;
}

function clickPayload(
  world: World,
  user: string,
  { id, room }: Situation,
  plan: string,
  value = `${id}:${plan}`,
  ts?: string,
): Record<string, unknown> {
  const template = world.slack.deliveries().findLast((delivery) => JSON.stringify(delivery).includes('block_actions'));
  const stamp = String(Date.now() / 1_000 + Math.random());
  const original = (template as unknown as { payload: Record<string, unknown> } | undefined)?.payload ?? {};
  return {
    ...original,
    type: 'block_actions',
    team: { id: 'T0TOCSIN', domain: 'northwind' },
    user: { id: user, username: user, name: user, team_id: 'T0TOCSIN' },
    trigger_id: `${stamp}.1.x`,
    container: { type: 'message', message_ts: ts ?? stamp, channel_id: room },
    channel: { id: room, name: 'room' },
    actions: [
      { type: 'button', action_id: 'plan.approve', block_id: 'plan', action_ts: stamp, value, text: { type: 'plain_text', text: 'Approve' } },
    ],
  };
}

async function setEnv(world: World, name: string, value: string | null): Promise<void> {
  const env = [value === null ? { name, $patch: 'delete' } : { name, value }];
  const kubeconfig = world.platforms?.kubernetes.kubeconfig('admin') ?? '';
  const { createCluster } = await import('../../src/adapters/kubernetes/index.ts');
  const cluster = createCluster({ kubeconfig: { text: kubeconfig }, namespace: 'aureus' });
  await cluster.patch(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'aureus-frontend' },
    { type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'frontend', env }] } } } } },
  );
}

/** Alters what the database says of a stream's state, as somebody with the database's password could. */
async function tamper(world: World, stream: string, from: string, to: string): Promise<void> {
  const { db } = world.tocsin.database;
  const before = await sql<{ state: string }>`select state::text as state from stream where name = ${stream}`.execute(db);
  const text = before.rows[0]?.state ?? '';
  if (!text.includes(from)) throw new Error(`The state does not contain ${from}`);
  await sql`update stream set state = ${text.replaceAll(from, to)}::json where name = ${stream}`.execute(db);
}
