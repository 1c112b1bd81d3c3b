import { randomBytes, randomUUID } from 'node:crypto';
import { evaluate, type PolicyDocument } from '../iam/policy.ts';
import { type Envelope, envelopeOf, type Notice } from './messages.ts';
import { signer } from './signer.ts';

export interface Topic {
  readonly arn: string;
  readonly name: string;
  policy: PolicyDocument;
  displayName: string;
  signatureVersion: '1' | '2';
  readonly subscriptions: Map<string, Subscription>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly token: string;
  confirmed: boolean;
  readonly raw: boolean;
}

/** A message on its way to an HTTP endpoint. */
interface Delivery {
  readonly endpoint: string;
  readonly envelope: Envelope;
  attempts: number;
  /** ms */
  due: number;
}

/** What became of an attempt to deliver, for tests. `status` is `null` when there was no answer. */
export interface Attempt {
  readonly endpoint: string;
  readonly messageId: string;
  readonly type: string;
  readonly status: number | null;
}

/** Attempts of one delivery, and ms between them; SNS developer guide, "HTTP/S delivery policy": the default of three retries. */
const ATTEMPTS = 4;
const RETRY_AFTER = 20_000;
const ANSWER_WITHIN = 15_000;
/** Messages and attempts that are remembered. */
const REMEMBERED = 1000;

/** Topics, subscriptions and messages under way. */
export class SnsState {
  readonly topics = new Map<string, Topic>();
  readonly attempts: Attempt[] = [];
  /** Publications that a topic's policy did not let through. */
  readonly refused: { readonly service: string; readonly topicArn: string }[] = [];
  readonly #account: { readonly id: string; readonly region: string; now(): number };
  readonly #url: () => string;
  readonly #deliveries: Delivery[] = [];
  readonly #sent: Delivery[] = [];
  #delivering: Promise<void> = Promise.resolve();

  constructor(account: { readonly id: string; readonly region: string; now(): number }, url: () => string) {
    this.#account = account;
    this.#url = url;
  }

  arn(name: string): string {
    return `arn:aws:sns:${this.#account.region}:${this.#account.id}:${name}`;
  }

  createTopic(name: string): Topic {
    const arn = this.arn(name);
    const topic: Topic = {
      arn,
      name,
      policy: defaultPolicy(arn, this.#account.id),
      displayName: '',
      signatureVersion: '1',
      subscriptions: new Map(),
    };
    this.topics.set(arn, topic);
    return topic;
  }

  subscribe(topic: Topic, protocol: string, endpoint: string, raw: boolean): Subscription {
    const same = [...topic.subscriptions.values()].find((one) => one.protocol === protocol && one.endpoint === endpoint);
    const subscription = same ?? {
      arn: `${topic.arn}:${randomUUID()}`,
      topicArn: topic.arn,
      protocol,
      endpoint,
      token: randomBytes(128).toString('hex'),
      confirmed: protocol !== 'http' && protocol !== 'https' && protocol !== 'email',
      raw,
    };
    topic.subscriptions.set(subscription.arn, subscription);
    if (!subscription.confirmed && protocol.startsWith('http')) this.#send(topic, subscription, { type: 'SubscriptionConfirmation' });
    return subscription;
  }

  /** Publishes to everybody who is subscribed; the message's id. */
  publish(topic: Topic, notice: Notice): string {
    const messageId = randomUUID();
    for (const subscription of topic.subscriptions.values()) {
      if (subscription.confirmed && subscription.protocol.startsWith('http')) {
        this.#send(topic, subscription, { type: 'Notification', messageId, notice });
      }
    }
    return messageId;
  }

  /** Publishes for an AWS service, if the topic lets it. Like the service, it tells nobody when it may not. */
  publishAs(service: string, topicArn: string, notice: Notice, sourceArn: string): void {
    const topic = this.topics.get(topicArn);
    if (topic === undefined || !this.letsIn(topic, service, sourceArn)) {
      this.refused.push({ service, topicArn });
      return;
    }
    this.publish(topic, notice);
  }

  letsIn(topic: Topic, service: string, sourceArn: string): boolean {
    // An alarm publishes in the name of the account, EventBridge in its own: the default policy lets in the first only.
    const owner: Record<string, string> = service === 'cloudwatch.amazonaws.com' ? { 'aws:SourceOwner': this.#account.id } : {};
    const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.#account.id, ...owner };
    const asked = { action: 'sns:Publish', resource: topic.arn, context };
    const principals = [{ Service: service }, ...(service === 'cloudwatch.amazonaws.com' ? [{ AWS: `arn:aws:iam::${this.#account.id}:root` }] : [])];
    return principals.some((principal) => evaluate([topic.policy], { ...asked, principal }) === 'allowed');
  }

  /** Sends a message again, with the id that it has; SNS delivers at least once. */
  redeliver(messageId: string): void {
    const sent = this.#sent.findLast(({ envelope }) => envelope.messageId === messageId);
    if (sent === undefined) throw new Error(`There is no message ${messageId}.`);
    this.#deliveries.push({ ...sent, attempts: 0, due: this.#account.now() });
    void this.deliverDue();
  }

  #send(
    topic: Topic,
    subscription: Subscription,
    message: { type: 'SubscriptionConfirmation' } | { type: 'Notification'; messageId: string; notice: Notice },
  ): void {
    const now = this.#account.now();
    const envelope = envelopeOf({ topic, subscription, now, url: this.#url(), signer: signer() }, message);
    const delivery = { endpoint: subscription.endpoint, envelope, attempts: 0, due: now };
    this.#sent.push(delivery);
    if (this.#sent.length > REMEMBERED) this.#sent.shift();
    this.#deliveries.push(delivery);
    void this.deliverDue();
  }

  /** Tries what is due, after what is being tried; resolves when that is over, whatever came of it. */
  deliverDue(): Promise<void> {
    this.#delivering = this.#delivering.then(() => this.#pump());
    return this.#delivering;
  }

  async #pump(): Promise<void> {
    for (;;) {
      const due = this.#deliveries.filter((delivery) => delivery.due <= this.#account.now());
      if (due.length === 0) return;
      await Promise.all(due.map((delivery) => this.#attempt(delivery)));
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { endpoint, envelope } = delivery;
    const status = await post(endpoint, envelope);
    this.attempts.push({ endpoint, messageId: envelope.messageId, type: envelope.type, status });
    if (this.attempts.length > REMEMBERED) this.attempts.shift();
    delivery.attempts += 1;
    const done = status !== null && status < 500 && status !== 429;
    if (done || delivery.attempts >= ATTEMPTS) this.#deliveries.splice(this.#deliveries.indexOf(delivery), 1);
    else delivery.due = this.#account.now() + RETRY_AFTER;
  }
}

/** The answer's status, or `null` when there is none in time. */
async function post(endpoint: string, { headers, body }: Envelope): Promise<number | null> {
  try {
    const answer = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}

/** What SNS gives a topic that is made without a policy; SNS developer guide, "Example cases for access control". */
function defaultPolicy(arn: string, accountId: string): PolicyDocument {
  return {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': accountId } },
      },
    ],
  };
}
