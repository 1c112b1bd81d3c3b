import { clamp } from '../../lib/clamp.ts';
import { AwsError } from '../../ports/aws.ts';

/** What was asked of AWS, for the text of an error. */
export interface Asked {
  /** As IAM names it: `qbusiness:GetChatControlsConfiguration`. */
  readonly permission: string;
  /** The resource's ARN, with `*` for an account that is not known. */
  readonly resource: string;
  /** Whether it changes something: without an answer it may or may not have happened. */
  readonly writing?: boolean;
}

const MAX_SAID = 400;

/** Names of errors that mean the same in every service (AWS, "Common Errors" of each API's reference). */
const BY_NAME: Readonly<Record<string, AwsError['reason']>> = {
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  AuthorizationError: 'denied',
  AuthorizationErrorException: 'denied',
  NotAuthorized: 'denied',
  Forbidden: 'denied',
  ResourceNotFoundException: 'not-found',
  NoSuchEntity: 'not-found',
  NoSuchEntityException: 'not-found',
  NoSuchBucket: 'not-found',
  NoSuchKey: 'not-found',
  NoSuchVersion: 'not-found',
  NotFound: 'not-found',
  NotFoundException: 'not-found',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  SlowDown: 'throttled',
  ConflictException: 'conflict',
  ConcurrentModificationException: 'conflict',
  OperationAborted: 'conflict',
  PreconditionFailed: 'conflict',
  ValidationException: 'invalid',
  ServiceQuotaExceededException: 'invalid',
};

/** AWS does not know the key, or its time is over: nothing about permissions. */
const CREDENTIALS = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'TokenRefreshRequired',
  'CredentialsProviderError',
]);

/** Nobody was there to hear it: it cannot have happened. */
const NOT_CONNECTED = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROXY)\b/;

/** The error for what the SDK threw. `who` is asked for only when AWS does not say it itself. */
export async function awsError(thrown: unknown, asked: Asked, who: () => Promise<string>): Promise<AwsError> {
  if (thrown instanceof AwsError) return thrown;
  const failure = failureOf(thrown);
  const options = { serviceCode: failure.name, cause: thrown };
  const what = `${asked.permission} on ${asked.resource}`;
  if (CREDENTIALS.has(failure.name)) return new AwsError('denied', credentialsText(failure, what), options);
  const reason = reasonOf(failure, asked.writing === true);
  if (reason === 'denied') return new AwsError('denied', await deniedText(failure, asked, who), options);
  return new AwsError(reason, `${TEXTS[reason](what)}${said(failure)}`, options);
}

const TEXTS: Readonly<Record<Exclude<AwsError['reason'], 'denied'>, (what: string) => string>> = {
  'not-found': (what) => `There is nothing of that name: ${what}. Check the id, the region and the account.`,
  throttled: (what) => `AWS asks to slow down: ${what}. Try again in a minute.`,
  conflict: (what) => `AWS is busy with it, or somebody else was faster: ${what}. Look again.`,
  invalid: (what) => `AWS refused ${what}.`,
  timeout: (what) => `AWS did not answer in time: ${what}.`,
  unreachable: (what) => `AWS cannot be reached: ${what}. Check the network, the region and AWS_ENDPOINT_URL.`,
  uncertain: (what) => `No answer to ${what}. It may or may not have been done: look first.`,
  failed: (what) => `${what} failed.`,
};

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly status: number | null;
  /** Node's own code of a lost connection. */
  readonly code: string;
}

function failureOf(thrown: unknown): Failure {
  const fields = typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>) : {};
  const metadata = typeof fields['$metadata'] === 'object' && fields['$metadata'] !== null ? (fields['$metadata'] as Record<string, unknown>) : {};
  const status = metadata['httpStatusCode'];
  const answered = typeof status === 'number' && (fields['$fault'] !== undefined || status >= 300);
  return { name: text(fields['name']), message: text(fields['message']), status: answered ? status : null, code: text(fields['code']) };
}

function reasonOf({ name, message, status, code }: Failure, writing: boolean): AwsError['reason'] {
  const known = BY_NAME[name];
  if (known !== undefined) return known;
  if (status === null) {
    // Over HTTP/2 Node's code stands only in the words.
    if (NOT_CONNECTED.test(`${code} ${message}`)) return 'unreachable';
    if (writing) return 'uncertain';
    return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'unreachable';
  }
  if (status >= 500) return writing ? 'uncertain' : 'unreachable';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 429) return 'throttled';
  return status >= 400 ? 'invalid' : 'failed';
}

function credentialsText({ name }: Failure, what: string): string {
  const why = name === 'CredentialsProviderError' ? 'There are no credentials for AWS' : `AWS does not accept the credentials (${name})`;
  return `${why}, asked for ${what}. Give Tocsin a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
}

/** AWS names user, action and resource in most denials; S3 at times only says no. */
async function deniedText(failure: Failure, asked: Asked, who: () => Promise<string>): Promise<string> {
  const named = /User: (\S{1,300}) is not authorized to perform: ([\w:*-]{1,100})(?: on resource: "?([^\s"]{1,400})"?)?/.exec(failure.message);
  const user = named?.[1] ?? (await who());
  const permission = named?.[2] ?? asked.permission;
  const resource = named?.[3] ?? asked.resource;
  if (/explicit deny/i.test(failure.message)) {
    const where = /explicit deny in an? ([\w -]{1,60}policy)/i.exec(failure.message)?.[1] ?? 'policy';
    return `${permission} on ${resource} is denied to ${user} by a Deny in its ${where}. Whoever owns that policy must make an exception.`;
  }
  return `${permission} on ${resource} is denied to ${user}: add it to the role that Tocsin runs as, deploy/aws/tocsin-policy.json has it.`;
}

function said({ name, message }: Failure): string {
  const words = [name, message.replace(/\s+/g, ' ').trim()].filter((word) => word !== '' && word !== 'Error' && word !== 'UnknownError');
  return words.length === 0 ? '' : ` (${clamp(words.join(': '), MAX_SAID)})`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
