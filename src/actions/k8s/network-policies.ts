import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { POD } from '../shared/pods.ts';
import { integer } from './fields.ts';
import { rightOn } from './resource-name.ts';
import { selects } from './selectors.ts';
import { metadataSchema, type Pod, parsed, podSchema, selectorSchema } from './shapes.ts';

const POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' } as const;
const SHOWN = 30;

const rules = z.array(z.unknown()).nullish();
const policySchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    podSelector: selectorSchema.prefault({}),
    policyTypes: z.array(z.string()).optional(),
    ingress: rules,
    egress: rules,
  }),
});
type Policy = z.infer<typeof policySchema>;
type Direction = 'Ingress' | 'Egress';

const input = z.strictObject({ namespace: z.string().min(1).default('*').describe('* for all') });
const output = z.strictObject({
  policies: integer,
  /** Pods that nothing may reach, and pods that may reach nothing: `namespace/pod`. */
  no_ingress: z.array(z.string()),
  no_egress: z.array(z.string()),
  denied: integer,
  /** The policies that let nothing through, a sentence each. */
  denies: z.array(z.string()),
  says: z.string(),
});

export const k8sNetworkPolicies = readAction({
  name: 'k8s.network-policies',
  about: 'Network policies, and which pods they let nothing in or out of.',
  input,
  output,
  rights: ({ namespace }) => [rightOn(POLICY, namespace, 'list'), rightOn(POD, namespace, 'list')],
  async run({ namespace }, context) {
    const cluster = context.cluster();
    const [policyObjects, podObjects] = await Promise.all([cluster.list(POLICY, { namespace }), cluster.list(POD, { namespace })]);
    const policies = policyObjects.map((object) => parsed(policySchema, object));
    const pods = podObjects
      .map((object) => parsed(podSchema, object))
      .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending');
    const denied = { Ingress: deniedPods(policies, pods, 'Ingress'), Egress: deniedPods(policies, pods, 'Egress') };
    const denies = policies.flatMap((policy) => sentencesOf(policy, pods, denied));
    const all = new Set([...denied.Ingress, ...denied.Egress]);
    const says = all.size === 0 ? 'None lets nothing in or out of a pod.' : `${denies.slice(0, 3).join(' ')}`;
    return {
      state: all.size === 0 ? 'good' : 'bad',
      output: { policies: policies.length, no_ingress: denied.Ingress, no_egress: denied.Egress, denied: all.size, denies, says },
      summary: `${plural(policies.length, 'network policy', 'network policies')}. ${says}`,
      table: {
        columns: ['Namespace', 'Policy', 'Pods', 'In', 'Out'],
        rows: policies
          .slice(0, SHOWN)
          .map((policy) => [
            policy.metadata.namespace,
            policy.metadata.name,
            String(chosenBy(policy, pods).length),
            sayRules(policy, 'Ingress'),
            sayRules(policy, 'Egress'),
          ]),
      },
    };
  },
});

/** Pods that some policy is about in a direction, and none of those policies lets anything through. What several policies allow adds up. */
function deniedPods(policies: readonly Policy[], pods: readonly Pod[], direction: Direction): string[] {
  return pods
    .filter((pod) => {
      const about = policies.filter((policy) => isAbout(policy, direction) && chooses(policy, pod));
      return about.length > 0 && about.every((policy) => rulesOf(policy, direction).length === 0);
    })
    .map(nameOf)
    .sort();
}

function sentencesOf(policy: Policy, pods: readonly Pod[], denied: Readonly<Record<Direction, readonly string[]>>): string[] {
  const name = `${policy.metadata.namespace}/${policy.metadata.name}`;
  return (['Ingress', 'Egress'] as const).flatMap((direction) => {
    if (!isAbout(policy, direction) || rulesOf(policy, direction).length > 0) return [];
    const count = chosenBy(policy, pods).filter((pod) => denied[direction].includes(nameOf(pod))).length;
    return count === 0 ? [] : [`${name} lets nothing ${direction === 'Ingress' ? 'into' : 'out of'} ${plural(count, 'pod')}.`];
  });
}

/** Which directions a policy is about where it does not say (NetworkPolicySpec): always in; out when it has rules for that. */
function isAbout({ spec }: Policy, direction: Direction): boolean {
  return spec.policyTypes?.includes(direction) ?? (direction === 'Ingress' || (spec.egress ?? []).length > 0);
}

function rulesOf({ spec }: Policy, direction: Direction): readonly unknown[] {
  return (direction === 'Ingress' ? spec.ingress : spec.egress) ?? [];
}

function chooses({ metadata, spec }: Policy, pod: Pod): boolean {
  return metadata.namespace === pod.metadata.namespace && selects(spec.podSelector, pod.metadata.labels);
}

function chosenBy(policy: Policy, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => chooses(policy, pod));
}

function sayRules(policy: Policy, direction: Direction): string {
  if (!isAbout(policy, direction)) return 'all';
  const { length } = rulesOf(policy, direction);
  return length === 0 ? 'nothing' : plural(length, 'rule');
}

function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
