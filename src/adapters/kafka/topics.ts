import { isIP } from 'node:net';
import type { BaseOptions, Consumer, Message, MessagesStream, SASLMechanismValue } from '@platformatic/kafka';
import { inBackground } from '../../lib/background.ts';
import { BrokerError, type TopicMessage, type TopicReading, type Topics } from '../../ports/topics.ts';
import { errorFor } from './errors.ts';

export interface KafkaTerms {
  /** `host:port` of brokers to ask first. */
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly group: string;
  readonly sasl: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string } | null;
  /** `ca`: PEM of the authority to trust; the system's ones when `null`. */
  readonly tls: { readonly ca: string | null } | null;
}

/** Messages that are taken together, and how many of them wait in memory. */
const AT_ONCE = 200;
/** Bytes that are fetched at once; what is larger comes alone. */
const FETCH = 4 * 1024 * 1024;
/** How long (ms) the broker may take to note what was read, and to say goodbye. */
const PATIENCE = 30_000;
const FAREWELL = 5_000;
/** Without a sign of life for that long (ms), the group gives a member's partitions to others. */
const SESSION = 20_000;

const MECHANISMS: Readonly<Record<string, SASLMechanismValue>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
};

/** Topics of Kafka. Offsets are committed by hand, after what was read has been taken. */
export function kafkaTopics(terms: KafkaTerms): Topics {
  const { group } = terms;
  const topics = [...terms.topics];

  /** Loaded only where a topic is read. */
  async function open(): Promise<Consumer> {
    const kafka = await import('@platformatic/kafka');
    try {
      return new kafka.Consumer({
        ...connectionOf(terms),
        groupId: group,
        sessionTimeout: SESSION,
        rebalanceTimeout: 3 * SESSION,
        autocommit: false,
      });
    } catch (cause) {
      throw new BrokerError('misconfigured', 'The settings under kafka cannot be used.', { cause });
    }
  }

  async function consume(consumer: Consumer, { take, onReady, signal }: TopicReading): Promise<void> {
    // What is not committed is read from the beginning: nothing is lost, whoever came first.
    const limits = { maxBytes: FETCH, maxBytesPerPartition: FETCH, maxWaitTime: 1_000, highWaterMark: AT_ONCE };
    const stream = await consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest', autocommit: false, ...limits });
    const end = () => stream.destroy();
    signal.addEventListener('abort', end, { once: true });
    try {
      if (signal.aborted) return;
      onReady();
      await eachBatch(stream, async (batch) => {
        await take(batch.map(messageOf));
        await committed(batch);
        return !signal.aborted;
      });
    } finally {
      signal.removeEventListener('abort', end);
      stream.destroy();
    }
  }

  return {
    async read(reading) {
      const consumer = await open();
      /** Whether it is the caller's own failure, which is none of the broker's. */
      let own: { readonly error: unknown } | null = null;
      const take: TopicReading['take'] = async (messages) => {
        try {
          await reading.take(messages);
        } catch (error) {
          own = { error };
          throw error;
        }
      };
      try {
        await consume(consumer, { ...reading, take });
      } catch (error) {
        if (own !== null) throw error;
        if (!reading.signal.aborted) throw errorFor(error, terms);
      } finally {
        await farewell(consumer);
      }
    },
    async about() {
      const consumer = await open();
      try {
        const { topics: found } = await consumer.metadata({ topics, forceUpdate: true });
        return [...found].map(([topic, { partitionsCount: partitions }]) => ({ topic, partitions }));
      } catch (error) {
        throw errorFor(error, terms);
      } finally {
        await farewell(consumer);
      }
    },
  };
}

function connectionOf({ brokers, group, sasl, tls }: KafkaTerms): BaseOptions {
  // Certificates name hosts: a server may need to hear which one is meant, and an address is no name.
  const named = brokers.every((broker) => isIP(broker.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')) === 0);
  return {
    clientId: `tocsin-${group}`,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    // Whoever reads tries again by itself, and says so.
    retries: 2,
    retryDelay: 500,
    ...(tls === null ? {} : { tls: tls.ca === null ? {} : { ca: tls.ca }, tlsServerName: named }),
    ...(sasl === null ? {} : { sasl: { mechanism: MECHANISMS[sasl.mechanism] ?? 'PLAIN', username: sasl.username, password: sasl.password } }),
  };
}

/** Hands over what has come in parts of some size, for as long as `each` says true. */
async function eachBatch(
  stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  each: (batch: readonly Message[]) => Promise<boolean>,
): Promise<void> {
  let batch: Message[] = [];
  for await (const message of stream) {
    batch.push(message);
    if (batch.length < AT_ONCE && stream.readableLength > 0) continue;
    if (!(await each(batch))) return;
    batch = [];
  }
}

/** Has the broker note the newest message of each partition as read. */
async function committed(batch: readonly Message[]): Promise<void> {
  const newest = new Map(batch.map((message) => [`${message.topic} ${message.partition}`, message]));
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new BrokerError('unreachable', 'The broker did not note in time what was read.')), PATIENCE);
  try {
    await Promise.race([late.promise, Promise.all([...newest.values()].map(async (message) => message.commit()))]);
  } finally {
    clearTimeout(timer);
  }
}

/** Leaves the group, so that others get its partitions at once. A broker that does not answer is not waited for. */
async function farewell(consumer: Consumer): Promise<void> {
  const left = Promise.withResolvers<void>();
  const timer = setTimeout(left.resolve, FAREWELL);
  inBackground(consumer.close(true).then(left.resolve), () => left.resolve());
  await left.promise;
  clearTimeout(timer);
}

function messageOf({ topic, partition, offset, timestamp, value }: Message): TopicMessage {
  return { topic, partition, offset: String(offset), at: Number(timestamp), body: value ?? null };
}
