import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KafkaTerms, kafkaTopics } from '../../../src/adapters/kafka/topics.ts';
import { checkOutside } from '../../../src/app/doctor/outside.ts';
import type { Alert } from '../../../src/domain/alert/alerts.ts';
import { ADA } from '../../e2e/helpers/remedies.ts';
import { startWorld, type World } from '../../e2e/helpers/world.ts';
import { type Broker, READER, startBroker } from '../../helpers/kafka/broker.ts';
import { until } from '../../helpers/kubernetes/parts.ts';
import { createTopic, forgetGroup, produce, TOPIC } from './helpers/topic.ts';

/* A bot that reads guard trips from a broker of Apache Kafka, by SCRAM over TLS. */

const PATIENCE = 120_000;
const OPERATORS = 'C0INCIDENTS';
const VARIABLES = { KAFKA_USER: READER.username, KAFKA_PASSWORD: READER.password };

let broker: Broker;
let world: World;
let ca: string;

function config(): string {
  return `
services:
  provability-fabric:
    name: Provability-Fabric
    channels: { incidents: ${OPERATORS}, alerts: C0OPSESC }
    responders: [{ user: ${ADA} }]
kafka:
  brokers: ["${broker.guarded}"]
  sasl: { mechanism: scram-sha-256, username_env: KAFKA_USER, password_env: KAFKA_PASSWORD }
  tls: { ca_file: ${broker.caFile} }
`;
}

beforeAll(async () => {
  broker = await startBroker();
  ca = readFileSync(broker.caFile, 'utf8');
  await createTopic(broker.plain, TOPIC, 1);
  world = await startWorld({ config, variables: VARIABLES, restarts: true });
}, 300_000);

afterAll(async () => {
  await world?.stop();
  await broker?.stop();
});

const trip = (capsule: string, more: object = {}) => ({
  capsuleHash: `sha256:${capsule}`,
  tenantId: 'tenant-1',
  riskScore: 0.85,
  heartbeatMisses: 4,
  ts: new Date().toISOString(),
  eventType: 'guard_trip',
  ...more,
});

async function alerts(): Promise<Readonly<Record<string, Alert>>> {
  const head = await world.tocsin.store.head('system');
  const found = Object.values((head?.state as unknown as { alerts: Record<string, Alert> } | null)?.alerts ?? {});
  return Object.fromEntries(found.map((alert) => [alert.key, alert]));
}

function alert(capsule: string, count = 1): Promise<Alert> {
  const find = async () => {
    const found = (await alerts())[`guard-trip:sha256:${capsule}:tenant-1`];
    return found !== undefined && found.count >= count ? found : null;
  };
  return until(`the alert of ${capsule}`, find, PATIENCE);
}

async function ops(path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${world.tocsin.ops.port}${path}`)).text();
}

async function stored(): Promise<readonly { readonly key: string; readonly outcome: unknown }[]> {
  return world.tocsin.database.db.selectFrom('inbox').select(['key', 'outcome']).where('key', 'like', 'kafka:%').orderBy('received_at').execute();
}

describe('A bot that reads from Kafka', () => {
  test('[PF-01] a guard trip is an alert', async () => {
    await produce(broker.plain, TOPIC, [trip('aa01')]);
    expect(await alert('aa01')).toMatchObject({
      service: 'provability-fabric',
      source: 'guard-trip',
      count: 1,
      labels: { risk_score: '0.85', heartbeat_misses: '4' },
    });
    expect(await ops('/readyz')).not.toContain('kafka');
    expect(await ops('/metrics')).toContain('tocsin_kafka_connected 1');
  });

  test('what cannot be read is kept, said once, and in nobody’s way', async () => {
    await produce(broker.plain, TOPIC, [
      '{"capsuleHash":',
      trip('aa02', { riskScore: 'high' }),
      trip('aa03'),
      '',
      'x'.repeat(1_500_000),
      trip('aa04'),
    ]);
    await alert('aa04');
    await alert('aa03');
    await world.settled();
    const outcomes = (await stored()).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => JSON.stringify(outcome).includes('unreadable'))).toHaveLength(4);
    expect(await ops('/metrics')).toContain('tocsin_rejected_payloads_total{reason="unreadable-message"} 4');
    const said = world.texts(OPERATORS).filter((text) => text.includes('cannot be read as a guard trip'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`partition 0, offset 1) cannot be read as a guard trip: it is not JSON.`);
  });

  test('what is read again is the same: nothing is stored or told twice', async () => {
    const before = await stored();
    await world.tocsin.stop();
    await forgetGroup(broker.plain, 'tocsin');
    await world.another();
    await produce(broker.plain, TOPIC, [trip('aa05')]);
    await alert('aa05');
    await world.settled();
    const after = await stored();
    expect(after).toHaveLength(before.length + 1);
    expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
    expect((await alert('aa01')).count).toBe(1);
  });

  test('what was read is not read again after a restart, and what came meanwhile is', async () => {
    await world.tocsin.stop();
    await produce(broker.plain, TOPIC, [trip('aa06'), trip('aa01')]);
    await world.another();
    await alert('aa06');
    expect((await alert('aa01', 2)).count).toBe(2);
  });

  test('a broker that is away is waited for, and all else works', async () => {
    await broker.kill();
    await until('the note', async () => ((await ops('/readyz')).includes('kafka:') ? true : null), PATIENCE);
    expect((await fetch(`http://127.0.0.1:${world.tocsin.ops.port}/readyz`)).status).toBe(200);
    await world.say(ADA, 'C0OPSESC', 'declare P3 while the broker is away');
    expect(world.texts(OPERATORS).join(' ')).toContain('while the broker is away');
    const away = (await checkOutside(world.config)).find(({ name }) => name === 'Kafka');
    expect(away).toMatchObject({ state: 'bad', says: expect.stringContaining('cannot be reached') });
    await broker.start();
    await produce(broker.plain, TOPIC, [trip('aa07')]);
    await alert('aa07');
    expect(await ops('/readyz')).not.toContain('kafka:');
    const back = (await checkOutside(world.config)).find(({ name }) => name === 'Kafka');
    expect(back).toMatchObject({ state: 'good', says: `${TOPIC} (1 partition)` });
  });
});

describe('What the broker says', () => {
  const guarded = (sasl: KafkaTerms['sasl'], tls: KafkaTerms['tls'] = { ca }): KafkaTerms => ({
    brokers: [broker.guarded],
    topics: [TOPIC],
    group: 'another',
    sasl,
    tls,
  });
  const asked = (terms: KafkaTerms) =>
    kafkaTopics(terms)
      .about()
      .then(
        () => 'good',
        (error: { code: string }) => error.code,
      );

  test.each<readonly [string, () => KafkaTerms, string]>([
    ['by SCRAM', () => guarded({ mechanism: 'scram-sha-256', ...READER }), 'good'],
    ['in plain over TLS', () => guarded({ mechanism: 'plain', ...READER }), 'good'],
    ['without TLS and without a login', () => ({ ...guarded(null, null), brokers: [broker.plain] }), 'good'],
    ['with another password', () => guarded({ mechanism: 'scram-sha-256', username: READER.username, password: 'wrong' }), 'kafka-denied'],
    ['with a mechanism that it does not have', () => guarded({ mechanism: 'scram-sha-512', ...READER }), 'kafka-denied'],
    ['by an authority that is not trusted', () => guarded({ mechanism: 'plain', ...READER }, { ca: null }), 'kafka-misconfigured'],
    ['without TLS where it is asked for', () => guarded({ mechanism: 'plain', ...READER }, null), 'kafka-unreachable'],
    ['of a topic that it does not have', () => ({ ...guarded(null, null), brokers: [broker.plain], topics: ['nowhere'] }), 'kafka-not-found'],
    ['where nobody listens', () => ({ ...guarded(null, null), brokers: ['127.0.0.1:1'] }), 'kafka-unreachable'],
  ])('%s', async (_, terms, says) => {
    expect(await asked(terms())).toBe(says);
  });
});

describe('A group', () => {
  const plain = (topic: string): KafkaTerms => ({ brokers: [broker.plain], topics: [topic], group: 'readers', sasl: null, tls: null });

  test('reads again what could not be taken, and nothing that was', async () => {
    await createTopic(broker.plain, 'again', 1);
    await produce(broker.plain, 'again', ['one', 'two', 'three']);
    const wrong = new Error('There is no room.');
    const failing = async () => {
      throw wrong;
    };
    await expect(kafkaTopics(plain('again')).read({ take: failing, onReady: () => {}, signal: AbortSignal.timeout(PATIENCE) })).rejects.toBe(wrong);
    expect(await bodies('again', 3)).toEqual(['one', 'two', 'three']);
    await produce(broker.plain, 'again', ['four']);
    expect(await bodies('again', 1)).toEqual(['four']);
  });

  /** Reads until there are `count`, as one more member of the group, which then leaves in order. */
  async function bodies(topic: string, count: number): Promise<readonly string[]> {
    const found: string[] = [];
    const ending = new AbortController();
    await kafkaTopics(plain(topic)).read({
      signal: ending.signal,
      onReady: () => {},
      async take(messages) {
        found.push(...messages.map(({ body }) => Buffer.from(body ?? []).toString()));
        if (found.length >= count) ending.abort();
      },
    });
    return found;
  }
});
