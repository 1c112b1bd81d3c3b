import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import type { KubeObject } from '../../ports/cluster.ts';
import { integer } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { rightOn } from './resource-name.ts';
import { listServed, sayNotServed } from './served.ts';

const pointer = z.string().regex(/^(\/[^/]+)+$/, 'expected a JSON pointer such as /spec/reason');
const input = z.strictObject({
  api_version: z.string().regex(/^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/, 'expected an API version such as apps/v1'),
  kind: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'expected a kind such as Deployment'),
  namespace: z.string().min(1).default('*').describe('* for all; kinds without namespaces need none'),
  selector: z.string().default('').describe('Labels: app=shop,component=web'),
  fields: z.record(z.string().min(1).max(30), pointer).default({}).describe('What of each is shown: names and JSON pointers'),
  where: z.record(z.string(), z.string()).default({}).describe('Only those whose fields are exactly so; an empty text stands for any'),
  limit: integer.min(1).max(500).default(50).describe('The newest are kept'),
});

const output = z.strictObject({
  served: z.boolean(),
  /** All that fit, those beyond the limit too. */
  count: integer,
  names: z.array(z.string()),
  items: z.array(
    z.strictObject({ name: z.string(), namespace: z.string(), created: z.string(), age_s: integer, fields: z.record(z.string(), z.string()) }),
  ),
});

export const k8sResources = readAction({
  name: 'k8s.resources',
  about: 'Objects of any kind, the newest first, with chosen fields. Says when the cluster does not have the kind at all.',
  input,
  output,
  rights: ({ api_version: apiVersion, kind, namespace }) => [rightOn({ apiVersion, kind }, namespace, 'list')],
  async run({ api_version: apiVersion, kind, namespace, selector, fields, where, limit }, context) {
    const now = await context.now();
    const objects = await listServed(context.cluster(), { apiVersion, kind }, { namespace, ...(selector === '' ? {} : { labelSelector: selector }) });
    if (objects === null) return { state: 'unknown', output: { served: false }, summary: sayNotServed({ apiVersion, kind }) };
    const wanted = Object.entries(where).filter(([, value]) => value !== '');
    const all = objects
      .map((object) => rowOf(object, fields, now))
      .filter((row) => wanted.every(([name, value]) => row.fields[name] === value))
      .sort((one, other) => one.age_s - other.age_s || one.name.localeCompare(other.name));
    const items = all.slice(0, limit);
    const columns = Object.keys(fields);
    const more = all.length > items.length ? `; the newest ${items.length} are shown` : '';
    return {
      output: { served: true, count: all.length, names: items.map(({ name }) => name), items },
      summary: `${plural(all.length, kind, `${kind}s`)}${more}`,
      table: {
        columns: ['Namespace', 'Name', 'Age', ...columns],
        rows: items.map((row) => [row.namespace, row.name, sayAge(row.age_s), ...columns.map((name) => row.fields[name] ?? '')]),
      },
    };
  },
});

function rowOf(object: KubeObject, fields: Readonly<Record<string, string>>, now: number): z.infer<typeof output>['items'][number] {
  const { name, namespace = '', creationTimestamp = '' } = object.metadata;
  const shown = Object.fromEntries(Object.entries(fields).map(([key, at]) => [key, textAt(object, at)]));
  return { name, namespace, created: creationTimestamp, age_s: ageSeconds(creationTimestamp, now), fields: shown };
}

/** What is at a JSON pointer (RFC 6901), as text; empty when nothing is there. */
export function textAt(value: unknown, at: string): string {
  let here: unknown = value;
  for (const part of at.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    here = typeof here === 'object' && here !== null && Object.hasOwn(here, key) ? (here as Record<string, unknown>)[key] : undefined;
  }
  if (here === undefined || here === null) return '';
  return typeof here === 'string' ? here : JSON.stringify(here);
}
