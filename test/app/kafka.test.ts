import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type Kafka, type KafkaDeps, wireKafka } from '../../src/app/kafka.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { BrokerError, type TopicMessage, type TopicReading } from '../../src/ports/topics.ts';
import type { NewEntry } from '../../src/store/inbox.ts';

const FILE = parseConfig(
  `
services:
  provability-fabric:
    name: Provability-Fabric
    channels: { incidents: C0INCIDENTS }
    responders: [{ user: U0ADA }]
kafka: { brokers: ["kafka:9092"] }
`,
  'tocsin.yml',
);

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
  readonly offset?: string;
}

/** A broker that is played: each reading gets what `script` gives it, then waits for the end. */
function play(script: (reading: TopicReading, nth: number) => Promise<void>, keep: KafkaDeps['keep'] = async () => true) {
  const lines: Line[] = [];
  const poisoned = { count: 0 };
  let nth = 0;
  const kafka = wireKafka({
    config: { file: FILE, variables: {} },
    open: () => ({ read: (reading) => script(reading, nth++), about: async () => [] }),
    keep,
    metrics: createMetrics(),
    onPoisoned: () => (poisoned.count += 1),
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    again: 1,
  });
  if (kafka === null) throw new Error('The settings name a broker.');
  return { kafka, lines, poisoned, readings: () => nth };
}

async function untilAborted({ signal }: TopicReading): Promise<void> {
  if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 2));
}

function message(offset: number, body: string): TopicMessage {
  return { topic: 'trips', partition: 0, offset: String(offset), at: 1, body: Buffer.from(body) };
}

const TRIP = JSON.stringify({ eventType: 'guard_trip', capsuleHash: 'sha256:aa', riskScore: 0.9 });

describe('Guard trips from Kafka', () => {
  test('are stored before they count as read, a poisoned one among them too', async () => {
    const kept: NewEntry[] = [];
    let takenWith = 0;
    const { kafka, lines, poisoned } = play(
      async (reading) => {
        reading.onReady();
        await reading.take([message(0, TRIP), message(1, 'nonsense'), message(2, TRIP), message(3, '[]')]);
        takenWith = kept.length;
        await untilAborted(reading);
      },
      async (entry) => {
        await new Promise((done) => setTimeout(done, 5));
        kept.push(entry);
        return true;
      },
    );
    kafka.start();
    await until(() => takenWith > 0);
    expect(takenWith).toBe(4);
    expect(kept.map(({ kind }) => kind).sort()).toEqual(['poisoned-message', 'poisoned-message', 'signals', 'signals']);
    expect(poisoned.count).toBe(2);
    const said = lines.filter(({ msg }) => msg.includes('cannot be read'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ offset: '1', problem: 'it is not JSON' });
    await kafka.stop();
  });

  test('that come again are not counted again', async () => {
    const { kafka, poisoned, readings } = play(
      async (reading) => {
        await reading.take([message(1, 'nonsense')]);
        await untilAborted(reading);
      },
      async () => false,
    );
    kafka.start();
    await until(() => readings() === 1);
    await kafka.stop();
    expect(poisoned.count).toBe(0);
  });

  test('do not count as read when the database is away: the reading ends, and begins again', async () => {
    let away = true;
    const failures: unknown[] = [];
    const { kafka, readings, lines } = play(
      async (reading) => {
        await reading.take([message(0, TRIP)]).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
        reading.onReady();
        await untilAborted(reading);
      },
      async () => {
        if (!away) return true;
        away = false;
        throw new BrokerError('failed', 'The database is away.');
      },
    );
    kafka.start();
    await until(() => kafka.notes().length === 0);
    expect(failures).toHaveLength(1);
    expect(readings()).toBe(2);
    expect(lines.map(({ msg }) => msg)).toEqual(['Kafka is not read: The database is away. Tocsin tries again', 'Kafka is being read']);
    await kafka.stop();
  });

  test('wait while the broker is away: one line in ten seconds, and a note for /readyz', async () => {
    const { kafka, readings, lines } = play(async () => {
      throw new BrokerError('unreachable', 'kafka:9092 cannot be reached: connect ECONNREFUSED.');
    });
    expect(kafka.notes()).toEqual(['kafka: no answer yet; guard trips wait there until it is back']);
    kafka.start();
    await until(() => readings() > 20);
    expect(lines).toEqual([
      expect.objectContaining({
        code: 'kafka-unreachable',
        brokers: ['kafka:9092'],
        msg: 'Kafka is not read: kafka:9092 cannot be reached: connect ECONNREFUSED. Tocsin tries again',
      }),
    ]);
    expect(kafka.notes()).toEqual(['kafka: kafka:9092 cannot be reached: connect ECONNREFUSED; guard trips wait there until it is back']);
    await kafka.stop();
  });

  test('that are being taken when the bot ends are taken to the end', async () => {
    let isStored = false;
    let hasBegun = false;
    const { kafka } = play(
      async (reading) => reading.take([message(0, TRIP)]),
      async () => {
        hasBegun = true;
        await new Promise((done) => setTimeout(done, 50));
        isStored = true;
        return true;
      },
    );
    kafka.start();
    await until(() => hasBegun);
    await kafka.stop();
    expect(isStored).toBe(true);
  });
});

describe('Without topics', () => {
  test('nothing is read', () => {
    const { kafka: _, ...file } = FILE;
    const none: Kafka | null = wireKafka({
      config: { file, variables: {} },
      open: () => {
        throw new Error('Nobody asks.');
      },
      keep: async () => true,
      metrics: createMetrics(),
      onPoisoned: () => {},
      logger: pino({ level: 'silent' }),
    });
    expect(none).toBeNull();
  });
});
