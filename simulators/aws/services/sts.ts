import { z } from 'zod';
import { userIdentity } from '../principals.ts';
import { ApiError } from '../protocol/error.ts';
import { operation, type Service } from '../protocol/service.ts';

/** The Security Token Service. */
export const sts: Service = {
  name: 'sts',
  prefix: 'sts',
  source: 'sts.amazonaws.com',
  protocol: { kind: 'query', version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  global: true,
  invalid: ({ text }) => new ApiError(400, 'ValidationError', text),
  operations: [
    operation({
      name: 'GetCallerIdentity',
      input: z.strictObject({}),
      // No permission is needed: even who is denied everything may ask who they are.
      resource: () => null,
      run: (_input, { account, principal }) => ({
        Arn: principal.arn,
        UserId: userIdentity(principal)['principalId'],
        Account: account.id,
      }),
    }),
  ],
};
