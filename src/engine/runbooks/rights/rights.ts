import { UserError } from '../../../domain/errors.ts';
import type { Permission } from '../../../ports/action.ts';
import type { Right } from '../../../ports/cluster.ts';
import { kindOf, type Target } from '../../../ports/targets.ts';
import type { RunbookDeps } from '../deps.ts';
import type { Arguments } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import { parsable, stepsOf } from '../load/steps.ts';
import { watchingPlaces } from './places.ts';

/** One rule of a Role: as RBAC writes it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Rights of one namespace of a cluster. */
export interface RoleRules {
  /** The kubeconfig's context; `null` is the current one. */
  readonly cluster: string | null;
  /** `null` is the cluster itself. */
  readonly namespace: string | null;
  readonly rules: readonly Rule[];
}

/** Kinds that live in no namespace. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set(['nodes', 'persistentvolumes', 'storageclasses', 'namespaces']);

/** A right and where it is needed. */
export interface PlacedRight {
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly right: Right;
}

/** Told of each step whose rights cannot be known, because a target of it is not configured. */
export type OnUnknown = (runbook: Runbook, error: UserError) => void;

export interface RightsOptions {
  /** The context of a service's cluster; `null` is the current one. */
  readonly clusterOf?: (service: string) => string | null;
  /** The targets of a service: an argument that names one by default may name each other of its kind. */
  readonly targetsOf?: (service: string) => Readonly<Record<string, Target>>;
  readonly besides?: readonly PlacedRight[];
  readonly onUnknown?: OnUnknown;
}

/** Everything that the steps of these runbooks ask of the API server, and nothing else: for the Role that Tocsin is given. */
export function rightsOf(
  deps: Pick<RunbookDeps, 'actions' | 'context'>,
  runbooks: readonly Runbook[],
  { clusterOf = () => null, targetsOf = () => ({}), besides = [], onUnknown }: RightsOptions = {},
): readonly RoleRules[] {
  const needed: PlacedRight[] = [...besides];
  for (const runbook of runbooks) {
    const context = deps.context({ service: runbook.service, incident: null, signal: AbortSignal.timeout(60_000) });
    for (const step of variantsOf(runbook, targetsOf(runbook.service)).flatMap((given) => stepsOf(runbook, given))) {
      const action = deps.actions.get(step.uses);
      const input = action?.input.safeParse(step.input);
      if (action === undefined || input?.success !== true) continue;
      const watched = watchingPlaces(context);
      const rights = known(runbook, onUnknown, () => action.rights(input.data, watched.context)) ?? [];
      for (const right of rights) {
        const wide = CLUSTER_WIDE.has(right.resource) || right.namespace === '';
        const namespace = wide ? null : (right.namespace ?? context.cluster().namespace);
        for (const place of watched.contextsOf(right)) needed.push({ cluster: place ?? clusterOf(runbook.service), namespace, right });
      }
    }
  }
  const places = new Map(needed.map(({ cluster, namespace }) => [JSON.stringify([cluster, namespace]), { cluster, namespace }]));
  return [...places.values()]
    .sort((a, b) => (a.cluster ?? '').localeCompare(b.cluster ?? '') || (a.namespace ?? '').localeCompare(b.namespace ?? ''))
    .map(({ cluster, namespace }) => ({
      cluster,
      namespace,
      rules: rulesOf(needed.filter((one) => one.cluster === cluster && one.namespace === namespace).map(({ right }) => right)),
    }));
}

/** What a step needs; `null`, and said, when a target of it is not configured. */
function known<T>(runbook: Runbook, onUnknown: OnUnknown | undefined, ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (onUnknown === undefined || !(error instanceof UserError)) throw error;
    onUnknown(runbook, error);
    return null;
  }
}

/** Everything that the steps of these runbooks ask of Amazon Web Services and GitHub, each once. */
export function permissionsOf(
  deps: Pick<RunbookDeps, 'actions' | 'context'>,
  runbooks: readonly Runbook[],
  targetsOf: (service: string) => Readonly<Record<string, Target>>,
  onUnknown?: OnUnknown,
): readonly Permission[] {
  const needed = new Map<string, Permission>();
  for (const runbook of runbooks) {
    const context = deps.context({ service: runbook.service, incident: null, signal: AbortSignal.timeout(60_000) });
    for (const step of variantsOf(runbook, targetsOf(runbook.service)).flatMap((given) => stepsOf(runbook, given))) {
      const action = deps.actions.get(step.uses);
      if (action?.permissions === undefined) continue;
      const input = parsable(action, step.input);
      if (input === null) continue;
      const { permissions } = action;
      for (const permission of known(runbook, onUnknown, () => permissions(input.data, context)) ?? [])
        needed.set(JSON.stringify(permission), permission);
    }
  }
  return [...needed.values()];
}

/** Where an argument names a target by default, it may name each other target of that kind too. */
function variantsOf(runbook: Runbook, targets: Readonly<Record<string, Target>>): Arguments[] {
  const known = [runbook.arguments, ...Object.values(runbook.remedies).map((remedy) => remedy.arguments)];
  const others = known.flatMap((args) =>
    Object.entries(args).flatMap(([name, { default: usual = '' }]) => {
      const target = targets[usual];
      if (target === undefined) return [];
      return Object.keys(targets).flatMap((other) => {
        const candidate = targets[other];
        return candidate !== undefined && other !== usual && kindOf(candidate) === kindOf(target) ? [{ [name]: other }] : [];
      });
    }),
  );
  return [{}, ...others];
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
