import { z } from 'zod';
import { defaultServiceProblem, variable } from './webhooks.ts';

/** Where Provability-Fabric publishes its guard trips (PF-01). */
const GUARD_TRIPS = 'provability.events.v1.GuardTrip';

const broker = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, 'expected host:port such as kafka-0.kafka:9092');
const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'expected the name of a topic');

export const kafkaSchema = z.strictObject({
  brokers: z.array(broker).min(1).max(50),
  topics: z.array(topic).min(1).max(20).default([GUARD_TRIPS]),
  /** Replicas share one group; another installation has another. */
  group: z.string().min(1).max(200).default('tocsin'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username_env: variable,
      password_env: variable,
    })
    .optional(),
  tls: z.union([z.literal(true), z.strictObject({ ca_file: z.string().min(1) })], { error: 'expected true or { ca_file: ... }' }).optional(),
  default_service: z.string().min(1).max(40).optional(),
});

export type KafkaConfig = z.infer<typeof kafkaSchema>;

/** What is wrong with the service that the alerts of Kafka are of, or `null`. */
export function kafkaServiceProblem(
  kafka: KafkaConfig,
  services: readonly string[],
): { readonly path: readonly string[]; readonly message: string } | null {
  const problem = defaultServiceProblem(kafka.default_service, services);
  return problem === null ? null : { path: kafka.default_service === undefined ? [] : ['default_service'], message: problem };
}
