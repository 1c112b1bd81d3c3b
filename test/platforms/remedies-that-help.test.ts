import { expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, approveInVain, breakIt, commanded, messageWith, planOf, request } from '../e2e/helpers/remedies.ts';
import { about, cardText, diagnose, readyPods } from '../e2e/helpers/runbooks.ts';
import { DEMO } from '../e2e/helpers/world.ts';
import { buttonsOf, fieldsOf } from '../failures/messages.ts';

const POLICY = 'aureus/policy-engine-failure';
const DATABASE = 'sark/database-connection-failure';
const SECURITY = 'sark/security-incident';

/** An installation that evaluates policies in its frontend, and whose SARK has its database elsewhere. */
function elsewhere(text: string): string {
  return text
    .replace(/policy-engine: \{.*\}/, 'policy-engine: { absent: true }')
    .replace('postgres: { statefulset: postgres }', 'postgres: { statefulset: moved-away }')
    .replace('    name: SARK\n', '    name: SARK\n    settings: { postgres_host: sark-postgres }\n');
}

describeWorld('Remedies that help', { delivery: 'http', platforms: true, config: elsewhere }, (world) => {
  /** What a diagnosis offers with a button. */
  function offered(room: string): readonly string[] {
    const { blocks } = messageWith(world(), room, 'Diagnosis:', 'in parallel');
    return buttonsOf(blocks)
      .filter(({ action }) => action === 'runbook.run')
      .map(({ value }) => value.split('#').at(-1) ?? '');
  }

  test('policies are reloaded by the frontend where there is no policy engine, and the plan says so', async () => {
    const situation = await commanded(world(), 'P1 aureus All queries are blocked');
    const { findings, steps } = await diagnose(world(), situation, POLICY);
    expect(steps.engine?.data.summary).toBe('There is no policy-engine here: tocsin.yml declares it absent.');
    expect(findings.join(' ')).not.toContain('policy engine workload');
    const before = readyPods(world(), 'frontend').map(({ metadata }) => metadata.uid);
    const plan = await request(world(), situation, `${POLICY} reload-policies The policies are old`);
    const card = cardText(world(), situation, plan);
    expect(card).toContain('Left out: Policy engine. There is no policy-engine here: tocsin.yml declares it absent.');
    expect(card).toContain('No evidence of “Policy engine log”: There is no policy-engine here');
    await approve(world(), ADA, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true, applied: [0] });
    expect(readyPods(world(), 'frontend').some(({ metadata }) => before.includes(metadata.uid))).toBe(false);
  });

  test('what is for P0 is not suggested in a P1, and no more than three remedies are', async () => {
    await breakIt(world(), 'policy-engine-down');
    const lesser = await commanded(world(), 'P1 aureus Some queries are blocked');
    await diagnose(world(), lesser, POLICY);
    expect(offered(lesser.room)).toEqual(['reload-policies', 'flush-cache']);
    const grave = await commanded(world(), 'P0 aureus All queries are blocked');
    await diagnose(world(), grave, POLICY);
    expect(offered(grave.room)).toEqual(['reload-policies', 'flush-cache', 'bypass']);
    await breakIt(world(), 'policy-engine-down', false);
  });

  test('a name that is not known says which setting is wrong, and suggests nothing that changes something', async () => {
    const situation = await commanded(world(), 'P1 sark The API cannot reach its database');
    const { findings, steps } = await diagnose(world(), situation, DATABASE);
    expect(steps.connection?.data.summary).toMatch(/^sark-postgres:5432 cannot be reached from .*: the name is not known there\.$/);
    expect(findings.join(' ')).toContain('The API does not know the name sark-postgres. Set postgres_host');
    expect(offered(situation.room)).toEqual([]);
  });

  test('a remedy does not fail, once it is approved, of the logs of a database that is elsewhere', async () => {
    const situation = await commanded(world(), 'P1 sark Too many connections');
    const plan = await request(world(), situation, `${DATABASE} scale-api Take the load away`);
    expect(cardText(world(), situation, plan)).toContain(
      'No evidence of “Log of postgres”: There is no such workload in this cluster: statefulset/moved-away',
    );
    await approveInVain(world(), ADA, situation, plan, 6);
    // That it was done is not that it helped: the API still does not know the name of its database.
    const done = await planOf(world(), situation.id);
    expect(done).toMatchObject({ status: 'applied', verified: false });
    expect(done.verification?.says).toContain('the name is not known there');
    const before = (await about(world(), plan, situation.id, 'evidence.captured')).filter(({ data }) => data.phase === 'before');
    expect(before.map(({ data }) => data.step)).toEqual(['pods', 'log', 'pool']);
  });

  test('what the diagnosis found stands in the form of its remedy', async () => {
    await breakIt(world(), 'compromised-server');
    const situation = await commanded(world(), 'P0 sark A server is compromised');
    const { findings, steps } = await diagnose(world(), situation, SECURITY);
    expect(steps.critical?.data.summary).toMatch(/CRITICAL event/);
    expect(findings.join(' ')).toMatch(
      /names? 1 server \([0-9a-f-]{36}\), \d+ users? \([^)]*@[^)]*\) and \d+ source address(es)? \(\d+\.\d+\.\d+\.\d+/,
    );
    const [server = 'none'] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(findings.join(' ')) ?? [];
    const board = messageWith(world(), situation.room, 'Diagnosis:', 'in parallel');
    const disable = buttonsOf(board.blocks).find(({ value }) => value.endsWith('#disable-server'));
    await world()
      .slack.as(ADA)
      .click(situation.room, board.ts, { action_id: 'runbook.run', value: disable?.value ?? '' });
    await world().settled();
    expect(fieldsOf(world().slack.views(ADA).at(-1)?.blocks)).toMatchObject({ arg_server: server });

    // The same where it was looked outside of an incident: of the diagnosis whose button is pressed.
    await world().say(ADA, DEMO.general, `/runbook diagnose ${SECURITY}`);
    const outside = messageWith(world(), DEMO.general, 'Diagnosis of', 'in parallel');
    const [run] = buttonsOf(outside.blocks).filter(({ action, value }) => action === 'runbook.run' && value.includes('#disable-server'));
    await world()
      .slack.as(ADA)
      .click(DEMO.general, outside.ts, { action_id: 'runbook.run', value: run?.value ?? '' });
    await world().settled();
    expect(fieldsOf(world().slack.views(ADA).at(-1)?.blocks)).toMatchObject({ arg_server: server });
    await breakIt(world(), 'compromised-server', false);
  });
});
