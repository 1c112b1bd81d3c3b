import type { IncomingHttpHeaders } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { isObject, type JsonObject } from '../json.ts';
import { decodeProtobuf } from './protobuf.ts';
import type { ResourceType, ResourceTypes } from './resources.ts';
import { ApiError, badRequest, noSuchPath, unsupportedMediaType } from './status.ts';
import type { User } from './users.ts';

/** A request as the simulator saw it, kept for tests. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly user: string;
  readonly body: string;
  status: number;
}

/** A request about a resource. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly user: User;
}

export interface ResourceRequest extends ApiRequest {
  readonly type: ResourceType;
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows a `proxy` subresource, with its leading slash. */
  readonly rest: string;
}

export interface Answer {
  readonly status: number;
  readonly body: object | string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: object | string | Buffer, status = 200, headers?: Readonly<Record<string, string>>): Answer {
  return { status, body, ...(headers === undefined ? {} : { headers }) };
}

/** Takes the address of a resource apart. @throws ApiError 404 for what is not served. */
export function resourceRequest(request: ApiRequest, types: ResourceTypes): ResourceRequest {
  const parts = request.path.split('/').slice(1).map(decodeURIComponent);
  const [root, ...tail] = parts;
  const [group, version, ...path] = root === 'api' ? ['', ...tail] : tail;
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined) throw noSuchPath();
  const namespaced = path[0] === 'namespaces' && path.length > 2 && path[2] !== 'status' && path[2] !== 'finalize';
  const namespace = namespaced ? (path[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...rest] = namespaced ? path.slice(2) : path;
  const type = types.find(group, version, plural);
  if (type === undefined) throw noSuchPath();
  if (type.namespaced && namespace === '' && name !== '') throw noSuchPath();
  if (!type.namespaced && namespaced) throw noSuchPath();
  if (subresource !== '' && !(subresource in type.subresources)) throw noSuchPath();
  if (rest.length > 0 && subresource !== 'proxy') throw noSuchPath();
  return { ...request, type, namespace, name, subresource, rest: `/${rest.join('/')}` };
}

/** The verb that RBAC and discovery know a request by. @throws ApiError 405 */
export function verbOf({ method, name, query }: ResourceRequest): string {
  const watch = ['true', '1'].includes(query.get('watch') ?? '');
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watch) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
  }
}

const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'];

/** The body as an object. @throws ApiError 400, 415 */
export function bodyObject(request: Pick<ApiRequest, 'headers' | 'body'>): JsonObject {
  const type = contentType(request.headers);
  if (type === 'application/vnd.kubernetes.protobuf') {
    const decoded = decodeProtobuf(request.body);
    if (decoded === undefined) throw unsupportedMediaType(BODY_TYPES);
    return decoded;
  }
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml' && type !== 'application/x-yaml')
    throw unsupportedMediaType(BODY_TYPES);
  const value = parseText(request.body.toString('utf8'), type);
  if (!isObject(value)) throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct");
  return value;
}

function parseText(text: string, type: string): unknown {
  try {
    return type.includes('yaml') ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : 'invalid'}`);
  }
}

export function contentType(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
