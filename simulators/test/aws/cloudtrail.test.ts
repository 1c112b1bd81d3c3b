import { LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { UpdateChatControlsConfigurationCommand } from '@aws-sdk/client-qbusiness';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Clients, clientsOf, MINUTE, refused, START, startStill } from './clients.ts';

let simulator: Awaited<ReturnType<typeof startStill>>;
let clients: Clients;
let wall: number;

beforeEach(async () => {
  wall = Date.now();
  simulator = await startStill({ wall: () => wall });
  clients = clientsOf(simulator);
});
afterEach(async () => {
  clients.close();
  await simulator.stop();
});

const UPDATES = [{ AttributeKey: 'EventName' as const, AttributeValue: 'UpdateChatControlsConfiguration' }];
const look = (input: LookupEventsCommandInput) => clients.cloudtrail.send(new LookupEventsCommand(input));

test('a change is recorded by itself, and found after the delay', async () => {
  const { applicationId } = simulator.vaultmesh.names;
  await clients.qbusiness.send(
    new UpdateChatControlsConfigurationCommand({ applicationId, blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['secret'] } }),
  );
  expect((await look({ LookupAttributes: UPDATES, StartTime: new Date(START - 1000) })).Events).toEqual([]);
  await simulator.pass(5 * MINUTE);
  const { Events = [] } = await look({ LookupAttributes: UPDATES, StartTime: new Date(START - 1000) });
  expect(Events).toMatchObject([{ Username: 'admin', EventSource: 'qbusiness.amazonaws.com', EventTime: new Date(START), ReadOnly: 'false' }]);
  expect(JSON.parse(Events[0]?.CloudTrailEvent ?? '')).toMatchObject({
    eventName: 'UpdateChatControlsConfiguration',
    eventTime: '2026-11-21T12:00:00Z',
    sourceIPAddress: '127.0.0.1',
    userAgent: expect.stringContaining('aws-sdk-js'),
    userIdentity: { type: 'IAMUser', userName: 'admin', arn: 'arn:aws:iam::123456789012:user/admin' },
    requestParameters: { applicationId, blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['secret'] } },
  });
});

test('a change in the console has its time and its user', async () => {
  simulator.vaultmesh.startConsoleChange({ by: 'trent', at: START - 20 * MINUTE });
  const { Events = [], NextToken } = await look({ LookupAttributes: UPDATES, MaxResults: 2 });
  expect(Events.map(({ Username }) => Username)).toEqual(['trent', 'GitHubActions']);
  expect(NextToken).toBeDefined();
  const rest = await look({ LookupAttributes: UPDATES, MaxResults: 2, NextToken });
  expect(rest.Events?.map(({ Username }) => Username)).toEqual(['GitHubActions']);
  expect(JSON.parse(Events[1]?.CloudTrailEvent ?? '')).toMatchObject({ userIdentity: { type: 'AssumedRole' } });
});

test('two look-ups a second, not more', async () => {
  await look({});
  await look({});
  expect(await refused(look({}))).toMatchObject({ name: 'ThrottlingException', status: 400 });
  wall += 1001;
  await look({});
});

test.each([
  [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
  [{ NextToken: 'made-up' }, 'InvalidNextTokenException'],
  [{ StartTime: new Date(2), EndTime: new Date(1) }, 'InvalidTimeRangeException'],
  [{ LookupAttributes: [...UPDATES, ...UPDATES] }, 'InvalidLookupAttributesException'],
])('%j is refused', async (input, name) => {
  expect(await refused(look(input))).toMatchObject({ name });
});
