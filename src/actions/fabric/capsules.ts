import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import type { KubeObject } from '../../ports/cluster.ts';
import { integer } from '../k8s/fields.ts';
import { rightOn } from '../k8s/resource-name.ts';
import { parsed, workloadSchema } from '../k8s/shapes.ts';
import { countsOf } from '../k8s/state.ts';
import { APPS, workloadPlace } from '../shared/pods.ts';
import { shortHash } from './hash.ts';

const DEPLOYMENT = { apiVersion: APPS, kind: 'Deployment' } as const;
/** Digits of a hash that a label has at least: it holds no whole one. */
const LEAST_DIGITS = 8;

const input = z.strictObject({
  capsule: z.string().default('').describe('The hash of the capsule that is looked for; empty: not known'),
  tenant: z.string().default('').describe('The tenant that is looked for; empty: not known'),
  annotation: z.string().min(1).default('prov-fabric.io/capsule-hash').describe('Holds the whole hash of a capsule'),
  capsule_label: z.string().min(1).default('capsule').describe('Holds the first digits of the hash'),
  tenant_label: z.string().min(1).default('tenant'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({
  count: integer,
  hashes: z.array(z.string()),
  tenants: z.array(z.string()),
  /** Whether the capsule that is looked for runs here; null when none is. */
  capsule_known: z.boolean().nullable(),
  tenant_known: z.boolean().nullable(),
  /** `deployment/capsule-invoices in namespace tenant-123`; empty when it is not known. */
  place: z.string(),
  /** How many pods it should have; 0 when it is not known. */
  replicas: integer,
  /** Names of configured targets that are the capsule's deployment. */
  targets: z.array(z.string()),
  /** Namespaces in which the tenant has capsules. */
  namespaces: z.array(z.string()),
  says: z.string(),
});

interface Capsule {
  readonly hash: string;
  readonly short: string;
  readonly tenant: string;
  readonly name: string;
  readonly namespace: string;
  readonly desired: number;
  readonly ready: number;
}

export const fabricCapsules = readAction({
  name: 'fabric.capsules',
  about:
    'The capsules that run in the cluster, by the annotation or label of their deployments: whether a capsule and a tenant are known, and where.',
  input,
  output,
  targets: () => [],
  rights: () => [rightOn(DEPLOYMENT, '*', 'list')],
  async run(asked, context) {
    const objects = await context.cluster().list(DEPLOYMENT, { namespace: '*' });
    const capsules = objects.map((object) => capsuleOf(object, asked)).filter((one) => one !== null);
    const rows = capsules.map((one) => [one.namespace, one.name, shortHash(one.hash || one.short), one.tenant, `${one.ready}/${one.desired}`]);
    const table = { columns: ['Namespace', 'Deployment', 'Capsule', 'Tenant', 'Ready'], rows };
    if (capsules.length === 0) {
      const summary = `No deployment has the annotation ${asked.annotation} or the label ${asked.capsule_label}: the settings capsule_annotation and capsule_label say what marks a capsule here.`;
      return { state: 'unknown', output: { count: 0 }, summary };
    }
    const found = asked.capsule === '' ? undefined : capsules.find((one) => isCapsule(one, asked.capsule));
    const ofTenant = capsules.filter(({ tenant }) => asked.tenant !== '' && tenant === asked.tenant);
    const targets = found === undefined ? [] : targetsAt(context, found);
    const says = sayFound(asked, found, ofTenant, targets);
    const unknown = (asked.capsule !== '' && found === undefined) || (asked.tenant !== '' && ofTenant.length === 0);
    return {
      state: unknown ? 'bad' : 'seen',
      output: {
        count: capsules.length,
        hashes: capsules.flatMap(({ hash }) => (hash === '' ? [] : [hash])),
        tenants: [...new Set(capsules.map(({ tenant }) => tenant))].filter((one) => one !== '').sort(),
        capsule_known: asked.capsule === '' ? null : found !== undefined,
        tenant_known: asked.tenant === '' ? null : ofTenant.length > 0,
        place: found === undefined ? '' : sayPlace(found),
        replicas: found?.desired ?? 0,
        targets: [...targets],
        namespaces: [...new Set(ofTenant.map(({ namespace }) => namespace))].sort(),
        says,
      },
      summary: `${plural(capsules.length, 'capsule')} in this cluster. ${says}`.trim(),
      table,
    };
  },
});

function capsuleOf(object: KubeObject, { annotation, capsule_label, tenant_label }: Input): Capsule | null {
  const { metadata, spec } = parsed(workloadSchema, object);
  const { labels, annotations } = spec.template.metadata;
  const hash = metadata.annotations[annotation] ?? annotations[annotation] ?? '';
  const short = metadata.labels[capsule_label] ?? labels[capsule_label] ?? '';
  if (hash === '' && short === '') return null;
  const { desired, ready } = countsOf(parsed(workloadSchema, object));
  const tenant = metadata.labels[tenant_label] ?? labels[tenant_label] ?? '';
  return { hash, short, tenant, name: metadata.name, namespace: metadata.namespace, desired, ready };
}

/** By the whole hash; a label's first digits count where nothing else is there. */
function isCapsule({ hash, short }: Capsule, wanted: string): boolean {
  const bare = (text: string) => text.replace(/^sha256:/, '');
  if (hash !== '') return bare(hash) === bare(wanted);
  return bare(short).length >= LEAST_DIGITS && bare(wanted).startsWith(bare(short));
}

/** The configured targets that are this deployment: what a remedy may act on. */
function targetsAt(context: ActionContext, { name, namespace }: Capsule): readonly string[] {
  return context.targetNames('workload').filter((target) => {
    const { ref, cluster } = workloadPlace(context, target);
    return ref.kind === 'Deployment' && ref.name === name && cluster.namespace === namespace;
  });
}

function sayFound({ capsule, tenant }: Input, found: Capsule | undefined, ofTenant: readonly Capsule[], targets: readonly string[]): string {
  const sentences: string[] = [];
  if (found !== undefined) {
    sentences.push(`Capsule ${shortHash(capsule)} is ${sayPlace(found)}, ${found.ready} of ${plural(found.desired, 'pod')} ready.`);
    if (targets.length === 0) sentences.push(`No target of tocsin.yml is this deployment, so no remedy can isolate it.`);
    if (tenant !== '' && found.tenant !== '' && found.tenant !== tenant) sentences.push(`It belongs to tenant ${found.tenant}, not to ${tenant}.`);
  } else if (capsule !== '') sentences.push(`Capsule ${shortHash(capsule)} does not run in this cluster.`);
  if (tenant !== '')
    sentences.push(
      ofTenant.length === 0 ? `Tenant ${tenant} has no capsule here.` : `Tenant ${tenant} has ${plural(ofTenant.length, 'capsule')} here.`,
    );
  return sentences.join(' ');
}

function sayPlace({ name, namespace }: Capsule): string {
  return `deployment/${name} in namespace ${namespace}`;
}
