import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { note } from '../../blocks/replies.ts';
import { type KafkaTerms, kafkaTopics } from '../adapters/kafka/topics.ts';
import type { Config } from '../config/load.ts';
import { TocsinError } from '../domain/errors.ts';
import { REPLY_MESSAGE } from '../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { sendMessage } from '../engine/incidents/incidents.ts';
import { inBackground } from '../lib/background.ts';
import { pause } from '../lib/pause.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { StoreTx } from '../ports/store.ts';
import { BrokerError, type TopicMessage, type Topics } from '../ports/topics.ts';
import type { NewEntry } from '../store/inbox.ts';
import { type Poisoned, readGuardTripMessage } from '../webhooks/guard-trip-message.ts';
import { termsOf } from './webhook-routes.ts';

/** How long (ms) a broker that is away is left alone, and how often that it is away is logged. */
const AGAIN = 2_000;
const SAID_EVERY = 10_000;
/** How often (ms) people are told of messages that cannot be read, by all replicas together. */
const TELL_EVERY = 10 * 60_000;
/** How long (ms) what is being taken may take when the bot ends. */
const DRAIN = 10_000;

/** The reading of Kafka's topics. */
export interface Kafka {
  /** Begins to read. A broker that is away is waited for; meanwhile everything else works. */
  start(): void;
  /** For `/readyz`: why nothing is read just now. */
  notes(): readonly string[];
  /** Ends after what is being taken; the others of the group go on with the rest. */
  stop(): Promise<void>;
}

export interface KafkaDeps {
  readonly config: Pick<Config, 'file' | 'variables'>;
  readonly open: () => Topics;
  /** Stores a message durably: false when its key is there already. */
  readonly keep: (entry: NewEntry) => Promise<boolean>;
  readonly metrics: Metrics;
  /** Called for each message that could not be read. */
  readonly onPoisoned: () => void;
  readonly logger: Logger;
  /** How long (ms) a broker that is away is left alone. */
  readonly again?: number;
}

/** Reads guard trips from Kafka (ADR 11): stored first, then noted as read there. `null` where no topic is configured. */
export function wireKafka(deps: KafkaDeps): Kafka | null {
  const { config, keep, metrics, onPoisoned, logger, again = AGAIN } = deps;
  const { kafka } = config.file;
  if (kafka === undefined) return null;
  const { otherwise } = termsOf(config.file, kafka);
  const ending = new AbortController();
  const { signal } = ending;
  let trouble: string | null = 'no answer yet';
  let saidAt = Number.NEGATIVE_INFINITY;
  let poisonSaidAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> = Promise.resolve();
  metrics.gauge('tocsin_kafka_connected', 'Whether Kafka’s topics are being read (1) or cannot be just now (0).', () => (trouble === null ? 1 : 0));

  async function take(messages: readonly TopicMessage[]): Promise<void> {
    // All at once, so that they share a commit of the database.
    await Promise.all(messages.map(takeOne));
  }

  async function takeOne(message: TopicMessage): Promise<void> {
    const { key, of, payload, problem } = readGuardTripMessage(message, otherwise);
    const isFresh = await keep({ id: randomUUID(), key, kind: of, payload });
    if (problem === null || !isFresh) return;
    onPoisoned();
    if (performance.now() - poisonSaidAt < SAID_EVERY) return;
    poisonSaidAt = performance.now();
    const { topic, partition, offset } = message;
    logger.warn({ topic, partition, offset, problem }, 'a message of Kafka cannot be read; it is kept and passed over');
  }

  function failed(error: unknown): void {
    trouble = error instanceof TocsinError ? error.message : 'an unexpected error; see the log';
    if (performance.now() - saidAt < SAID_EVERY) return;
    saidAt = performance.now();
    const code = error instanceof TocsinError ? { code: error.code } : { err: error };
    logger.warn({ ...code, brokers: kafka?.brokers }, `Kafka is not read: ${trouble} Tocsin tries again`);
  }

  async function readOn(): Promise<void> {
    while (!signal.aborted) {
      try {
        await deps.open().read({ take, onReady: ready, signal });
      } catch (error) {
        if (!signal.aborted) failed(error);
      }
      await pause(again, signal);
    }
  }

  function ready(): void {
    if (trouble !== null) logger.info({ topics: kafka?.topics, group: kafka?.group }, 'Kafka is being read');
    trouble = null;
    saidAt = Number.NEGATIVE_INFINITY;
  }

  return {
    start() {
      reading = readOn();
      inBackground(reading, (err) => logger.error({ err }, 'Kafka is no longer read'));
    },
    notes: () => (trouble === null ? [] : [`kafka: ${trouble.replace(/\.$/, '')}; guard trips wait there until it is back`]),
    async stop() {
      ending.abort();
      const late = new AbortController();
      await Promise.race([reading, pause(DRAIN, late.signal)]);
      late.abort();
    },
  };
}

/** The topics as configured. @throws BrokerError `misconfigured` while a variable or the file of an authority is missing */
export function configuredTopics({ file: { kafka }, variables }: Pick<Config, 'file' | 'variables'>): Topics {
  if (kafka === undefined) throw new BrokerError('misconfigured', 'tocsin.yml names no broker.');
  const { brokers, topics, group, sasl, tls } = kafka;
  return kafkaTopics({ brokers, topics, group, sasl: saslOf(sasl, variables), tls: tlsOf(tls) });
}

type KafkaSettings = NonNullable<Config['file']['kafka']>;

function saslOf(sasl: KafkaSettings['sasl'], variables: Config['variables']): KafkaTerms['sasl'] {
  if (sasl === undefined) return null;
  const { mechanism, username_env: usernameName, password_env: passwordName } = sasl;
  const username = variables[usernameName] ?? '';
  const password = variables[passwordName] ?? '';
  const unset = [...(username === '' ? [usernameName] : []), ...(password === '' ? [passwordName] : [])];
  if (unset.length > 0) throw new BrokerError('misconfigured', `${unset.join(' and ')} ${unset.length === 1 ? 'is' : 'are'} not set.`);
  return { mechanism, username, password };
}

function tlsOf(tls: KafkaSettings['tls']): KafkaTerms['tls'] {
  if (tls === undefined) return null;
  if (tls === true) return { ca: null };
  try {
    return { ca: readFileSync(tls.ca_file, 'utf8') };
  } catch (cause) {
    throw new BrokerError('misconfigured', `${tls.ca_file}, which kafka.tls.ca_file names, cannot be read.`, { cause });
  }
}

/** Tells the operators' channel that a message could not be read: at most one in ten minutes. */
export async function tellPoisoned(tx: StoreTx, channel: string, { topic, partition, offset, problem }: Poisoned): Promise<void> {
  const key = `poisoned-message:${Math.floor((await tx.now()) / TELL_EVERY)}`;
  const text = `:warning: A message of the topic \`${topic}\` (partition ${partition}, offset ${offset}) cannot be read as a guard trip: ${problem}. Tocsin has passed over it and reads on. For whoever runs Tocsin: look at who writes to this topic; \`tocsin_rejected_payloads_total\` counts such messages.`;
  await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: channel, to: { kind: 'channel', channel }, ...REPLY_MESSAGE.with(note(text)) });
}
