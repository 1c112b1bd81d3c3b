import { expect, test } from '@jest/globals';
import { NAMES } from '../../simulators/aws/vaultmesh/names.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, commanded, GRACE, MARIE, planOf, request } from '../e2e/helpers/remedies.ts';
import { about, cardText, diagnose, diagnosed } from '../e2e/helpers/runbooks.ts';
import { blockPhrase, CONTROLS, vaultmesh } from '../e2e/helpers/vaultmesh.ts';

const VERIFY = 'vaultmesh-qbusiness/sync-verify';
const IDENTITY = 'The operation requires identity-aware credentials of a user with a subscription to the application.';

describeWorld('VaultMesh: does the knowledge base work', { delivery: 'http', platforms: true }, (world) => {
  const aws = () => vaultmesh(world()).aws;
  const seen = () => aws().vaultmesh;
  /** A sync of which nobody sees that it takes time. */
  function sync(): void {
    aws().account.qbusiness.syncTakesMs = 0;
    seen().startSync();
  }

  test('[VQ-18] [VQ-19] a probe question is answered with its sources, the alarms are OK, and the figures of the index are those of now', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Is it mended?');
    const before = await diagnosed(world(), situation, '/sync verify', VERIFY);
    expect(before.findings[0]).toBe(
      'The knowledge base works: a question is answered, the alarms are OK, the newest sync has succeeded and the index is active.',
    );
    const figures = /: (\d+) documents,/;
    const count = Number(figures.exec(String(before.steps.index?.data.summary))?.[1]);
    expect(count).toBe(seen().documents().length);
    expect(before.steps.alarms?.text).toMatch(/^alarm\tstate\tsince\t.*\nQBusinessSyncFailed\tOK\t/);
    expect(before.findings.join('\n')).toMatch(/^QBusinessSyncFailed cannot fire: .* data with App=/m);
    const [question, , answer, , ...sources] = (before.steps.probe?.text ?? '').split('\n');
    expect(question).toBe('How many days of vacation does everybody have?');
    expect(answer).toBe('Everybody has 30 days of vacation a year.');
    expect(sources.join('\n')).toContain('vacation.md https://vaultmesh-knowledge-base.s3.amazonaws.com/handbook/vacation.md');
    expect(before.board).toContain('Everybody has 30 days of vacation a year.');
    expect(before.board).toContain('handbook/vacation.md');

    seen().putObject(NAMES.knowledgeBucket, 'handbook/parking.md', '# Parking\n\nThere is room for nine cars.\n');
    await world().later(2);
    sync();
    seen().holdAlarm(NAMES.alarm, 'ALARM');
    const after = await diagnosed(world(), situation, '/sync verify', VERIFY);
    expect(Number(figures.exec(String(after.steps.index?.data.summary))?.[1])).toBe(seen().documents().length);
    expect(
      seen()
        .documents()
        .some(({ id }) => id.endsWith('parking.md')),
    ).toBe(true);
    expect(after.findings).toContain('An alarm is not OK.');
    expect(after.findings.join('\n')).not.toContain('It works');
    seen().holdAlarm(NAMES.alarm, null);
  });

  test('[VQ-18] where the credentials may not ask, a person tries it and confirms, by name', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Is it mended?');
    aws().failures.add({ service: 'qbusiness', operation: 'ChatSync', status: 403, code: 'AccessDeniedException', message: IDENTITY, times: 10 });
    const { findings, suggests } = await diagnosed(world(), situation, '/sync verify', VERIFY);
    aws().failures.clear();
    expect(findings.join('\n')).toContain('Tocsin’s credentials cannot ask a question, so a person has to try it.');
    expect(findings.join('\n')).toContain('ChatSync needs credentials that identify the person who asks: ask in the web experience');
    expect(findings.join('\n')).not.toContain('It works');
    expect(suggests).toEqual(['confirm-answers']);
    const plan = await request(world(), situation, `${VERIFY} confirm-answers somebody has to`);
    expect(cardText(world(), situation, plan)).toContain('Approve only what you have seen yourself');
    expect(await about(world(), plan, situation.id, 'change.applied')).toEqual([]);
    await approve(world(), GRACE, situation, plan);
    const [given] = await about(world(), plan, situation.id, 'approval.given');
    expect(given?.actor.id).toBe(GRACE);
    const [applied] = await about(world(), plan, situation.id, 'change.applied');
    expect(applied?.data.summary).toBe('Confirmed: Questions in the web experience are answered with current content');
  });

  test('[VQ-24] unauthorised documents are removed at their source, a sync runs, and the index no longer has them', async () => {
    const keys = ['salaries/2026.md', 'salaries/bonus.md'];
    for (const key of keys) seen().putObject(NAMES.knowledgeBucket, key, `# Salaries\n\nAda earns more than Grace: ${key}.\n`);
    await world().later(2);
    sync();
    const indexed = () =>
      seen()
        .documents()
        .map(({ id }) => id)
        .filter((id) => id.includes('salaries/'));
    expect(indexed()).toHaveLength(2);
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Salaries can be asked for');
    const look = await diagnose(world(), situation, 'vaultmesh-qbusiness/unauthorised-content');
    expect(look.findings).toEqual(['2 objects in the bucket outside the allowed prefixes.', `In the index: ${keys.join(', ')}.`]);
    const plan = await request(world(), situation, 'unauthorised-content remove-documents they are confidential');
    const card = cardText(world(), situation, plan);
    for (const key of keys) expect(card).toMatch(new RegExp(`- ${key} {2}\\d+ B of \\d{4}-`));
    await approve(world(), ADA, situation, plan);
    expect(indexed()).toHaveLength(2);
    const jobs = seen().syncJobs().length;
    await world().later(2);
    await approve(world(), MARIE, situation, plan);

    expect(seen().objects(NAMES.knowledgeBucket, 'salaries/')).toEqual([]);
    const versions = seen().versions(NAMES.knowledgeBucket, 'salaries/');
    expect(versions.filter(({ deleteMarker, latest }) => deleteMarker && latest)).toHaveLength(2);
    expect(versions.filter(({ text }) => text?.includes('Ada earns more'))).toHaveLength(2);
    expect(seen().syncJobs()).toHaveLength(jobs + 1);
    expect(seen().syncJobs()[0]?.metrics.deleted).toBe(2);
    expect(indexed()).toEqual([]);
    const [captured] = await about(world(), plan, situation.id, 'evidence.captured');
    expect(captured?.text).toContain('salaries/2026.md');
    const applied = await about(world(), plan, situation.id, 'change.applied');
    expect(applied.map(({ data }) => data.summary)).toEqual([
      'Deleted 2 objects from s3://vaultmesh-knowledge-base.',
      `Started a sync of docs (${seen().syncJobs()[0]?.executionId}).`,
    ]);
    const [verified] = await about(world(), plan, situation.id, 'change.verified');
    expect(verified?.data).toMatchObject({ passed: true, summary: expect.stringContaining('none of 2 named objects') });
  });

  test('[VQ-09] guardrails that block: the last deployment is shown, and a pull request that reverts it is opened', async () => {
    const { github } = vaultmesh(world());
    const source = github.repository.file(CONTROLS) ?? '';
    const blocking = source.replace('"bearer token",', '"bearer token",\n      "vacation",');
    const sha = github.as('hedy').push('master', { [CONTROLS]: blocking }, 'Guardrails: block vacations');
    blockPhrase(world(), 'vacation');
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Questions are blocked');
    const look = await diagnose(world(), situation, 'vaultmesh-qbusiness/guardrail-blocking');
    expect(look.findings.join('\n')).toContain(`The guardrails block a harmless question. The last deployment was ${sha} by hedy`);
    expect(look.steps.commits?.text).toContain('Guardrails: block vacations');
    expect(look.suggests).toContain('revert-deployment');

    const plan = await request(world(), situation, 'guardrail-blocking revert-deployment it blocks harmless questions');
    const card = cardText(world(), situation, plan);
    expect(card).toContain('vacation');
    expect(card).toContain('by hedy');
    expect(github.repository.pulls().filter(({ state }) => state === 'open')).toEqual([]);
    await approve(world(), ADA, situation, plan);
    const [pull, ...others] = github.repository.pulls().filter(({ state }) => state === 'open');
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ base: 'master', title: `Revert "Guardrails: block vacations" (${sha})` });
    expect(github.repository.file(CONTROLS, pull?.head)).toBe(source);
    expect(github.repository.file(CONTROLS)).toBe(blocking);
    const [applied] = await about(world(), plan, situation.id, 'change.applied');
    expect(applied?.data.summary).toContain(`#${pull?.number}`);
    expect((await planOf(world(), situation.id)).status).toBe('applied');
    blockPhrase(world(), 'vacation', false);
  });
});
