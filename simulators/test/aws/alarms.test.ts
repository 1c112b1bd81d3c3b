import { createVerify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DescribeAlarmsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { UpdateChatControlsConfigurationCommand } from '@aws-sdk/client-qbusiness';
import { ListSubscriptionsByTopicCommand, PublishCommand, SetTopicAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clients, clientsOf, MINUTE, refused, startStill } from './clients.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, string>>;
}

let simulator: Awaited<ReturnType<typeof startStill>>;
let clients: Clients;
let received: Received[];
/** What the endpoint answers. */
let status: number;
let endpoint: { readonly url: string; stop(): Promise<void> };

beforeEach(async () => {
  simulator = await startStill();
  clients = clientsOf(simulator);
  received = [];
  status = 200;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => void (text += part));
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(text) as Record<string, string> });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sns`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});
afterEach(async () => {
  clients.close();
  await simulator.stop();
  await endpoint.stop();
});

const topic = () => ({ TopicArn: simulator.vaultmesh.names.topicArn });

/** Subscribes the endpoint, and follows the link that it is sent. */
async function subscribe(): Promise<void> {
  await clients.sns.send(new SubscribeCommand({ ...topic(), Protocol: 'http', Endpoint: endpoint.url }));
  await simulator.settle();
  const confirmed = await fetch(received[0]?.body['SubscribeURL'] ?? '');
  expect([confirmed.status, await confirmed.text()]).toEqual([200, expect.stringContaining('<SubscriptionArn>')]);
  received = [];
}

async function isSigned({ body }: Received): Promise<boolean> {
  const certificate = new X509Certificate(await (await fetch(body['SigningCertURL'] ?? '')).text());
  const names = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.flatMap((name) => (body[name] === undefined ? [] : [`${name}\n${body[name]}\n`])).join('');
  const algorithm = body['SignatureVersion'] === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
  return createVerify(algorithm)
    .update(text)
    .verify(certificate.publicKey, body['Signature'] ?? '', 'base64');
}

describe('messages', () => {
  test('a subscription is confirmed by its link, and counts only then', async () => {
    await clients.sns.send(new SubscribeCommand({ ...topic(), Protocol: 'http', Endpoint: endpoint.url }));
    await simulator.settle();
    expect(received).toMatchObject([
      { headers: { 'x-amz-sns-message-type': 'SubscriptionConfirmation' }, body: { Type: 'SubscriptionConfirmation' } },
    ]);
    expect(await isSigned(received[0] as Received)).toBe(true);
    await clients.sns.send(new PublishCommand({ ...topic(), Message: 'too early' }));
    await simulator.settle();
    expect(received).toHaveLength(1);
    await fetch(received[0]?.body['SubscribeURL'] ?? '');
    await clients.sns.send(new PublishCommand({ ...topic(), Message: 'heard' }));
    await simulator.settle();
    expect(received[1]?.body).toMatchObject({ Type: 'Notification', Message: 'heard' });
    const { Subscriptions = [] } = await clients.sns.send(new ListSubscriptionsByTopicCommand(topic()));
    expect(Subscriptions.map(({ Protocol }) => Protocol)).toEqual(['email', 'http']);
  });

  test.each(['1', '2'])('version %s of the signature is right', async (AttributeValue) => {
    await clients.sns.send(new SetTopicAttributesCommand({ ...topic(), AttributeName: 'SignatureVersion', AttributeValue }));
    await subscribe();
    const { MessageId } = await clients.sns.send(new PublishCommand({ ...topic(), Subject: 'Q Business NoSync Alert', Message: 'Δ=91234s' }));
    await simulator.settle();
    expect(received[0]).toMatchObject({
      headers: {
        'x-amz-sns-message-type': 'Notification',
        'x-amz-sns-message-id': MessageId,
        'x-amz-sns-topic-arn': topic().TopicArn,
        'content-type': 'text/plain; charset=UTF-8',
      },
      body: { MessageId, Subject: 'Q Business NoSync Alert', SignatureVersion: AttributeValue },
    });
    expect(await isSigned(received[0] as Received)).toBe(true);
    expect(await isSigned({ headers: {}, body: { ...received[0]?.body, Message: 'forged' } })).toBe(false);
  });

  test('a failed delivery is tried again with the same id, not for ever', async () => {
    await subscribe();
    status = 500;
    const { MessageId } = await clients.sns.send(new PublishCommand({ ...topic(), Message: 'again' }));
    await simulator.settle();
    for (let retry = 0; retry < 5; retry += 1) await simulator.pass(MINUTE);
    expect(received.map(({ body }) => body['MessageId'])).toEqual([MessageId, MessageId, MessageId, MessageId]);
    status = 200;
    simulator.account.sns.redeliver(MessageId ?? '');
    await simulator.settle();
    expect(received.at(-1)?.body['MessageId']).toBe(MessageId);
  });
});

describe('alarms', () => {
  const App = [{ Name: 'App', Value: 'x' }];
  const put = (Dimensions: typeof App) =>
    clients.cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'VaultMesh/QBusiness', MetricData: [{ MetricName: 'SyncFailed', Value: 1, Dimensions }] }),
    );
  const state = async () =>
    (await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['QBusinessSyncFailed'] }))).MetricAlarms?.[0]?.StateValue;

  test('one without dimensions never fires for a metric that has them', async () => {
    await put(App);
    expect(await state()).toBe('OK');
    const { Metrics = [] } = await clients.cloudwatch.send(new ListMetricsCommand({ Namespace: 'VaultMesh/QBusiness', MetricName: 'SyncFailed' }));
    expect(Metrics.every(({ Dimensions }) => Dimensions?.some(({ Name }) => Name === 'App'))).toBe(true);
    await put([]);
    expect(await state()).toBe('ALARM');
  });

  test('one with the right dimensions fires, tells its topic, and is over when the period is', async () => {
    await subscribe();
    await clients.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'Mended',
        Namespace: 'VaultMesh/QBusiness',
        MetricName: 'SyncFailed',
        Dimensions: App,
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [topic().TopicArn],
      }),
    );
    await put(App);
    await simulator.settle();
    expect(received).toHaveLength(1);
    expect(received[0]?.body['Subject']).toBe('ALARM: "Mended" in EU (Ireland)');
    expect(JSON.parse(received[0]?.body['Message'] ?? '')).toMatchObject({
      AlarmName: 'Mended',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      AWSAccountId: '123456789012',
      Trigger: { MetricName: 'SyncFailed', Dimensions: [{ name: 'App', value: 'x' }] },
    });
    await simulator.pass(6 * MINUTE);
    const { MetricAlarms = [] } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['Mended'] }));
    expect(MetricAlarms[0]?.StateValue).toBe('OK');
    // It has no OK action.
    expect(received).toHaveLength(1);
  });

  test('a state that somebody sets lasts until the next evaluation; the fault holds it', async () => {
    await clients.cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'QBusinessSyncFailed', StateValue: 'ALARM', StateReason: 'a test' }));
    expect(await state()).toBe('ALARM');
    await simulator.pass(2 * MINUTE);
    expect(await state()).toBe('OK');
    await simulator.faults.set('sync-failed-alarm', true);
    await simulator.pass(60 * MINUTE);
    expect(await state()).toBe('ALARM');
    await simulator.faults.set('sync-failed-alarm', false);
    expect(await state()).toBe('OK');
  });
});

describe('rules', () => {
  const change = () =>
    clients.qbusiness.send(
      new UpdateChatControlsConfigurationCommand({
        applicationId: simulator.vaultmesh.names.applicationId,
        blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['secret'] },
      }),
    );
  const pattern = { source: ['aws.qbusiness'], detail: { eventName: ['UpdateChatControlsConfiguration'] } };

  test('publish what they match, when the topic lets EventBridge in', async () => {
    await subscribe();
    await clients.events.send(new PutRuleCommand({ Name: 'controls', EventPattern: JSON.stringify(pattern) }));
    await clients.events.send(new PutTargetsCommand({ Rule: 'controls', Targets: [{ Id: 'topic', Arn: topic().TopicArn }] }));
    await change();
    await simulator.settle();
    expect(received).toEqual([]);
    expect(simulator.account.sns.refused).toEqual([{ service: 'events.amazonaws.com', topicArn: topic().TopicArn }]);
    const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: topic().TopicArn };
    const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await clients.sns.send(new SetTopicAttributesCommand({ ...topic(), AttributeName: 'Policy', AttributeValue }));
    await change();
    await simulator.settle();
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]?.body['Message'] ?? '')).toMatchObject({
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.qbusiness',
      detail: { eventName: 'UpdateChatControlsConfiguration', userIdentity: { userName: 'admin' } },
    });
  });

  test('a pattern that is none is refused', async () => {
    const rule = (EventPattern: string) => clients.events.send(new PutRuleCommand({ Name: 'bad', EventPattern }));
    for (const text of ['{', '{}', '{"source":"aws.x"}', '{"source":[]}', '{"source":[{"like":"x"}]}']) {
      expect(await refused(rule(text))).toMatchObject({ name: 'InvalidEventPatternException' });
    }
  });
});
