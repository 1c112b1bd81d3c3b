import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { qbusinessApplyChatControls } from '../../../src/actions/qbusiness/apply-chat-controls.ts';
import { qbusinessChatControls } from '../../../src/actions/qbusiness/chat-controls.ts';
import { AwsError } from '../../../src/ports/aws.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { losingAnswers, startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const READ_ONLY = { Version: '2012-10-17' as const, Statement: [{ Effect: 'Allow' as const, Action: 'qbusiness:Get*', Resource: '*' }] };

beforeAll(async () => {
  world = await startWorld({ policies: { reader: READ_ONLY } });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.aws.failures.clear();
  world.aws.vaultmesh.endConsoleChange();
});

const applying = () => step(qbusinessApplyChatControls, { target: 'oracle', source: JSON.parse(world.aws.vaultmesh.source()) });
const updates = () => world.aws.calls.filter(({ operation, allowed }) => operation === 'UpdateChatControlsConfiguration' && allowed).length;

describe('qbusiness.chat-controls', () => {
  test('reads them fresh', async () => {
    const { output, summary, files } = await read(qbusinessChatControls, { target: 'oracle' }, world.context());
    expect(output).toMatchObject({ phrases: 9, topics: ['credentials-and-secrets', 'confidential-business-info'], scope: 'ENTERPRISE_CONTENT_ONLY' });
    expect(summary).toBe('9 blocked phrases, 2 topics (credentials-and-secrets, confidential-business-info), ENTERPRISE_CONTENT_ONLY');
    expect(files?.map(({ name, content }) => [name, JSON.parse(content)])).toEqual([['chat-controls-oracle.json', output['controls']]]);
    world.aws.vaultmesh.startConsoleChange();
    const changed = await read(qbusinessChatControls, { target: 'oracle' }, world.context());
    expect(changed.output).toMatchObject({ phrases: 9, topics: ['credentials-and-secrets'] });
    expect(changed.output['digest']).not.toBe(output['digest']);
  });

  test('an application that is not there, and one that may not be read', async () => {
    await expect(read(qbusinessChatControls, { target: 'gone' }, world.context())).rejects.toMatchObject({ reason: 'not-found' });
    await expect(read(qbusinessChatControls, { target: 'oracle' }, world.context({ as: 'nobody' }))).rejects.toMatchObject({ reason: 'denied' });
    expect(await preflightOf(qbusinessChatControls, { target: 'gone' }, world.context())).toMatchObject([{ state: 'failure' }]);
    expect(await preflightOf(qbusinessChatControls, { target: 'oracle' }, world.context())).toMatchObject([
      { state: 'ok', what: 'The application oracle blocks 9 phrases and 2 topics' },
    ]);
  });
});

describe('qbusiness.apply-chat-controls', () => {
  test('the plan says what it deletes, applying makes it equal, once', async () => {
    world.aws.vaultmesh.startConsoleChange();
    const plan = await applying().plan(world.context());
    expect(plan.summary).toBe(
      'Makes the chat controls of oracle match the source: blocked phrase “project nightjar” is removed, blocked phrase “secret” is added, topic “confidential-business-info” is added',
    );
    expect(plan.diff?.split('\n').slice(0, 3)).toEqual([
      '- blocked phrase: "project nightjar"',
      '+ blocked phrase: "secret"',
      '+ topic confidential-business-info',
    ]);
    expect(plan).toMatchObject({ changes: true, notes: [], noPlan: null });
    expect(world.aws.vaultmesh.isInSync()).toBe(false);
    const before = updates();
    expect(await applying().apply(plan, world.context())).toMatchObject({ equal: true, already: false, calls: 1 });
    expect(world.aws.vaultmesh.isInSync()).toBe(true);
    expect(await applying().apply(plan, world.context())).toMatchObject({ equal: true, already: true, calls: 0 });
    expect(updates()).toBe(before + 1);
  });

  test('in sync there is nothing to do', async () => {
    expect(await applying().plan(world.context())).toMatchObject({ changes: false, diff: null, noPlan: 'Nothing would change.' });
  });

  test('an answer that is lost is no failure, as it is read back', async () => {
    world.aws.vaultmesh.startConsoleChange();
    const plan = await applying().plan(world.context());
    const before = updates();
    const wrap = losingAnswers(['updateChatControls'], () => new AwsError('uncertain', 'No answer.'));
    expect(await applying().apply(plan, world.context({ wrap }))).toMatchObject({ equal: true });
    expect([world.aws.vaultmesh.isInSync(), updates()]).toEqual([true, before + 1]);
  });

  test('a try that was cut off between two calls goes on where it stood', async () => {
    const application = world.aws.account.qbusiness.applications.get(world.aws.vaultmesh.names.applicationId);
    if (application === undefined) throw new Error('no application');
    const phrases = Array.from({ length: 19 }, (_, index) => `by hand ${index}`);
    application.controls = { ...application.controls, blockedPhrases: { ...application.controls.blockedPhrases, blockedPhrases: phrases } };
    const plan = await applying().plan(world.context());
    expect(plan.notes).toEqual(['The API’s limits need 2 calls: for some seconds between them, less is blocked than before.']);
    const wrap = losingAnswers(['updateChatControls'], () => new AwsError('unreachable', 'Gone.'));
    await expect(applying().apply(plan, world.context({ wrap }))).rejects.toMatchObject({ reason: 'unreachable' });
    expect(application.controls.blockedPhrases.blockedPhrases).toEqual([]);
    expect(await applying().apply(plan, world.context())).toMatchObject({ equal: true, calls: 1 });
    expect(world.aws.vaultmesh.isInSync()).toBe(true);
  });

  test('a plan that is stale is refused', async () => {
    world.aws.vaultmesh.startConsoleChange();
    const plan = await applying().plan(world.context());
    const application = world.aws.account.qbusiness.applications.get(world.aws.vaultmesh.names.applicationId);
    if (application === undefined) throw new Error('no application');
    application.controls = { ...application.controls, responseScope: 'EXTENDED_KNOWLEDGE_ENABLED' };
    await expect(applying().apply(plan, world.context())).rejects.toMatchObject({ code: 'plan-stale' });
  });

  test('a revert puts back exactly what was there, and finds it done', async () => {
    world.aws.vaultmesh.startConsoleChange();
    const before = structuredClone(world.aws.vaultmesh.chatControls());
    for (const _round of [1, 2]) {
      const plan = await applying().plan(world.context());
      await applying().apply(plan, world.context(), `run:${_round}`);
      expect(await applying().revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
      const now = world.aws.vaultmesh.chatControls();
      expect([...now.blockedPhrases.blockedPhrases].sort()).toEqual([...before.blockedPhrases.blockedPhrases].sort());
      expect(now.topicConfigurations).toHaveLength(before.topicConfigurations.length);
      expect(await applying().revert(plan, world.context())).toMatchObject({ kind: 'already' });
    }
  });

  test('a revert does not overwrite what somebody else did meanwhile, unless told to', async () => {
    world.aws.vaultmesh.startConsoleChange();
    const plan = await applying().plan(world.context());
    await applying().apply(plan, world.context(), 'run:other');
    const application = world.aws.account.qbusiness.applications.get(world.aws.vaultmesh.names.applicationId);
    if (application === undefined) throw new Error('no application');
    const { blockedPhrases } = application.controls;
    application.controls = {
      ...application.controls,
      blockedPhrases: { ...blockedPhrases, blockedPhrases: [...blockedPhrases.blockedPhrases, 'by grace'] },
    };
    const conflict = await applying().revert(plan, world.context());
    expect(conflict).toMatchObject({ kind: 'conflict' });
    expect(conflict.kind === 'conflict' && conflict.diff).toContain('- blocked phrase: "by grace"');
    expect(await applying().revert(plan, world.context(), true)).toMatchObject({ kind: 'reverted' });
    expect(world.aws.vaultmesh.chatControls().blockedPhrases.blockedPhrases).not.toContain('by grace');
  });

  test('limits are looked at before anything is sent', async () => {
    const source = { blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['x'.repeat(40)] } };
    const before = updates();
    await expect(step(qbusinessApplyChatControls, { target: 'oracle', source }).plan(world.context())).rejects.toMatchObject({
      code: 'controls-limits',
    });
    expect(updates()).toBe(before);
  });

  test.each([
    [null, 'source-missing'],
    ['⟨diagnose.source.json⟩', 'source-missing'],
    ['no json', 'source-shape'],
    [{ responseScope: 'ENTERPRISE_CONTENT_ONLY' }, 'source-shape'],
  ])('a source that is none is refused (%#)', async (source, code) => {
    await expect(step(qbusinessApplyChatControls, { target: 'oracle', source }).plan(world.context())).rejects.toMatchObject({ code });
  });

  test('what may not be changed is said beforehand and then', async () => {
    const checks = await preflightOf(qbusinessApplyChatControls, { target: 'oracle', source: null }, world.context({ as: 'reader' }));
    expect(checks.map(({ state }) => state)).toEqual(['ok', 'warning']);
    world.aws.vaultmesh.startConsoleChange();
    const plan = await applying().plan(world.context({ as: 'reader' }));
    await expect(applying().apply(plan, world.context({ as: 'reader' }))).rejects.toThrow(
      /^qbusiness:UpdateChatControlsConfiguration on arn:aws:qbusiness:eu-west-1:123456789012:application/,
    );
    expect(world.aws.vaultmesh.isInSync()).toBe(false);
  });
});
