import { expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, incidentOf, MARIE, messageWith, planOf, request } from '../e2e/helpers/remedies.ts';
import { about, cardText, stored } from '../e2e/helpers/runbooks.ts';
import { CONTROLS, DRIFT, investigate, OPERATIONS, vaultmesh, workflowsEnd } from '../e2e/helpers/vaultmesh.ts';
import { readable } from '../e2e/helpers/world.ts';

/** Scenarios C and B: first a race, then a source that was changed without a pull request. */
describeWorld('VaultMesh Oracle: the source of the guardrails moved', { delivery: 'http', platforms: true, restarts: true }, (world) => {
  const github = () => vaultmesh(world()).github;
  const drifts = () =>
    github()
      .repository.runs()
      .filter(({ workflow }) => workflow.endsWith('guardrail-drift.yml'));

  test('[VO-07] [VO-14] a race: five minutes later, whatever becomes of the bot, the workflow runs again and is watched to its end; that it passes resolves the incident as benign', async () => {
    await breakIt(world(), 'guardrail-race');
    await workflowsEnd(world());
    const failed = drifts().find(({ conclusion }) => conclusion === 'failure');
    expect(failed?.sha).not.toBe(github().repository.head());
    const situation = await commanded(world(), 'P1 vaultmesh-oracle Guardrails drift');
    expect((await investigate(world(), situation)).suggests).toContain('rerun-workflow');
    await world().say(ADA, situation.room, '/drift rerun It looks like a race');
    const plan = await planOf(world(), situation.id);
    expect(cardText(world(), situation, plan)).toContain('the failed run again would check the old commit');
    const before = drifts().length;
    await approve(world(), ADA, situation, plan);
    await world().later(4);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applying', applied: [] });
    await world().tocsin.stop();
    await world().another();
    vaultmesh(world()).tell(world().tocsin.intakePort ?? 0);
    await world().settled();
    expect(drifts()).toHaveLength(before);

    await world().later(2);
    expect(drifts().at(-1)).toMatchObject({ event: 'workflow_dispatch', sha: github().repository.head() });
    expect(drifts()).toHaveLength(before + 1);
    expect(readable(messageWith(world(), situation.room, 'Waiting: Guardrail Drift #'))).toMatch(/queued|in progress/);
    expect((await incidentOf(world(), situation.id)).status).not.toBe('resolved');
    await workflowsEnd(world());
    expect(drifts().at(-1)?.conclusion).toBe('success');
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    const verified = (await about(world(), plan, situation.id, 'change.verified'))[0];
    expect(verified?.data).toMatchObject({ passed: true, summary: expect.stringMatching(/^Guardrail Drift #\d+: success/) });
    expect((await stored(world(), situation.id)).at(-1)).toMatchObject({
      type: 'incident.resolved',
      actor: { id: 'tocsin' },
      data: { summary: 'C: a race, benign. The workflow passed when it was run again.' },
    });
    expect(readable(messageWith(world(), OPERATIONS, situation.id))).toContain('C: a race, benign.');
    await world().say(ADA, situation.room, 'close');
    expect((await incidentOf(world(), situation.id)).status).toBe('closed');
  });

  test('[VO-12] [VO-13] the branch is proposed, and the lint and the review of security are shown live until it is merged', async () => {
    await breakIt(world(), 'guardrail-source-on-branch');
    const proposed = github().repository.file(CONTROLS, 'tune-guardrails');
    const situation = await commanded(world(), 'P1 vaultmesh-oracle Guardrails drift');
    const plan = await request(world(), situation, `${DRIFT} open-pull-request branch=tune-guardrails It was deployed from a branch`);
    expect(cardText(world(), situation, plan)).toMatch(/\+ +.{1,2}project nightjar/);
    expect(
      github()
        .repository.pulls()
        .filter(({ head }) => head === 'tune-guardrails'),
    ).toEqual([]);
    await approve(world(), ADA, situation, plan);
    const pull = github().repository.pulls().at(-1);
    expect(pull).toMatchObject({ head: 'tune-guardrails', base: 'master', state: 'open', author: 'tocsin-bot' });
    expect(pull?.body).toContain(`Found by ${situation.id}`);
    expect([...(pull?.requestedTeams ?? [])]).toContain('security');
    const number = pull?.number ?? 0;
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toMatch(
      new RegExp(`^Pull request #${number} is open: https://`),
    );

    const live = () => readable(messageWith(world(), situation.room, `Waiting: #${number}`));
    expect(live()).toMatch(/Guardrail Lint pending, no approval of @VaultSovereign\/security yet/);
    await workflowsEnd(world());
    await world().later(1);
    expect(live()).toMatch(/Guardrail Lint success, no approval of @VaultSovereign\/security yet/);
    github().as('dora').approve(number);
    await world().later(1);
    expect(live()).toContain('no approval of @VaultSovereign/security yet');
    github().as('hedy').approve(number);
    await world().later(1);
    expect(live()).toContain('open, Guardrail Lint success, approved by hedy');
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applying' });
    github().as('hedy').merge(number);
    await world().later(1);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(github().repository.file(CONTROLS)).toBe(proposed);
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data.summary).toContain(
      'merged, Guardrail Lint success, approved by hedy',
    );
    await approveNothing(situation.id);
  });

  /** Nobody had to be asked twice. */
  async function approveNothing(id: string): Promise<void> {
    const given = (await stored(world(), id)).filter(({ type }) => type === 'approval.given');
    expect(given.map(({ actor }) => actor.id)).not.toContain(MARIE);
  }
});
