import { describe, expect, test } from '@jest/globals';
import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka';
import { errorFor } from '../../../src/adapters/kafka/errors.ts';

const ASKED = { brokers: ['kafka:9092'], topics: ['trips'], group: 'tocsin' };

function system(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('What the client of Kafka throws', () => {
  test.each<readonly [string, unknown, string, string]>([
    [
      'nobody listens',
      new MultipleErrors('Cannot connect.', [
        new NetworkError('Connection error', { cause: system('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:9092') }),
      ]),
      'kafka-unreachable',
      'kafka:9092 cannot be reached: connect ECONNREFUSED 10.0.0.1:9092.',
    ],
    [
      'a wrong password',
      new NetworkError('Connection failed.', { cause: new AuthenticationError('SASL authentication failed.') }),
      'kafka-denied',
      'The broker does not let this user in: SASL authentication failed.',
    ],
    [
      'a topic that is not there',
      new UserError('Unknown topic trips.'),
      'kafka-not-found',
      'There is no topic trips at kafka:9092, or this user may not see it.',
    ],
    [
      'a group that it may not join',
      new ProtocolError('GROUP_AUTHORIZATION_FAILED'),
      'kafka-denied',
      'This user may not read as the group tocsin. Allow Read on the group.',
    ],
    [
      'a certificate of somebody else',
      new NetworkError('Connection failed.', { cause: system('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate') }),
      'kafka-misconfigured',
      'The certificate of kafka:9092 is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): see kafka.tls.',
    ],
    ['anything else', new Error('Out of cheese'), 'kafka-failed', 'The broker failed: Out of cheese.'],
    ['no error at all', 'oops', 'kafka-failed', 'The broker failed: oops.'],
  ])('%s has a code and a sentence', (_, thrown, code, message) => {
    const error = errorFor(thrown, ASKED);
    expect([error.code, error.message]).toEqual([code, message]);
    expect(error.cause).toBe(thrown);
    expect(errorFor(error, ASKED)).toBe(error);
  });
});
