import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { asJson } from '../../domain/json.ts';
import type { Json } from '../../domain/record.ts';
import { type ActionContext, changeAction, type Touch } from '../../ports/action.ts';
import { ClusterError, type KubeObject } from '../../ports/cluster.ts';
import { diffObjects } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { plain } from './change.ts';
import { managersOf, sayManager } from './managers.ts';
import { rightOn } from './resource-name.ts';
import { listServed, sayNotServed } from './served.ts';

const RULE = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' } as const;

const rule = z.looseObject({ expr: z.string().min(1), alert: z.string().optional(), record: z.string().optional() });
/** What a PrometheusRule is made of. */
export const ruleFields = {
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected the name of an object: lower-case letters, digits and dashes'),
  groups: z.array(z.looseObject({ name: z.string().min(1), rules: z.array(rule).min(1) })).min(1),
  label: z
    .string()
    .regex(/^([A-Za-z0-9./_-]+=[A-Za-z0-9._-]*)?$/, 'expected name=value, or nothing')
    .default('')
    .describe('The label by which Prometheus chooses its rules, such as release=prometheus'),
} as const;
const input = z.strictObject(ruleFields);
type Input = z.infer<typeof input>;
const output = z.strictObject({ name: z.string(), namespace: z.string(), already: z.boolean() });
const snapshotSchema = z.strictObject({ before: z.record(z.string(), z.json()).nullable() });

/** Puts alert rules where the Prometheus operator reads them (PF-31). */
export const k8sApplyRules = changeAction({
  name: 'k8s.apply-rules',
  effect: 'change',
  about: 'Writes a PrometheusRule in the service’s namespace. Where a tool applies it from elsewhere, it says where to change it instead.',
  input,
  output,
  targets: () => [],
  rights: (_asked, context) => [rightOn(RULE, context.cluster().namespace, 'create', 'delete', 'get', 'list', 'patch')],
  async preflight(_asked, context) {
    if ((await listServed(context.cluster(), RULE)) !== null) return [{ state: 'ok', what: 'the cluster has PrometheusRule', advice: null }];
    return [{ state: 'failure', what: sayNotServed(RULE), advice: 'Add the rules to the configuration of Prometheus itself: deploy/prometheus.' }];
  },
  async plan(asked, context) {
    const cluster = context.cluster();
    if ((await listServed(cluster, RULE)) === null)
      throw new UserError('not-served', `${sayNotServed(RULE)} Add the rules to the configuration of Prometheus itself.`, { refusal: true });
    const there = await cluster.get({ ...RULE, name: asked.name });
    const managers = there === null ? [] : managersOf({ object: there, what: 'the rules', paths: [['f:spec', 'f:groups']] });
    const owner = managers.find(({ outcome }) => outcome === 'undone');
    if (owner !== undefined)
      throw new UserError('owned-elsewhere', `${sayManager(owner)} Propose the rules in its source instead.`, { refusal: true });
    if (there === null) await cluster.create(objectOf(asked), { dryRun: true });
    else await cluster.patch({ ...RULE, name: asked.name }, { type: 'merge', body: bodyOf(asked) }, { dryRun: true });
    const changes = !same(there, asked);
    return {
      summary: `${there === null ? 'Adds' : 'Changes'} prometheusrule/${asked.name} in namespace ${cluster.namespace}`,
      diff: diffObjects(there === null ? {} : contentOf(there), bodyOf(asked)),
      noPlan: null,
      notes: [
        ...managers.map(sayManager),
        ...(asked.label === '' ? ['Prometheus reads it only if its ruleSelector takes objects without labels.'] : []),
      ],
      touches: [touchOf(asked, there)],
      changes,
      scope: { name: asked.name },
      snapshot: { before: there === null ? null : contentOf(there) },
    };
  },
  async apply(asked, planned, context) {
    const cluster = context.cluster();
    const done = { name: asked.name, namespace: cluster.namespace };
    const there = await cluster.get({ ...RULE, name: asked.name });
    if (same(there, asked)) return { output: { ...done, already: true }, summary: `prometheusrule/${asked.name} is as wanted` };
    assertFresh(planned, [touchOf(asked, there)]);
    if (there === null) await cluster.create(objectOf(asked));
    else await cluster.patch({ ...RULE, name: asked.name }, { type: 'merge', body: bodyOf(asked, there.metadata.resourceVersion) });
    return { output: { ...done, already: false }, summary: `prometheusrule/${asked.name} is written` };
  },
  async revert(asked, planned, context, force) {
    const { before } = snapshotSchema.parse(planned.snapshot);
    const cluster = context.cluster();
    const there = await cluster.get({ ...RULE, name: asked.name });
    const label = `prometheusrule/${asked.name}`;
    if (digestOf(there === null ? null : contentOf(there)) === digestOf(before)) return { kind: 'already', summary: `${label} is as before` };
    if (!same(there, asked) && !force)
      return {
        kind: 'conflict',
        summary: `Somebody changed ${label} meanwhile`,
        diff: diffObjects(there === null ? {} : contentOf(there), before ?? {}),
      };
    if (before === null) await removed(context, asked, there);
    else await cluster.patch({ ...RULE, name: asked.name }, { type: 'merge', body: { spec: before['spec'] ?? {} } });
    return { kind: 'reverted', summary: before === null ? `${label} is removed` : `${label} is as before` };
  },
});

async function removed(context: ActionContext, { name }: Input, there: KubeObject | null): Promise<void> {
  if (there === null) return;
  try {
    await context.cluster().delete({ ...RULE, name }, { uid: there.metadata.uid });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.reason !== 'not-found') throw error;
  }
}

/** With a `resourceVersion`, refused when the object has changed. */
function bodyOf({ groups, label }: Input, resourceVersion?: string): { readonly [field: string]: Json } {
  const metadata = { ...labelled(label), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { ...(Object.keys(metadata).length === 0 ? {} : { metadata }), spec: { groups: asJson(groups) } };
}

/** The whole object; without a namespace it is put into the client's own. */
export function objectOf({ name, groups, label }: Input, namespace?: string): Json {
  const metadata = { name, ...labelled(label), ...(namespace === undefined ? {} : { namespace }) };
  return { ...RULE, metadata, spec: { groups: asJson(groups) } };
}

/** `release=prometheus` as a label; nothing for an empty text. */
function labelled(label: string): { readonly labels?: Readonly<Record<string, string>> } {
  const [key = '', value = ''] = label.split('=');
  return key === '' ? {} : { labels: { [key]: value } };
}

/** What of an object is compared and put back. */
function contentOf(object: KubeObject): { readonly [field: string]: Json } {
  return { spec: plain(object['spec']) };
}

function same(there: KubeObject | null, asked: Input): boolean {
  return there !== null && digestOf(contentOf(there)) === digestOf({ spec: bodyOf(asked)['spec'] ?? {} });
}

function touchOf({ name }: Input, there: KubeObject | null): Touch {
  return touch(`prometheusrule/${name}`, there?.metadata.uid ?? '', 'its rules', there === null ? null : contentOf(there));
}
