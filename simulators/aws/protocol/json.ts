import { ApiError } from './error.ts';
import type { WireAnswer, WireRequest } from './http.ts';
import type { Service } from './service.ts';

/** Times are seconds since the epoch in AWS JSON. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new ApiError(400, 'SerializationException', 'The request body is not JSON.');
  }
}

/** AWS JSON 1.0 and 1.1: everything is POSTed to `/`, the operation is named by `X-Amz-Target`. Some clients send a namespace before it. */
export function targetOf(service: Service, request: WireRequest): string {
  if (service.protocol.kind !== 'json') throw new Error(`${service.name} does not speak AWS JSON.`);
  const [name = '', target] = (request.headers['x-amz-target'] ?? '').split('.').toReversed();
  const type = request.headers['content-type'] ?? '';
  if (request.method !== 'POST' || !type.startsWith(`application/x-amz-json-${service.protocol.version}`) || target !== service.protocol.target) {
    throw new ApiError(404, 'UnknownOperationException', '');
  }
  return name;
}

export function jsonAnswer(service: Service, requestId: string, output: unknown): WireAnswer {
  const type = service.protocol.kind === 'json' ? `application/x-amz-json-${service.protocol.version}` : 'application/json';
  const empty = service.protocol.kind === 'json' && output === undefined;
  return { status: 200, headers: { 'content-type': type, 'x-amzn-requestid': requestId }, body: empty ? '' : encodeJson(output ?? {}) };
}

export function jsonError(service: Service, requestId: string, error: ApiError): WireAnswer {
  const { protocol } = service;
  const headers: Record<string, string> = { 'x-amzn-requestid': requestId };
  if (protocol.kind === 'rest-json') {
    return {
      status: error.status,
      headers: { ...headers, 'content-type': 'application/json', 'x-amzn-errortype': error.code },
      body: encodeJson({ message: error.message, ...error.members }),
    };
  }
  const version = protocol.kind === 'json' ? protocol.version : '1.1';
  headers['content-type'] = `application/x-amz-json-${version}`;
  if (protocol.kind === 'json' && protocol.queryCompatible === true) {
    headers['x-amzn-query-error'] = `${error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`;
  }
  return { status: error.status, headers, body: encodeJson({ __type: error.code, message: error.message, ...error.members }) };
}
