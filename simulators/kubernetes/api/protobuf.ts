import type { Json, JsonObject } from '../json.ts';

/**
 * Reads the few kinds that kubectl's typed clients send as protobuf whatever the server prefers: `create secret`, `auth can-i`,
 * `drain`. Field numbers: `generated.proto` of k8s.io/api and k8s.io/apimachinery. `s` string, `B` bytes, `i` integer, `b` boolean,
 * `{s}` and `{B}` maps by string, `[s]` a list of strings, anything else a message.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, readonly [name: string, form: string]>>>> = {
  Unknown: { 1: ['typeMeta', 'TypeMeta'], 2: ['raw', 'B'], 3: ['contentEncoding', 's'], 4: ['contentType', 's'] },
  TypeMeta: { 1: ['apiVersion', 's'], 2: ['kind', 's'] },
  ObjectMeta: {
    1: ['name', 's'],
    2: ['generateName', 's'],
    3: ['namespace', 's'],
    5: ['uid', 's'],
    6: ['resourceVersion', 's'],
    11: ['labels', '{s}'],
    12: ['annotations', '{s}'],
    14: ['finalizers', '[s]'],
  },
  Secret: { 1: ['metadata', 'ObjectMeta'], 2: ['data', '{B}'], 3: ['type', 's'], 4: ['stringData', '{s}'], 5: ['immutable', 'b'] },
  ConfigMap: { 1: ['metadata', 'ObjectMeta'], 2: ['data', '{s}'], 3: ['binaryData', '{B}'], 4: ['immutable', 'b'] },
  Namespace: { 1: ['metadata', 'ObjectMeta'] },
  ServiceAccount: { 1: ['metadata', 'ObjectMeta'] },
  SelfSubjectAccessReview: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'AccessSpec'] },
  AccessSpec: { 1: ['resourceAttributes', 'ResourceAttributes'], 2: ['nonResourceAttributes', 'NonResourceAttributes'] },
  ResourceAttributes: {
    1: ['namespace', 's'],
    2: ['verb', 's'],
    3: ['group', 's'],
    4: ['version', 's'],
    5: ['resource', 's'],
    6: ['subresource', 's'],
    7: ['name', 's'],
  },
  NonResourceAttributes: { 1: ['path', 's'], 2: ['verb', 's'] },
  SelfSubjectRulesReview: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'RulesSpec'] },
  RulesSpec: { 1: ['namespace', 's'] },
  SelfSubjectReview: { 1: ['metadata', 'ObjectMeta'] },
  Eviction: { 1: ['metadata', 'ObjectMeta'], 2: ['deleteOptions', 'DeleteOptions'] },
  DeleteOptions: { 1: ['gracePeriodSeconds', 'i'], 2: ['preconditions', 'Preconditions'], 4: ['propagationPolicy', 's'], 5: ['dryRun', '[s]'] },
  Preconditions: { 1: ['uid', 's'], 2: ['resourceVersion', 's'] },
  Scale: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'ScaleSpec'] },
  ScaleSpec: { 1: ['replicas', 'i'] },
};

const MAGIC = Buffer.from('k8s\0');

/** An object in the envelope that Kubernetes puts around protobuf; undefined for a kind that is not known here, or for bytes that are none. */
export function decodeProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, 4).equals(MAGIC)) return undefined;
  const envelope = message('Unknown', body.subarray(4));
  const { apiVersion, kind } = envelope['typeMeta'] as { apiVersion?: string; kind?: string };
  if (apiVersion === undefined || kind === undefined || !(kind in MESSAGES)) return undefined;
  return { apiVersion, kind, ...message(kind, Buffer.from((envelope['raw'] as string | undefined) ?? '', 'base64')) };
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function varint(cursor: Cursor): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('The message ends too early.');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
}

function* fields(bytes: Buffer): Generator<{ number: number; value: number | Buffer }> {
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = varint(cursor);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) {
      yield { number, value: varint(cursor) };
      continue;
    }
    if (wire === 1 || wire === 5) {
      cursor.at += wire === 1 ? 8 : 4;
      continue;
    }
    const length = varint(cursor);
    yield { number, value: bytes.subarray(cursor.at, cursor.at + length) };
    cursor.at += length;
  }
}

function message(type: string, bytes: Buffer): JsonObject {
  const result: JsonObject = {};
  for (const { number, value } of fields(bytes)) {
    const [name, form] = MESSAGES[type]?.[number] ?? [];
    if (name === undefined || form === undefined) continue;
    if (typeof value === 'number') result[name] = form === 'b' ? value !== 0 : value;
    else if (form.startsWith('{')) result[name] = { ...(result[name] as JsonObject | undefined), ...entry(value, form.slice(1, -1)) };
    else if (form.startsWith('[')) result[name] = [...((result[name] as Json[] | undefined) ?? []), value.toString()];
    else if (form.length === 1) {
      // An empty string is how Go writes an absent one.
      if (value.length > 0) result[name] = scalar(value, form);
    } else result[name] = message(form, value);
  }
  return result;
}

function scalar(value: Buffer, form: string): string {
  return form === 'B' ? value.toString('base64') : value.toString();
}

function entry(bytes: Buffer, form: string): JsonObject {
  let key = '';
  let text = '';
  for (const { number, value } of fields(bytes)) {
    if (typeof value === 'number') continue;
    if (number === 1) key = value.toString();
    else text = scalar(value, form);
  }
  return { [key]: text };
}
