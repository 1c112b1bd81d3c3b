import { checkTarget } from '../../actions/shared/targets.ts';
import type { Config } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { causesOf, type Check as Found } from '../../domain/checks.ts';
import { UserError } from '../../domain/errors.ts';
import type { StepContext } from '../../engine/runbooks/deps.ts';
import { within } from '../../engine/runbooks/diagnose/reading.ts';
import { TYPED } from '../../lib/typed.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { kindOf } from '../../ports/targets.ts';
import { ABSENT } from '../../rights/targets-block.ts';
import { type Contexts, contextsOf } from '../contexts.ts';
import { guardsOf } from '../guards.ts';
import { bad, type Check, good, unknown, warning } from './check.ts';

/** How long (ms) each look may take. */
const PATIENCE = 10_000;
const HOW = 'Check KUBECONFIG and services.*.kubernetes in tocsin.yml: docs/how-to/connect-a-cluster.md.';

/** A cluster and namespace that targets of a service live in; `null`: the context or namespace of the service. */
interface Place {
  readonly context: string | null;
  readonly namespace: string | null;
}

/**
 * Whether the clusters of each service answer and let Tocsin look at pods, in every context and namespace that its targets name, whether
 * the targets are there, and the guard's service account beside them. What its runbooks need in detail is the pre-flight's matter. `patience`:
 * ms for each look.
 */
export async function checkClusters(config: Config, patience: number = PATIENCE): Promise<Check[]> {
  const contexts = contextsOf(config);
  try {
    const services = Object.entries(config.file.services).filter(([, { kubernetes }]) => kubernetes !== undefined);
    const found = await Promise.all(services.map(([id, service]) => checkService(config, id, service, contexts, patience)));
    return found.flat();
  } finally {
    contexts.close();
  }
}

async function checkService(config: Config, id: string, service: ServiceConfig, contexts: Contexts, patience: number): Promise<Check[]> {
  const look = <T>(work: (context: StepContext) => Promise<T>): Promise<T> => {
    const signal = AbortSignal.timeout(patience);
    return within(work(contexts.create({ service: id, incident: null, signal })), signal, patience);
  };
  const clusters = await Promise.all(
    placesOf(service).map(async (place) => ({
      place,
      check: await lookAtPlace(`Cluster of ${id}`, place, () => look((context) => answer(context, place))),
    })),
  );
  // Where the cluster does not answer, nothing else is asked: that is said once.
  const silent = new Set(clusters.filter(({ check }) => check.state === 'bad').map(({ place }) => place.context));
  const targets = Object.entries(service.targets).flatMap(([name, target]) => {
    const kind = kindOf(target);
    return kind === 'absent' || silent.has(placeOf(target).context) ? [] : [{ name, kind }];
  });
  const guards = guardsOf(config, contexts);
  const looks = targets.flatMap(({ name, kind }) => [
    { name: `Targets of ${id}`, work: () => look((context) => checkTarget(context, name, kind)) },
    ...(kind === 'workload'
      ? [{ name: `Guard of ${id}`, work: () => look(() => guards.check({ service: id, uses: 'k8s.set-env', input: { target: name } })) }]
      : []),
  ]);
  const found = await Promise.all(looks.map(async ({ name, work }) => ({ name, checks: await findings(work) })));
  return [...clusters.map(({ check }) => check), ...['Targets', 'Guard'].flatMap((what) => sayFound(`${what} of ${id}`, found))];
}

async function answer(context: StepContext, { context: named, namespace }: Place): Promise<{ readonly allowed: boolean; readonly says: string }> {
  const cluster = context.cluster({ context: named ?? undefined, namespace: namespace ?? undefined });
  const version = (await cluster.raw('/version')) as { gitVersion?: string } | null;
  const { allowed } = await cluster.can({ group: '', resource: 'pods', verbs: ['list'], namespace: cluster.namespace });
  const place = `${cluster.context}, Kubernetes ${version?.gitVersion ?? 'of unknown version'}, namespace ${cluster.namespace}`;
  return { allowed, says: allowed ? place : `${cluster.context}: may not list pods in ${cluster.namespace}` };
}

async function lookAtPlace(
  name: string,
  { context }: Place,
  look: () => Promise<{ readonly allowed: boolean; readonly says: string }>,
): Promise<Check> {
  try {
    const { allowed, says } = await look();
    return allowed ? good(name, says) : warning(name, says, `Give the rights: ${TYPED} runbook rights prints the Role.`);
  } catch (error) {
    return bad(name, `${context === null ? '' : `${context}: `}${sayFailure(error)}`, HOW);
  }
}

async function findings(look: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
  try {
    return await look();
  } catch (error) {
    const wrong = error instanceof UserError && error.code !== 'step-timeout';
    const absent = wrong && error.code === 'target-missing' ? `, or write ${ABSENT} for a target that this installation does not have` : '';
    return [{ state: wrong ? 'failure' : 'unknown', what: sayFailure(error), advice: wrong ? `Correct it in tocsin.yml${absent}.` : HOW }];
  }
}

function sayFailure(error: unknown): string {
  return error instanceof ClusterError || error instanceof UserError ? error.message : 'cannot be reached';
}

/** What is not well, each once; what is well is counted. */
function sayFound(name: string, found: readonly { readonly name: string; readonly checks: readonly Found[] }[]): Check[] {
  const checks = found.filter((one) => one.name === name).flatMap((one) => one.checks);
  const causes = causesOf([{ place: name, checks }]);
  const said = causes.map(({ state, what, advice }) =>
    (state === 'failure' ? bad : state === 'unknown' ? unknown : warning)(name, what, advice ?? HOW),
  );
  const well = distinct(checks).filter(({ state }) => state === 'ok');
  return [...said, ...(well.length === 0 ? [] : [good(name, well.map(({ what }) => what).join(', '))])];
}

/** The service's own place, and each other that its targets name, once. */
function placesOf({ targets }: ServiceConfig): readonly Place[] {
  const places: Place[] = [{ context: null, namespace: null }, ...Object.values(targets).map(placeOf)];
  return distinct(places);
}

function placeOf(target: object): Place {
  const { context, namespace } = target as { readonly context?: string; readonly namespace?: string };
  return { context: context ?? null, namespace: namespace ?? null };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
