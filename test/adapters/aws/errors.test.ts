import { describe, expect, test } from '@jest/globals';
import { awsError } from '../../../src/adapters/aws/errors.ts';

const ASKED = { permission: 'qbusiness:GetChatControlsConfiguration', resource: 'arn:aws:qbusiness:eu-west-1:*:application/x' };
const me = async () => 'arn:aws:iam::123456789012:role/tocsin';

function thrown(name: string, message = 'said so', status?: number, more: object = {}): Error {
  return Object.assign(new Error(message), {
    name,
    ...(status === undefined ? {} : { $fault: status >= 500 ? 'server' : 'client', $metadata: { httpStatusCode: status } }),
    ...more,
  });
}

describe('errors of AWS', () => {
  test.each([
    ['AccessDeniedException', 403, 'denied'],
    ['Forbidden', 403, 'denied'],
    ['WhoKnows', 403, 'denied'],
    ['ResourceNotFoundException', 404, 'not-found'],
    ['NoSuchEntityException', 404, 'not-found'],
    ['WhoKnows', 404, 'not-found'],
    ['ThrottlingException', 400, 'throttled'],
    ['WhoKnows', 429, 'throttled'],
    ['ConflictException', 409, 'conflict'],
    ['ValidationException', 400, 'invalid'],
    ['WhoKnows', 400, 'invalid'],
    ['InternalServerException', 500, 'unreachable'],
    ['ExpiredTokenException', 400, 'denied'],
  ])('%s with status %d is %s', async (name, status, reason) => {
    expect(await awsError(thrown(name, 'said so', status), ASKED, me)).toMatchObject({ reason, code: `aws-${reason}`, serviceCode: name });
  });

  test('a denied call names who, what and where, as AWS says it', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/ci/run is not authorized to perform: qbusiness:GetChatControlsConfiguration on resource: "arn:aws:qbusiness:eu-west-1:123456789012:application/x" because no identity-based policy allows the qbusiness:GetChatControlsConfiguration action';
    expect((await awsError(thrown('AccessDeniedException', message, 403), ASKED, me)).message).toBe(
      'qbusiness:GetChatControlsConfiguration on arn:aws:qbusiness:eu-west-1:123456789012:application/x is denied to arn:aws:sts::123456789012:assumed-role/ci/run: add it to the role that Tocsin runs as, deploy/aws/tocsin-policy.json has it.',
    );
  });

  test('and where AWS only says no, as it was asked', async () => {
    expect((await awsError(thrown('AccessDenied', 'Access Denied', 403), ASKED, me)).message).toBe(
      'qbusiness:GetChatControlsConfiguration on arn:aws:qbusiness:eu-west-1:*:application/x is denied to arn:aws:iam::123456789012:role/tocsin: add it to the role that Tocsin runs as, deploy/aws/tocsin-policy.json has it.',
    );
  });

  test('an explicit deny is not mended by adding', async () => {
    const message =
      'User: arn:aws:iam::1:user/x is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a resource-based policy';
    expect((await awsError(thrown('AccessDenied', message, 403), ASKED, me)).message).toBe(
      's3:GetObject on arn:aws:s3:::b/k is denied to arn:aws:iam::1:user/x by a Deny in its resource-based policy. Whoever owns that policy must make an exception.',
    );
  });

  test('credentials that AWS does not accept are no missing permission', async () => {
    expect((await awsError(thrown('InvalidClientTokenId', 'The security token is invalid', 403), ASKED, me)).message).toContain(
      'AWS does not accept the credentials (InvalidClientTokenId)',
    );
  });

  test.each([
    [false, thrown('Error', 'x', undefined, { code: 'ECONNREFUSED' }), 'unreachable'],
    [true, thrown('Error', 'x', undefined, { code: 'ECONNREFUSED' }), 'unreachable'],
    [false, thrown('Error', 'x', undefined, { code: 'ECONNRESET' }), 'unreachable'],
    [true, thrown('Error', 'x', undefined, { code: 'ECONNRESET' }), 'uncertain'],
    [false, thrown('TimeoutError'), 'timeout'],
    [true, thrown('TimeoutError'), 'uncertain'],
    [false, thrown('AbortError'), 'timeout'],
    [true, thrown('InternalServerException', 'x', 500), 'uncertain'],
  ])('without an answer: writing %s, %s is %s', async (writing, error, reason) => {
    expect(await awsError(error, { ...ASKED, writing }, me)).toMatchObject({ reason });
  });

  test('what it says is one short line', async () => {
    const { message } = await awsError(thrown('ValidationException', `a\nb ${'x'.repeat(5_000)}`, 400), ASKED, me);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(700);
  });
});
