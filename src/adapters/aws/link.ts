import { AwsError, type AwsIdentity } from '../../ports/aws.ts';
import type { Clients } from './clients.ts';
import { type Asked, awsError } from './errors.ts';

/** What every call needs: the clients, whose time is over when, and how failures are said. */
export interface Link {
  readonly region: string;
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** Does one call. @throws AwsError */
  ask<T>(asked: Asked, work: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T>;
  /** The same where one failure is an answer. */
  askOr<T, F>(
    asked: Asked,
    expected: AwsError['reason'],
    answer: F,
    work: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T | F>;
  identity(): Promise<AwsIdentity>;
}

const WHO_AM_I: Asked = { permission: 'sts:GetCallerIdentity', resource: '*' };
const NOBODY = 'the credentials of Tocsin';

/** For GetCallerIdentity, ms: whoever asks for it shares one answer, so that it ends with nobody's step. */
const IDENTITY_WITHIN = 10_000;

export function linkTo(region: string, clients: Clients, signal: AbortSignal): Link {
  async function ask<T>(asked: Asked, work: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new AwsError('timeout', `Stopped before AWS was asked for ${asked.permission}.`);
    try {
      return await work({ abortSignal: signal });
    } catch (error) {
      throw await awsError(error, asked, whoAmI);
    }
  }

  function identity(): Promise<AwsIdentity> {
    clients.identity ??= callerIdentity(clients).catch((error: unknown) => {
      clients.identity = null;
      throw error;
    });
    return clients.identity;
  }

  /** For the text of an error: never an error of its own. */
  async function whoAmI(): Promise<string> {
    try {
      return (await identity()).arn;
    } catch {
      return NOBODY;
    }
  }

  return {
    region,
    clients,
    signal,
    ask,
    identity,
    async askOr(asked, expected, answer, work) {
      try {
        return await ask(asked, work);
      } catch (error) {
        if (error instanceof AwsError && error.reason === expected) return answer;
        throw error;
      }
    },
  };
}

async function callerIdentity(clients: Clients): Promise<AwsIdentity> {
  try {
    const { client, sdk } = await clients.sts();
    const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(IDENTITY_WITHIN) });
    return { account: Account ?? '', arn: Arn ?? '' };
  } catch (error) {
    throw await awsError(error, WHO_AM_I, async () => NOBODY);
  }
}
