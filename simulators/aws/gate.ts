import { randomUUID } from 'node:crypto';
import { errorAnswer, parseAddress, S3Error, type S3Request } from '../s3/index.ts';
import type { Account } from './account.ts';
import type { Failures } from './failures.ts';
import type { Principal } from './principals.ts';
import { ApiError } from './protocol/error.ts';
import type { WireAnswer, WireRequest } from './protocol/http.ts';
import { parseInput } from './protocol/input.ts';
import { jsonAnswer, jsonError } from './protocol/json.ts';
import { parseQuery, queryAnswer, queryError } from './protocol/query.ts';
import type { Call, Operation, Service } from './protocol/service.ts';
import { type Authorization, checkSignature, parseAuthorization, type SignatureProblem } from './protocol/signature.ts';
import { denial, refusal } from './refusals.ts';
import { find, guess, route } from './routing.ts';
import { SERVICES } from './services/registry.ts';
import { nameOf, permissionsOf } from './services/s3/permissions.ts';
import { sns } from './services/sns/index.ts';
import { signer } from './services/sns/signer.ts';

/** A permission that somebody asked for. */
export interface SeenCall {
  readonly principal: string;
  /** Signing name, such as `qbusiness`. */
  readonly service: string;
  readonly operation: string;
  /** IAM action, such as `s3:GetObject`. */
  readonly action: string;
  /** ARN */
  readonly resource: string;
  readonly allowed: boolean;
}

/** Calls that are remembered. */
const REMEMBERED = 10_000;

/** Where requests come in: who it is, what they want, whether they may. */
export class Gate {
  readonly calls: SeenCall[] = [];
  readonly #account: Account;
  readonly #principals: readonly Principal[];
  readonly #failures: Failures;

  constructor(account: Account, principals: readonly Principal[], failures: Failures) {
    this.#account = account;
    this.#principals = principals;
    this.#failures = failures;
  }

  answer(request: WireRequest): WireAnswer {
    const open = this.#open(request);
    if (open !== null) return open;
    const authorization = parseAuthorization(request.headers['authorization']);
    const service = authorization === null ? guess(request) : SERVICES.get(authorization.service);
    if (authorization?.service === 's3' || service === undefined) return this.#s3(request, authorization);
    const requestId = randomUUID();
    try {
      const principal = this.#authenticate(request, authorization, service);
      this.#account.advance();
      return this.#call(service, request, {
        account: this.#account,
        principal,
        requestId,
        sourceIp: request.sourceIp,
        userAgent: request.headers['user-agent'] ?? '',
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return service.protocol.kind === 'query' ? queryError(service, requestId, error) : jsonError(service, requestId, error);
    }
  }

  /** What needs no signature: the certificate of messages, and the links in them. */
  #open(request: WireRequest): WireAnswer | null {
    if (request.method !== 'GET' || request.headers['authorization'] !== undefined) return null;
    const [path = '/', query = ''] = request.url.split('?');
    if (path.startsWith('/SimpleNotificationService-')) {
      const found = path === `/SimpleNotificationService-${signer().id}.pem`;
      return { status: found ? 200 : 404, headers: { 'content-type': 'application/x-pem-file' }, body: found ? signer().certificate : '' };
    }
    const action = new URLSearchParams(query).get('Action');
    if (path !== '/' || (action !== 'ConfirmSubscription' && action !== 'Unsubscribe')) return null;
    const requestId = randomUUID();
    try {
      const { name, input } = parseQuery(sns, request);
      const operation = find(sns, name);
      const link = { account: this.#account, requestId, sourceIp: request.sourceIp, userAgent: '', principal: NOBODY };
      return queryAnswer(sns, name, requestId, operation.run(parseInput(sns, operation, input), link));
    } catch (error) {
      if (error instanceof ApiError) return queryError(sns, requestId, error);
      throw error;
    }
  }

  #authenticate(request: WireRequest, authorization: Authorization | null, service: Service | null): Principal {
    const problem = this.#problem(request, authorization, service);
    if (typeof problem !== 'string') return problem;
    throw refusal(service, problem, {
      region: this.#account.region,
      given: authorization?.region ?? '',
      accessKeyId: authorization?.accessKeyId ?? '',
    });
  }

  #problem(
    request: WireRequest,
    authorization: Authorization | null,
    service: Service | null,
  ): Principal | SignatureProblem | 'unsigned' | 'unknown-key' | 'region' {
    if (authorization === null) return 'unsigned';
    const principal = this.#principals.find(({ accessKeyId }) => accessKeyId === authorization.accessKeyId);
    if (principal === undefined || request.headers['x-amz-security-token'] !== principal.sessionToken) return 'unknown-key';
    if (authorization.region !== this.#account.region && service?.global !== true) return 'region';
    return checkSignature(request, authorization, principal.secretAccessKey, this.#account.wall()) ?? principal;
  }

  #call(service: Service, request: WireRequest, call: Call): WireAnswer {
    const { operation, raw } = route(service, request);
    const input = parseInput(service, operation, raw);
    const resource = operation.resource(input, call);
    if (resource !== null)
      this.#authorise(service, call.principal, operation.name, { action: operation.action ?? `${service.prefix}:${operation.name}`, resource });
    const failure = this.#failures.take(service.name, operation.name);
    if (failure !== null) throw failure;
    const output = operation.run(input, call);
    if (operation.changes) this.#record(service, operation, raw, output, call);
    this.#account.advance();
    return service.protocol.kind === 'query'
      ? queryAnswer(service, operation.name, call.requestId, output)
      : jsonAnswer(service, call.requestId, output);
  }

  #authorise(
    service: Service | null,
    principal: Principal,
    operation: string,
    needed: { readonly action: string; readonly resource: string; readonly context?: Readonly<Record<string, string>> },
  ): void {
    const context = {
      ...needed.context,
      'aws:PrincipalArn': principal.arn,
      'aws:PrincipalAccount': this.#account.id,
      'aws:RequestedRegion': this.#account.region,
    };
    const decision = this.#account.decide({ arn: principal.arn, policies: [principal.policy] }, { ...needed, context });
    const { action, resource } = needed;
    if (this.calls.length >= REMEMBERED) this.calls.shift();
    this.calls.push({ principal: principal.name, service: service?.name ?? 's3', operation, action, resource, allowed: decision === 'allowed' });
    if (decision !== 'allowed') throw denial(service, principal, action, resource, decision);
  }

  #record(service: Service, { name }: Operation, request: unknown, response: unknown, call: Call): void {
    const { principal, requestId, sourceIp, userAgent } = call;
    const parameters = lowerCamel(request);
    this.#account.trail.record({
      name,
      source: service.source,
      principal,
      request: parameters,
      response: lowerCamel(response),
      sourceIp,
      userAgent,
      requestId,
    });
  }

  #s3(wire: WireRequest, authorization: Authorization | null): WireAnswer {
    const request: S3Request = { method: wire.method, ...parseAddress(wire.url), headers: wire.headers, body: wire.body };
    try {
      const principal = this.#authenticate(wire, authorization, null);
      // Who writes now does not change what a sync read before.
      this.#account.advance();
      const name = nameOf(request);
      const tagged = (bucket: string, key: string, versionId: string | null): boolean => this.#isTagged(bucket, key, versionId);
      for (const needed of permissionsOf(request, tagged)) this.#authorise(null, principal, name, needed);
      const failure = this.#failures.take('s3', name);
      if (failure !== null) throw failure;
      const answer = this.#account.s3.answer(request);
      if (answer.status === 404) this.#hide(request, principal);
      return { ...answer, headers: { ...answer.headers, 'x-amz-request-id': 'SIMULATED' } };
    } catch (error) {
      if (error instanceof ApiError) return errorAnswer(new S3Error(error.status, error.code, error.message));
      throw error;
    }
  }

  /** To somebody who may not list a bucket, S3 does not say that a key is missing. */
  #hide({ bucket, key }: S3Request, principal: Principal): void {
    const resource = `arn:aws:s3:::${bucket}`;
    if (key === '' || !this.#account.s3.buckets.has(bucket)) return;
    const decision = this.#account.decide({ arn: principal.arn, policies: [principal.policy] }, { action: 's3:ListBucket', resource });
    if (decision !== 'allowed') throw denial(null, principal, 's3:ListBucket', resource, decision);
  }

  #isTagged(bucket: string, key: string, versionId: string | null): boolean {
    return (this.#account.s3.buckets.get(bucket)?.version(key, versionId)?.tags.length ?? 0) > 0;
  }
}

/** Who follows a link out of a message. */
const NOBODY: Principal = { name: 'anonymous', accessKeyId: '', secretAccessKey: '', arn: 'anonymous', policy: { Statement: [] } };

/** CloudTrail writes names with a small letter at their beginning. */
function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Map) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), lowerCamel(member)]));
}
