import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../aws/protocol/error.ts';
import { parseInput } from '../../aws/protocol/input.ts';
import { SERVICES } from '../../aws/services/registry.ts';

const OPERATIONS = [...SERVICES.values()].flatMap((service) =>
  service.operations.map((operation) => ({ name: `${service.name}:${operation.name}`, service, operation })),
);

/** What an input is refused with. */
function refusal(name: string, input: unknown): ApiError {
  const found = OPERATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no operation ${name}.`);
  try {
    parseInput(found.service, found.operation, input);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('The input was not refused.');
}

test.each(OPERATIONS.map(({ name }) => name))('%s refuses a member that it does not know', (name) => {
  const { status, message } = refusal(name, { MadeUp: 'x' });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(message).not.toBe('');
});

describe('each service says what is wrong in its own way', () => {
  test.each([
    ['qbusiness:GetApplication', {}, 'ValidationException', "Value at 'applicationId' failed to satisfy constraint: Member must not be null"],
    ['qbusiness:GetApplication', { applicationId: 7 }, 'SerializationException', "Expected string at 'applicationId'"],
    ['logs:FilterLogEvents', { logGroupName: 'a b' }, 'InvalidParameterException', 'regular expression pattern'],
    ['logs:FilterLogEvents', { logGroupName: 'a', limit: 10_001 }, 'InvalidParameterException', 'value less than or equal to 10000'],
    ['events:PutRule', {}, 'ValidationException', "'Name'"],
    ['events:PutTargets', { Rule: 'r', Targets: [] }, 'ValidationException', 'length greater than or equal to 1'],
    ['monitoring:SetAlarmState', { AlarmName: 'a', StateValue: 'OK' }, 'MissingParameter', 'StateReason'],
    [
      'monitoring:SetAlarmState',
      { AlarmName: 'a', StateValue: 'FINE', StateReason: '' },
      'ValidationError',
      'enum value set: [OK, ALARM, INSUFFICIENT_DATA]',
    ],
    ['iam:GetRole', { RoleName: 'a b' }, 'ValidationError', 'regular expression pattern'],
    ['iam:ListRolePolicies', { RoleName: 'a', MaxItems: 'many' }, 'ValidationError', 'MaxItems'],
    ['sns:Publish', { TopicArn: 'x', Message: '' }, 'InvalidParameter', 'Invalid parameter: Message'],
    ['cloudtrail:LookupEvents', { LookupAttributes: [{ AttributeKey: 'Colour', AttributeValue: 'x' }] }, 'InvalidLookupAttributesException', 'enum'],
  ])('%s %j: %s', (name, input, code, message) => {
    expect(refusal(name, input)).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
