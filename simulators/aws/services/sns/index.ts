import { z } from 'zod';
import type { Account } from '../../account.ts';
import { ApiError } from '../../protocol/error.ts';
import { textBoolean } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { operation, type Service } from '../../protocol/service.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import type { Subscription, Topic } from './state.ts';

const Arn = z.string();
const PENDING = 'PendingConfirmation';

function findTopic({ sns }: Account, { TopicArn }: { readonly TopicArn: string }): Topic {
  if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(TopicArn)) throw invalid('TopicArn Reason: An ARN must have at least 6 elements');
  const topic = sns.topics.get(TopicArn);
  if (topic === undefined) throw new ApiError(404, 'NotFound', 'Topic does not exist');
  return topic;
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'InvalidParameter', `Invalid parameter: ${what}`);
}

/** The Simple Notification Service. */
export const sns: Service = {
  name: 'sns',
  prefix: 'SNS',
  source: 'sns.amazonaws.com',
  protocol: { kind: 'query', version: '2010-03-31', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/' },
  invalid: ({ kind, path, text }) => (kind === 'missing' ? new ApiError(400, 'ValidationError', text) : invalid(`${path} Reason: ${text}`)),
  operations: [
    operation({
      name: 'ListTopics',
      input: z.strictObject({ NextToken: z.string().optional() }),
      resource: (_input, { account }) => account.sns.arn('*'),
      run(input, { account }) {
        const { items, next } = page([...account.sns.topics.keys()], input.NextToken, 100, () => invalid('NextToken'));
        return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: next };
      },
    }),
    operation({
      name: 'GetTopicAttributes',
      input: z.strictObject({ TopicArn: Arn }),
      resource: ({ TopicArn }) => TopicArn,
      run: (input, { account }) => ({ Attributes: attributesOf(findTopic(account, input), account.id) }),
    }),
    operation({
      name: 'SetTopicAttributes',
      changes: true,
      input: z.strictObject({ TopicArn: Arn, AttributeName: z.string(), AttributeValue: z.string().optional() }),
      resource: ({ TopicArn }) => TopicArn,
      run(input, { account }) {
        setAttribute(findTopic(account, input), input.AttributeName, input.AttributeValue ?? '');
        return undefined;
      },
    }),
    operation({
      name: 'Subscribe',
      changes: true,
      input: z.strictObject({
        TopicArn: Arn,
        Protocol: z.string(),
        Endpoint: z.string().optional(),
        Attributes: z.strictObject({ RawMessageDelivery: z.enum(['true', 'false']).optional() }).optional(),
        ReturnSubscriptionArn: textBoolean.optional(),
      }),
      resource: ({ TopicArn }) => TopicArn,
      run(input, { account }) {
        const topic = findTopic(account, input);
        if (!['http', 'https', 'email', 'sqs', 'lambda'].includes(input.Protocol))
          throw invalid(`Does not support this protocol string: ${input.Protocol}`);
        const endpoint = input.Endpoint ?? '';
        if (input.Protocol.startsWith('http') && !endpoint.startsWith(`${input.Protocol}://`))
          throw invalid('Endpoint must match the specified protocol');
        const subscription = account.sns.subscribe(topic, input.Protocol, endpoint, input.Attributes?.RawMessageDelivery === 'true');
        const told = subscription.confirmed || input.ReturnSubscriptionArn === true;
        return { SubscriptionArn: told ? subscription.arn : 'pending confirmation' };
      },
    }),
    operation({
      name: 'ConfirmSubscription',
      input: z.strictObject({ TopicArn: Arn, Token: z.string(), AuthenticateOnUnsubscribe: z.string().optional() }),
      // The token is what one needs.
      resource: () => null,
      run(input, { account }) {
        const subscription = [...findTopic(account, input).subscriptions.values()].find(({ token }) => token === input.Token);
        if (subscription === undefined) throw invalid('Token');
        subscription.confirmed = true;
        return { SubscriptionArn: subscription.arn };
      },
    }),
    operation({
      name: 'Unsubscribe',
      changes: true,
      input: z.strictObject({ SubscriptionArn: Arn }),
      resource: ({ SubscriptionArn }) => SubscriptionArn.split(':').slice(0, 6).join(':'),
      run(input, { account }) {
        for (const topic of account.sns.topics.values()) topic.subscriptions.delete(input.SubscriptionArn);
        return undefined;
      },
    }),
    operation({
      name: 'ListSubscriptionsByTopic',
      input: z.strictObject({ TopicArn: Arn, NextToken: z.string().optional() }),
      resource: ({ TopicArn }) => TopicArn,
      run(input, { account }) {
        const all = [...findTopic(account, input).subscriptions.values()];
        const { items, next } = page(all, input.NextToken, 100, () => invalid('NextToken'));
        return { Subscriptions: items.map((one) => shape(one, account.id)), NextToken: next };
      },
    }),
    operation({
      name: 'Publish',
      input: z.strictObject({
        TopicArn: Arn.optional(),
        TargetArn: Arn.optional(),
        Message: z.string().min(1).max(262_144),
        Subject: z.string().min(1).max(100).optional(),
        MessageStructure: z.literal('json').optional(),
        MessageAttributes: z.record(z.string(), z.unknown()).optional(),
      }),
      resource: ({ TopicArn, TargetArn }) => TopicArn ?? TargetArn ?? '*',
      run(input, { account }) {
        const topic = findTopic(account, { TopicArn: input.TopicArn ?? input.TargetArn ?? '' });
        return { MessageId: account.sns.publish(topic, { message: messageOf(input), subject: input.Subject }) };
      },
    }),
  ],
};

/** A message for HTTP endpoints; with `json` structure each protocol may have its own. */
function messageOf({ Message, MessageStructure }: { readonly Message: string; readonly MessageStructure?: 'json' | undefined }): string {
  if (MessageStructure === undefined) return Message;
  const parsed = z.looseObject({ default: z.string(), http: z.string().optional() }).safeParse(parseOr(Message, null));
  if (!parsed.success) throw invalid('Message Structure - No default entry in JSON message body');
  return parsed.data.http ?? parsed.data.default;
}

function attributesOf(topic: Topic, owner: string): Map<string, string> {
  const subscriptions = [...topic.subscriptions.values()];
  return new Map([
    ['TopicArn', topic.arn],
    ['Owner', owner],
    ['Policy', JSON.stringify(topic.policy)],
    ['DisplayName', topic.displayName],
    ['SubscriptionsConfirmed', String(subscriptions.filter(({ confirmed }) => confirmed).length)],
    ['SubscriptionsPending', String(subscriptions.filter(({ confirmed }) => !confirmed).length)],
    ['SubscriptionsDeleted', '0'],
    ['SignatureVersion', topic.signatureVersion],
  ]);
}

const Policy = z.looseObject({ Statement: z.union([z.array(z.looseObject({ Effect: z.enum(['Allow', 'Deny']) })), z.looseObject({})]) });

function setAttribute(topic: Topic, name: string, value: string): void {
  switch (name) {
    case 'Policy': {
      const policy = parseOr(value, null);
      if (!Policy.safeParse(policy).success) throw invalid('Policy Error: null');
      topic.policy = policy as PolicyDocument;
      return;
    }
    case 'DisplayName':
      topic.displayName = value;
      return;
    case 'SignatureVersion':
      if (value !== '1' && value !== '2') throw invalid('SignatureVersion');
      topic.signatureVersion = value;
      return;
    default:
      throw invalid('AttributeName');
  }
}

function shape({ arn, protocol, endpoint, topicArn, confirmed }: Subscription, owner: string): unknown {
  return { SubscriptionArn: confirmed ? arn : PENDING, Owner: owner, Protocol: protocol, Endpoint: endpoint, TopicArn: topicArn };
}

function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return otherwise;
  }
}
