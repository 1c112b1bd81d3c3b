import type { Principal } from './principals.ts';
import { ApiError } from './protocol/error.ts';
import type { Service } from './protocol/service.ts';
import type { SignatureProblem } from './protocol/signature.ts';
import type { Decision } from './services/iam/policy.ts';

type Kind = 'json' | 'query' | 's3';

interface Said {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
const UNKNOWN = 'The security token included in the request is invalid.';

/** What each family of services says to a request whose sender it cannot make out. */
const REFUSALS: Readonly<Record<SignatureProblem | 'unsigned' | 'unknown-key', Readonly<Record<Kind, Said>>>> = {
  unsigned: {
    json: { status: 403, code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
    query: { status: 403, code: 'MissingAuthenticationToken', message: 'Request is missing Authentication Token' },
    s3: { status: 403, code: 'AccessDenied', message: 'Access Denied' },
  },
  'unknown-key': {
    json: { status: 400, code: 'UnrecognizedClientException', message: UNKNOWN },
    query: { status: 403, code: 'InvalidClientTokenId', message: UNKNOWN },
    s3: { status: 403, code: 'InvalidAccessKeyId', message: 'The AWS Access Key Id you provided does not exist in our records.' },
  },
  mismatch: {
    json: { status: 400, code: 'InvalidSignatureException', message: MISMATCH },
    query: { status: 403, code: 'SignatureDoesNotMatch', message: MISMATCH },
    s3: { status: 403, code: 'SignatureDoesNotMatch', message: MISMATCH },
  },
  expired: {
    json: { status: 400, code: 'InvalidSignatureException', message: 'Signature expired' },
    query: { status: 403, code: 'SignatureDoesNotMatch', message: 'Signature expired' },
    s3: { status: 403, code: 'RequestTimeTooSkewed', message: 'The difference between the request time and the current time is too large.' },
  },
  'missing-date': {
    json: {
      status: 400,
      code: 'IncompleteSignatureException',
      message: 'Authorization header requires existence of either a X-Amz-Date or a Date header.',
    },
    query: { status: 400, code: 'IncompleteSignature', message: 'Authorization header requires existence of either a X-Amz-Date or a Date header.' },
    s3: { status: 403, code: 'AccessDenied', message: 'AWS authentication requires a valid Date or x-amz-date header' },
  },
  'unsigned-headers': {
    json: { status: 400, code: 'InvalidSignatureException', message: 'There were headers present in the request which were not signed' },
    query: { status: 403, code: 'SignatureDoesNotMatch', message: 'There were headers present in the request which were not signed' },
    s3: { status: 403, code: 'AccessDenied', message: 'There were headers present in the request which were not signed' },
  },
  payload: {
    json: { status: 400, code: 'InvalidSignatureException', message: MISMATCH },
    query: { status: 403, code: 'SignatureDoesNotMatch', message: MISMATCH },
    s3: { status: 400, code: 'XAmzContentSHA256Mismatch', message: "The provided 'x-amz-content-sha256' header does not match what was computed." },
  },
};

export function refusal(
  service: Service | null,
  problem: SignatureProblem | 'unsigned' | 'unknown-key' | 'region',
  about: { readonly region: string; readonly given: string; readonly accessKeyId: string },
): ApiError {
  const kind = kindOf(service);
  if (problem === 'region') {
    if (kind === 's3') {
      const message = `The authorization header is malformed; the region '${about.given}' is wrong; expecting '${about.region}'`;
      return new ApiError(400, 'AuthorizationHeaderMalformed', message);
    }
    const message = `Credential should be scoped to a valid region, not '${about.given}'.`;
    return kind === 'json' ? new ApiError(400, 'InvalidSignatureException', message) : new ApiError(403, 'SignatureDoesNotMatch', message);
  }
  const { status, code, message } = REFUSALS[problem][kind];
  // REST services say 403 where the others say 400.
  return new ApiError(service?.protocol.kind === 'rest-json' ? 403 : status, code, message);
}

/** What a service says to somebody who may not; IAM user guide, "Troubleshoot access denied error messages". */
export function denial(
  service: Service | null,
  { arn }: Principal,
  action: string,
  resource: string,
  decision: Exclude<Decision, 'allowed'>,
): ApiError {
  const on = service === null ? `"${resource}"` : resource;
  const why =
    decision === 'explicitDeny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${on} ${why}`;
  if (service === null) return new ApiError(403, 'AccessDenied', message);
  if (service.name === 'sns') return new ApiError(403, 'AuthorizationError', message);
  if (service.protocol.kind === 'json' && service.protocol.queryCompatible !== true) return new ApiError(400, 'AccessDeniedException', message);
  return new ApiError(403, service.protocol.kind === 'rest-json' ? 'AccessDeniedException' : 'AccessDenied', message);
}

function kindOf(service: Service | null): Kind {
  if (service === null) return 's3';
  return service.protocol.kind === 'query' ? 'query' : 'json';
}
