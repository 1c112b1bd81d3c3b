import { ApiError } from './error.ts';
import type { WireRequest } from './http.ts';
import { parseJson } from './json.ts';
import type { Operation, Service } from './service.ts';

/** The REST-JSON protocol: the operation is told by method and path; members travel in path, query string and body. */
export function routeRest(service: Service, request: WireRequest): { readonly operation: Operation; readonly input: unknown } {
  const [path = '/', query = ''] = request.url.split('?');
  for (const operation of service.operations) {
    const labels = match(operation.http ?? '', request.method, path, query);
    if (labels !== null) return { operation, input: inputOf(operation, request, labels, query) };
  }
  throw new ApiError(404, 'UnknownOperationException', '');
}

function match(route: string, method: string, path: string, query: string): Record<string, string> | null {
  const [verb, template = ''] = route.split(' ');
  const [pattern = '', fixed] = template.split('?');
  if (verb !== method || (fixed !== undefined && !query.split('&').some((pair) => pair === fixed || pair === `${fixed}=`))) return null;
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const labels: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    if (part.startsWith('{')) labels[part.slice(1, -1)] = value;
    else if (part !== value) return null;
  }
  return labels;
}

function inputOf(operation: Operation, request: WireRequest, labels: Readonly<Record<string, string>>, query: string): unknown {
  const fixed = (operation.http ?? '').split('?')[1];
  const names = operation.query ?? {};
  const input: Record<string, unknown> = { ...(parseJson(request.body) as Record<string, unknown>), ...labels };
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === fixed) continue;
    const member = Object.entries(names).find(([, wire]) => wire === name)?.[0];
    if (member === undefined) throw new ApiError(400, 'ValidationException', `Unknown query parameter: ${name}`);
    const before = input[member];
    input[member] = before === undefined ? value : [before, value].flat();
  }
  return input;
}
