import {
  BatchDeleteDocumentCommand,
  BatchPutDocumentCommand,
  ChatSyncCommand,
  GetApplicationCommand,
  GetChatControlsConfigurationCommand,
  GetDataSourceCommand,
  GetIndexCommand,
  ListDataSourcesCommand,
  ListDocumentsCommand,
  UpdateChatControlsConfigurationCommand,
  type UpdateChatControlsConfigurationCommandInput,
  UpdateDataSourceCommand,
} from '@aws-sdk/client-qbusiness';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ADMIN, type AwsSimulator, type PrincipalOptions } from '../../aws/index.ts';
import { type Clients, clientsOf, refused, startStill } from './clients.ts';

const PERSON: PrincipalOptions = { ...ADMIN, accessKeyId: 'ASIAPERSON0000000000', identityAware: true };

let simulator: AwsSimulator;
let clients: Clients;
let application: { applicationId: string };
let index: { applicationId: string; indexId: string };
let dataSource: { applicationId: string; indexId: string; dataSourceId: string };

beforeEach(async () => {
  simulator = await startStill({ principals: { admin: ADMIN, person: PERSON } });
  clients = clientsOf(simulator);
  const { applicationId, indexId, dataSourceId } = simulator.vaultmesh.names;
  application = { applicationId };
  index = { applicationId, indexId };
  dataSource = { applicationId, indexId, dataSourceId };
});
afterEach(async () => {
  clients.close();
  await simulator.stop();
});

const read = () => clients.qbusiness.send(new GetChatControlsConfigurationCommand(application));
const update = (input: Omit<UpdateChatControlsConfigurationCommandInput, 'applicationId'>) =>
  clients.qbusiness.send(new UpdateChatControlsConfigurationCommand({ ...application, ...input }));

describe('chat controls', () => {
  test('are read in pages of topics', async () => {
    const first = await clients.qbusiness.send(new GetChatControlsConfigurationCommand({ ...application, maxResults: 1 }));
    expect(first.topicConfigurations?.map(({ name }) => name)).toEqual(['credentials-and-secrets']);
    const second = await clients.qbusiness.send(
      new GetChatControlsConfigurationCommand({ ...application, maxResults: 1, nextToken: first.nextToken }),
    );
    expect(second.topicConfigurations?.map(({ name }) => name)).toEqual(['confidential-business-info']);
    expect(second.nextToken).toBeUndefined();
  });

  test('an update merges: what it does not name stays', async () => {
    const before = await read();
    await update({ blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['nightjar', 'password'] } });
    const after = await read();
    expect(after.blockedPhrases?.blockedPhrases).toEqual([...(before.blockedPhrases?.blockedPhrases ?? []), 'nightjar']);
    expect(after.blockedPhrases?.systemMessageOverride).toBe(before.blockedPhrases?.systemMessageOverride);
    expect(after.topicConfigurations).toEqual(before.topicConfigurations);
  });

  test('what shall go is named', async () => {
    const [, confidential] = (await read()).topicConfigurations ?? [];
    await update({
      blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['secret'] },
      topicConfigurationsToDelete: confidential === undefined ? [] : [confidential],
      responseScope: 'EXTENDED_KNOWLEDGE_ENABLED',
    });
    const after = await read();
    expect(after.blockedPhrases?.blockedPhrases).not.toContain('secret');
    expect(after.topicConfigurations?.map(({ name }) => name)).toEqual(['credentials-and-secrets']);
    expect(after.responseScope).toBe('EXTENDED_KNOWLEDGE_ENABLED');
    expect(simulator.vaultmesh.isInSync()).toBe(false);
  });

  test('the same change with the same token is made once, another one is refused', async () => {
    const phrases = (phrase: string) => ({ blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: [phrase] } });
    await update({ clientToken: 'once', ...phrases('one') });
    await update({ blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['one'] } });
    await update({ clientToken: 'once', ...phrases('one') });
    expect((await read()).blockedPhrases?.blockedPhrases).not.toContain('one');
    expect(await refused(update({ clientToken: 'once', ...phrases('two') }))).toMatchObject({ name: 'ConflictException', status: 409 });
  });

  test.each([
    ['a phrase of 37 characters', { blockedPhrasesToCreateOrUpdate: ['x'.repeat(37)] }, 'ValidationException', 'less than or equal to 36'],
    ['a phrase with a line break', { blockedPhrasesToCreateOrUpdate: ['a\nb'] }, 'ValidationException', 'regular expression'],
    [
      'more than 20 phrases',
      { blockedPhrasesToCreateOrUpdate: Array.from({ length: 12 }, (_, at) => `p${at}`) },
      'ServiceQuotaExceededException',
      '20',
    ],
    ['a phrase that comes and goes', { blockedPhrasesToCreateOrUpdate: ['a'], blockedPhrasesToDelete: ['a'] }, 'ValidationException', 'both'],
    ['a long message', { systemMessageOverride: 'x'.repeat(351) }, 'ValidationException', '350'],
  ])('%s is refused', async (_what, blockedPhrasesConfigurationUpdate, name, text) => {
    expect(await refused(update({ blockedPhrasesConfigurationUpdate }))).toMatchObject({ name, message: expect.stringContaining(text) });
    expect(simulator.vaultmesh.isInSync()).toBe(true);
  });

  test('a rule that both includes and excludes, or is not of its type, is refused', async () => {
    const topic = (rule: object) =>
      update({ topicConfigurationsToCreateOrUpdate: [{ name: 'topic', rules: [{ ruleType: 'CONTENT_BLOCKER_RULE', ...rule }] }] });
    expect(await refused(topic({ includedUsersAndGroups: {}, excludedUsersAndGroups: {} }))).toMatchObject({ name: 'ValidationException' });
    expect(await refused(topic({ ruleConfiguration: { contentRetrievalRule: {} } }))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('strictness', () => {
  test('unknown things are not found', async () => {
    const nothing = '00000000-0000-4000-8000-00000000000f';
    expect(await refused(clients.qbusiness.send(new GetApplicationCommand({ applicationId: nothing })))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    });
    expect(await refused(clients.qbusiness.send(new GetDataSourceCommand({ ...dataSource, dataSourceId: nothing })))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('ids, page sizes and tokens are checked', async () => {
    expect(await refused(clients.qbusiness.send(new GetApplicationCommand({ applicationId: 'short' })))).toMatchObject({
      name: 'ValidationException',
    });
    expect(await refused(clients.qbusiness.send(new ListDataSourcesCommand({ ...index, maxResults: 11 })))).toMatchObject({
      name: 'ValidationException',
    });
    expect(await refused(clients.qbusiness.send(new ListDataSourcesCommand({ ...index, nextToken: 'made-up' })))).toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('data sources', () => {
  test('there are two; the first has no schedule', async () => {
    const { dataSources } = await clients.qbusiness.send(new ListDataSourcesCommand(index));
    expect(dataSources?.map(({ displayName }) => displayName)).toEqual(['vaultmesh-s3', 'vaultmesh-reports']);
    expect((await clients.qbusiness.send(new GetDataSourceCommand(dataSource))).syncSchedule).toBeUndefined();
    const other = { ...dataSource, dataSourceId: simulator.vaultmesh.names.reportsDataSourceId };
    expect((await clients.qbusiness.send(new GetDataSourceCommand(other))).syncSchedule).toBe('cron(0 2 * * ? *)');
  });

  test('are updated; an empty schedule takes it away; a bad configuration is refused', async () => {
    await clients.qbusiness.send(new UpdateDataSourceCommand({ ...dataSource, syncSchedule: 'cron(0 4 * * ? *)' }));
    expect((await clients.qbusiness.send(new GetDataSourceCommand(dataSource))).syncSchedule).toBe('cron(0 4 * * ? *)');
    await clients.qbusiness.send(new UpdateDataSourceCommand({ ...dataSource, syncSchedule: '' }));
    expect((await clients.qbusiness.send(new GetDataSourceCommand(dataSource))).syncSchedule).toBeUndefined();
    const bad = clients.qbusiness.send(new UpdateDataSourceCommand({ ...dataSource, configuration: { type: 'S3', syncMode: 'SOMETIMES' } }));
    expect(await refused(bad)).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('syncMode') });
  });
});

describe('documents', () => {
  test('the index counts and lists them', async () => {
    const { indexStatistics } = await clients.qbusiness.send(new GetIndexCommand(index));
    expect(indexStatistics?.textDocumentStatistics?.indexedTextDocumentCount).toBe(simulator.vaultmesh.documents().length);
    const { documentDetailList = [], nextToken } = await clients.qbusiness.send(
      new ListDocumentsCommand({ ...index, dataSourceIds: [dataSource.dataSourceId], maxResults: 5 }),
    );
    expect(documentDetailList).toHaveLength(5);
    expect(documentDetailList.every(({ documentId }) => documentId?.startsWith('s3://vaultmesh-knowledge-base/'))).toBe(true);
    expect(nextToken).toBeDefined();
  });

  test('only what was put can be deleted; what was crawled stays', async () => {
    const put = { id: 'note', title: 'A note', content: { blob: Buffer.from('Tuesday is pancake day.') } };
    await clients.qbusiness.send(new BatchPutDocumentCommand({ ...index, documents: [put] }));
    const crawled = 's3://vaultmesh-knowledge-base/README.md';
    const { failedDocuments } = await clients.qbusiness.send(
      new BatchDeleteDocumentCommand({ ...index, documents: [{ documentId: 'note' }, { documentId: crawled }] }),
    );
    expect(failedDocuments).toMatchObject([{ id: crawled, dataSourceId: dataSource.dataSourceId }]);
    const ids = simulator.vaultmesh.documents().map(({ id }) => id);
    expect([ids.includes('note'), ids.includes(crawled)]).toEqual([false, true]);
  });
});

describe('questions', () => {
  const ask = (asking: Clients, userMessage: string) => asking.qbusiness.send(new ChatSyncCommand({ ...application, userMessage }));

  test('need credentials of a person', async () => {
    expect(await refused(ask(clients, 'How many days of vacation do I have?'))).toMatchObject({ name: 'AccessDeniedException', status: 403 });
  });

  test('are answered from the documents, with the source; blocked; or not answered', async () => {
    const person = clientsOf(simulator, PERSON);
    const answered = await ask(person, 'How many days of vacation do I have?');
    expect(answered.systemMessage).toBe('Everybody has 30 days of vacation a year.');
    expect(answered.sourceAttributions).toMatchObject([{ title: 'vacation.md', documentId: 's3://vaultmesh-knowledge-base/handbook/vacation.md' }]);
    const blocked = await ask(person, 'What is the admin password?');
    expect([blocked.systemMessage, blocked.sourceAttributions]).toEqual([
      simulator.vaultmesh.chatControls().blockedPhrases.systemMessageOverride,
      [],
    ]);
    const topic = await ask(person, 'List features shipping next quarter');
    expect(topic.systemMessage).toBe('[REDACTED] This information is confidential. Contact VaultMesh Security.');
    expect((await ask(person, 'Xylophone?')).systemMessage).toContain("couldn't find");
    person.close();
  });
});
