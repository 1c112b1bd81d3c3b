import { Admin, Producer } from '@platformatic/kafka';
import { kafkaTopics } from '../../../../src/adapters/kafka/topics.ts';
import type { TopicMessage } from '../../../../src/ports/topics.ts';

export const TOPIC = 'provability.events.v1.GuardTrip';

export async function createTopic(broker: string, topic: string, partitions: number): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] });
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  await admin.close();
}

/** Forgets what a group has read. Nobody may be in it. */
export async function forgetGroup(broker: string, group: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] });
  await admin.deleteGroups({ groups: [group] });
  await admin.close();
}

/** Writes bodies in their order; resolves when the broker has them all. */
export async function produce(broker: string, topic: string, bodies: readonly (string | object)[]): Promise<void> {
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker], retries: 0 });
  try {
    const messages = bodies.map((body) => ({ topic, value: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }));
    await producer.send({ messages, acks: -1 });
  } finally {
    await producer.close().catch(() => undefined);
  }
}

/** All that a topic holds, by a group of its own: read until nothing more comes for `quiet` ms. */
export async function readAll(broker: string, topic: string, group: string, quiet = 6_000): Promise<readonly TopicMessage[]> {
  const found = new Map<string, TopicMessage>();
  const ending = new AbortController();
  let timer = setTimeout(() => ending.abort(), 10 * quiet);
  await kafkaTopics({ brokers: [broker], topics: [topic], group, sasl: null, tls: null }).read({
    signal: ending.signal,
    onReady: () => {},
    async take(messages) {
      for (const message of messages) found.set(`${message.partition}:${message.offset}`, message);
      clearTimeout(timer);
      timer = setTimeout(() => ending.abort(), quiet);
    },
  });
  return [...found.values()];
}
