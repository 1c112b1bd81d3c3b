import { types } from 'node:util';
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
  if (!types.isNativeError(error)) return new BrokerError('failed', `The broker failed: ${clamp(String(error), 200)}.`, { cause: error });
  const options = { cause: error };
  const where = asked.brokers.join(', ');
  const found = allOf(error);
  const has = (property: 'code' | 'apiId', value: string) => found.some((one) => property in one && Reflect.get(one, property) === value);
  for (const [id, says] of REFUSALS) if (has('apiId', id)) return new BrokerError('denied', says(asked), options);
  const reason = reasonOf(found);
  if (has('code', 'PLT_KFK_AUTHENTICATION') && reason === 'Connection closed.')
    return new BrokerError('unreachable', `${where} ends the connection at the login: does it want kafka.tls?`, options);
  if (has('code', 'PLT_KFK_AUTHENTICATION')) return new BrokerError('denied', `The broker does not let this user in: ${reason}`, options);
  if (has('apiId', 'UNKNOWN_TOPIC_OR_PARTITION') || found.some(({ message }) => message.startsWith('Unknown topic ')))
    return new BrokerError('not-found', `There is no topic ${asked.topics.join(' or ')} at ${where}, or this user may not see it.`, options);
  const certificate = found.map(codeOf).find((code) => CERTIFICATE.test(code));
  if (certificate !== undefined)
    return new BrokerError('misconfigured', `The certificate of ${where} is not accepted (${certificate}): see kafka.tls.`, options);
  if (has('code', 'PLT_KFK_NETWORK') || has('code', 'PLT_KFK_TIMEOUT'))
    return new BrokerError('unreachable', `${where} cannot be reached: ${reason}`, options);
  return new BrokerError('failed', `The broker failed: ${reason}`, options);
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME/;

/** An error, what it is put together of, and what caused it. The innermost come first: they say what happened. */
function allOf(error: unknown, depth = 0): readonly Error[] {
  if (!types.isNativeError(error) || depth > 8) return [];
  const parts: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const under = [...parts, error.cause];
  return [...under.flatMap((one) => allOf(one, depth + 1)), error];
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** In a sentence of its own, with its full stop. */
function reasonOf(found: readonly Error[]): string {
  const said = clamp(found.find(({ message }) => message !== '')?.message ?? 'no reason was given', 300);
  return /[.!?…]$/.test(said) ? said : `${said}.`;
}
