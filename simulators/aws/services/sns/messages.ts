import { randomUUID } from 'node:crypto';
import type { Signer } from './signer.ts';
import type { Subscription, Topic } from './state.ts';

/** What somebody publishes. */
export interface Notice {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly attributes?: Readonly<Record<string, { readonly Type: string; readonly Value: string }>> | undefined;
}

/** A message as it is POSTed; SNS developer guide, "Parsing message formats". */
export interface Envelope {
  readonly type: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface EnvelopeContext {
  readonly topic: Topic;
  readonly subscription: Subscription;
  /** ms */
  readonly now: number;
  readonly url: string;
  readonly signer: Signer;
}

export function envelopeOf(
  { topic, subscription, now, url, signer }: EnvelopeContext,
  message: { readonly type: 'SubscriptionConfirmation' } | { readonly type: 'Notification'; readonly messageId: string; readonly notice: Notice },
): Envelope {
  const link = (query: Readonly<Record<string, string>>): string => `${url}/?${new URLSearchParams(query).toString()}`;
  const fields: Record<string, string> = {
    Type: message.type,
    MessageId: message.type === 'Notification' ? message.messageId : randomUUID(),
    TopicArn: topic.arn,
    Timestamp: new Date(now).toISOString(),
    SignatureVersion: topic.signatureVersion,
  };
  if (message.type === 'Notification') {
    fields['Message'] = message.notice.message;
    if (message.notice.subject !== undefined) fields['Subject'] = message.notice.subject;
  } else {
    fields['Token'] = subscription.token;
    fields['Message'] =
      `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`;
    fields['SubscribeURL'] = link({ Action: 'ConfirmSubscription', TopicArn: topic.arn, Token: subscription.token });
  }
  const signature = signer.sign(stringToSign(fields), topic.signatureVersion);
  const body = {
    ...fields,
    Signature: signature,
    SigningCertURL: `${url}/SimpleNotificationService-${signer.id}.pem`,
    ...(message.type === 'Notification' ? { UnsubscribeURL: link({ Action: 'Unsubscribe', SubscriptionArn: subscription.arn }) } : {}),
    ...(message.type === 'Notification' && message.notice.attributes !== undefined ? { MessageAttributes: message.notice.attributes } : {}),
  };
  const raw = message.type === 'Notification' && subscription.raw;
  return {
    type: message.type,
    messageId: fields['MessageId'] ?? '',
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': message.type,
      'x-amz-sns-message-id': fields['MessageId'] ?? '',
      'x-amz-sns-topic-arn': topic.arn,
      ...(message.type === 'Notification' ? { 'x-amz-sns-subscription-arn': subscription.arn } : {}),
      ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    },
    body: raw ? message.notice.message : JSON.stringify(body),
  };
}

/** Names and values, each on its line, in alphabetical order; SNS developer guide, "Verifying the signatures of Amazon SNS messages". */
function stringToSign(fields: Readonly<Record<string, string>>): string {
  return ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
    .flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`]))
    .join('');
}
