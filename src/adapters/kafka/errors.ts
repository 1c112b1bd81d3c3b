import { findErrorBy } from '@platformatic/kafka';
import { clamp } from '../../lib/clamp.ts';
import { BrokerError } from '../../ports/topics.ts';

/** What is asked of whom, for the text of an error. */
export interface Asked {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly group: string;
}

/** What the broker answers to who may not. */
const REFUSALS: readonly (readonly [id: string, says: (asked: Asked) => string])[] = [
  ['TOPIC_AUTHORIZATION_FAILED', ({ topics }) => `This user may not read ${topics.join(', ')}. Allow Read and Describe on the topic.`],
  ['GROUP_AUTHORIZATION_FAILED', ({ group }) => `This user may not read as the group ${group}. Allow Read on the group.`],
  ['CLUSTER_AUTHORIZATION_FAILED', () => 'This user may not ask the cluster. Allow Describe on the cluster.'],
  ['SASL_AUTHENTICATION_FAILED', () => 'The broker does not accept the name and the password.'],
  ['UNSUPPORTED_SASL_MECHANISM', () => 'The broker does not know this mechanism: correct kafka.sasl.mechanism.'],
];

/** The port's error for whatever the client has thrown. */
export function errorFor(error: unknown, asked: Asked): BrokerError {
  if (error instanceof BrokerError) return error;
  if (!(error instanceof Error)) return new BrokerError('failed', `The broker failed: ${clamp(String(error), 200)}`, { cause: error });
  const options = { cause: error };
  const where = asked.brokers.join(', ');
  for (const [id, says] of REFUSALS) if (find(error, 'apiId', id)) return new BrokerError('denied', says(asked), options);
  if (find(error, 'code', 'PLT_KFK_AUTHENTICATION'))
    return new BrokerError('denied', `The broker does not let this user in: ${reasonOf(error)}`, options);
  if (find(error, 'apiId', 'UNKNOWN_TOPIC_OR_PARTITION'))
    return new BrokerError('not-found', `There is no topic ${asked.topics.join(', ')} at ${where}, or this user may not see it.`, options);
  const certificate = certificateProblem(error);
  if (certificate !== null)
    return new BrokerError('misconfigured', `The certificate of ${where} is not accepted (${certificate}): see kafka.tls.`, options);
  if (find(error, 'code', 'PLT_KFK_NETWORK') || find(error, 'code', 'PLT_KFK_TIMEOUT'))
    return new BrokerError('unreachable', `${where} cannot be reached: ${reasonOf(error)}`, options);
  return new BrokerError('failed', `The broker failed: ${reasonOf(error)}`, options);
}

function find(error: Error, property: string, value: unknown): boolean {
  return findErrorBy(error, property, value) !== null;
}

/** The innermost errors say what happened; those around them say only that something did. */
function reasonOf(error: Error): string {
  const [first] = leavesOf(error);
  return clamp(first?.message || first?.name || 'no reason was given', 300);
}

function certificateProblem(error: Error): string | null {
  const codes = leavesOf(error).flatMap((one) => ('code' in one && typeof one.code === 'string' ? [one.code] : []));
  return codes.find((code) => /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME|^ERR_(SSL|TLS)/.test(code)) ?? null;
}

function leavesOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 8) return [];
  const under = [...(error instanceof AggregateError ? error.errors : []), error.cause].flatMap((one) => leavesOf(one, depth + 1));
  return under.length > 0 ? under : [error];
}
