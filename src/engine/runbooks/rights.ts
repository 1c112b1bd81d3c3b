import type { Right } from '../ports/cluster.ts';
import type { RunbookDeps } from './deps.ts';
import { stepsOf } from './preflight.ts';
import type { Runbook } from './runbook.ts';

/** One rule of a Role: as RBAC writes it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Rights of one namespace; `null` is the cluster itself. */
export interface RoleRules {
  readonly namespace: string | null;
  readonly rules: readonly Rule[];
}

/** Kinds that live in no namespace. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set(['nodes', 'persistentvolumes', 'storageclasses', 'namespaces']);

/** Everything that the steps of these runbooks ask of the API server, and nothing else: for the Role that Tocsin is given. */
export function rightsOf(
  deps: Pick<RunbookDeps, 'actions' | 'context'>,
  runbooks: readonly Runbook[],
  besides: readonly Right[] = [],
): readonly RoleRules[] {
  const needed: { namespace: string | null; right: Right }[] = [];
  for (const runbook of runbooks) {
    const context = deps.context({ service: runbook.service, incident: null, signal: AbortSignal.timeout(60_000) });
    for (const step of stepsOf(runbook)) {
      const action = deps.actions.get(step.uses);
      const input = action?.input.safeParse(step.input);
      if (action === undefined || input?.success !== true) continue;
      for (const right of action.rights(input.data, context)) {
        const namespace = CLUSTER_WIDE.has(right.resource) ? null : (right.namespace ?? context.cluster().namespace);
        needed.push({ namespace, right });
      }
    }
  }
  for (const right of besides) needed.push({ namespace: right.namespace ?? null, right });
  const namespaces = [...new Set(needed.map(({ namespace }) => namespace))].sort((left, right) => (left ?? '').localeCompare(right ?? ''));
  return namespaces.map((namespace) => ({
    namespace,
    rules: rulesOf(needed.filter((one) => one.namespace === namespace).map(({ right }) => right)),
  }));
}

/** A right for one name says nothing where the same is given for all names. */
function withoutCovered<T extends { group: string; name: string | null; resources: Set<string>; verbs: readonly string[] }>(
  rules: readonly T[],
): readonly T[] {
  const all = rules.filter(({ name }) => name === null);
  return rules.filter(
    (rule) =>
      rule.name === null ||
      ![...rule.resources].every((resource) =>
        all.some((other) => other.group === rule.group && other.resources.has(resource) && rule.verbs.every((verb) => other.verbs.includes(verb))),
      ),
  );
}

/** Merged by resource, and resources with the same verbs by group: short enough to be read before it is granted. */
function rulesOf(rights: readonly Right[]): Rule[] {
  const verbs = new Map<string, { group: string; resource: string; name: string | null; verbs: Set<string> }>();
  for (const { group, resource, subresource, name, verbs: wanted } of rights) {
    const full = subresource === undefined ? resource : `${resource}/${subresource}`;
    const key = JSON.stringify([group, full, name ?? null]);
    const entry = verbs.get(key) ?? { group, resource: full, name: name ?? null, verbs: new Set<string>() };
    for (const verb of wanted) entry.verbs.add(verb);
    verbs.set(key, entry);
  }
  const merged = new Map<string, { group: string; name: string | null; resources: Set<string>; verbs: readonly string[] }>();
  for (const { group, resource, name, verbs: set } of verbs.values()) {
    const sorted = [...set].sort();
    const key = JSON.stringify([group, name, sorted]);
    const entry = merged.get(key) ?? { group, name, resources: new Set<string>(), verbs: sorted };
    entry.resources.add(resource);
    merged.set(key, entry);
  }
  return withoutCovered([...merged.values()])
    .map(({ group, name, resources, verbs: list }) => ({
      apiGroups: [group],
      resources: [...resources].sort(),
      ...(name === null ? {} : { resourceNames: [name] }),
      verbs: list,
    }))
    .sort((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right)));
}
