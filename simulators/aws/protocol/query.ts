import { ApiError } from './error.ts';
import type { WireAnswer, WireRequest } from './http.ts';
import type { Service } from './service.ts';

/** The AWS query protocol: a form, with `Action`, `Version` and members flattened as `List.member.1.Name`. */
export function parseQuery(service: Service, request: WireRequest): { readonly name: string; readonly input: unknown } {
  if (service.protocol.kind !== 'query') throw new Error(`${service.name} does not speak the query protocol.`);
  const form = new URLSearchParams(request.method === 'GET' ? (request.url.split('?')[1] ?? '') : request.body.toString('utf8'));
  const name = form.get('Action');
  if (name === null) throw new ApiError(400, 'MissingAction', 'The request must contain the parameter Action.');
  const version = form.get('Version');
  // Links in messages, which people follow with a GET, carry no version.
  if (request.method !== 'GET' && version !== service.protocol.version) {
    throw new ApiError(400, 'InvalidAction', `Could not find operation ${name} for version ${version ?? 'NO_VERSION_SPECIFIED'}`);
  }
  form.delete('Action');
  form.delete('Version');
  return { name, input: unflatten([...form].map(([path, value]) => [path.split('.'), value])) };
}

type Flat = readonly (readonly [path: readonly string[], value: string])[];

function unflatten(entries: Flat): unknown {
  const direct = entries.find(([path]) => path.length === 0);
  if (direct !== undefined) return direct[1];
  const members = new Map<string, (readonly [readonly string[], string])[]>();
  for (const [[head = '', ...rest], value] of entries) members.set(head, [...(members.get(head) ?? []), [rest, value]]);
  const items = members.get('member') ?? members.get('entry');
  const decoded = Object.fromEntries([...members].map(([name, under]) => [name, unflatten(under)]));
  if (items === undefined || members.size > 1) return decoded;
  const list = Object.entries((members.has('member') ? decoded['member'] : decoded['entry']) as Record<string, unknown>)
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, item]) => item);
  return members.has('member') ? list : Object.fromEntries((list as { key: string; value: unknown }[]).map(({ key, value }) => [key, value]));
}

export function queryAnswer(service: Service, name: string, requestId: string, output: unknown): WireAnswer {
  const namespace = service.protocol.kind === 'query' ? service.protocol.namespace : '';
  const result = output === undefined ? '' : element(`${name}Result`, output);
  const metadata = element('ResponseMetadata', { RequestId: requestId });
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`,
  };
}

export function queryError(service: Service, requestId: string, error: ApiError): WireAnswer {
  const namespace = service.protocol.kind === 'query' ? service.protocol.namespace : '';
  const content = element('Error', { Type: error.status < 500 ? 'Sender' : 'Receiver', Code: error.code, Message: error.message, ...error.members });
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<ErrorResponse xmlns="${namespace}">${content}${element('RequestId', requestId)}</ErrorResponse>`,
  };
}

/** Lists have `member`s, a `Map` has `entry`s with `key` and `value`; what is undefined is left out. */
function element(name: string, value: unknown): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => element('member', item)).join('');
  if (value instanceof Map) return [...value].map(([key, item]) => element('entry', { key, value: item as unknown })).join('');
  if (typeof value !== 'object' || value === null) return String(value).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join('');
}
