import { ApiError } from './protocol/error.ts';
import type { WireRequest } from './protocol/http.ts';
import { parseJson, targetOf } from './protocol/json.ts';
import { parseQuery } from './protocol/query.ts';
import { routeRest } from './protocol/rest-json.ts';
import type { Operation, Service } from './protocol/service.ts';
import { SERVICES } from './services/registry.ts';

/** The operation that a request asks a service for, and its input as it came. */
export function route(service: Service, request: WireRequest): { readonly operation: Operation; readonly raw: unknown } {
  switch (service.protocol.kind) {
    case 'rest-json': {
      const { operation, input } = routeRest(service, request);
      return { operation, raw: input };
    }
    case 'json':
      return { operation: find(service, targetOf(service, request)), raw: parseJson(request.body) };
    case 'query': {
      const { name, input } = parseQuery(service, request);
      return { operation: find(service, name), raw: input };
    }
  }
}

/** Throws the service's own error for an operation that it does not have. */
export function find(service: Service, name: string): Operation {
  const operation = service.operations.find((one) => one.name === name);
  if (operation !== undefined) return operation;
  if (service.protocol.kind === 'query') throw new ApiError(400, 'InvalidAction', `The action ${name} is not valid for this endpoint.`);
  throw new ApiError(400, 'UnknownOperationException', '');
}

/** Which service an unsigned request was meant for; `undefined` stands for S3. */
export function guess(request: WireRequest): Service | undefined {
  const target = request.headers['x-amz-target']?.split('.').at(-2);
  if (target !== undefined) return [...SERVICES.values()].find(({ protocol }) => protocol.kind === 'json' && protocol.target === target);
  if (request.url.startsWith('/applications')) return SERVICES.get('qbusiness');
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ? SERVICES.get('sts') : undefined;
}
