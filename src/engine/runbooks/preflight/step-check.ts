import type { Check } from '../../../domain/checks.ts';
import { UserError } from '../../../domain/errors.ts';
import type { Action } from '../../../ports/action.ts';
import { AwsError } from '../../../ports/aws.ts';
import { ClusterError, type Right } from '../../../ports/cluster.ts';
import { GitHubError } from '../../../ports/github.ts';
import type { RunbookDeps, StepContext } from '../deps.ts';
import { isTransient, missingBy, sayError, within } from '../diagnose/reading.ts';
import { isPlaceholder, parsable, type Step } from '../load/steps.ts';
import { type UsedTarget, watchingPlaces } from '../rights/places.ts';

/** How long (ms) one thing may take to be looked at. */
const LIMIT = 20_000;

export type LookDeps = Pick<RunbookDeps, 'actions' | 'context' | 'targets' | 'guards' | 'evidence'>;

/** How much of a step is looked at: `needs` are its targets and rights; `all` is the state of the world besides, which an incident may be about. */
export type Depth = 'needs' | 'all';

/** Looks at what a service's steps need. Each cluster, target and right is asked for once, however many steps need it. Never throws. */
export interface Looker {
  step(step: Step, depth: Depth): Promise<readonly Check[]>;
  /** Whether the guard could be made that reverts a step without the bot; empty where there is none to make. */
  guard(step: Step): Promise<readonly Check[]>;
  /** Whether the evidence store answers. */
  evidence(): Promise<readonly Check[]>;
}

/** `limit`: ms for each thing that is looked at. */
export function createLooker(deps: LookDeps, service: string, limit: number = LIMIT): Looker {
  const known = new Map<string, Promise<readonly Check[]>>();

  function once(key: readonly unknown[], look: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
    const id = JSON.stringify(key);
    const asked = known.get(id) ?? look();
    known.set(id, asked);
    return asked;
  }

  /** What one look finds within its time; what it throws is a finding. */
  async function looked(work: (context: StepContext) => Promise<readonly Check[]>): Promise<readonly Check[]> {
    const signal = AbortSignal.timeout(limit);
    const context = deps.context({ service, incident: null, signal });
    try {
      return await within(work(context), signal, limit);
    } catch (error) {
      return [checkOf(error, context)];
    }
  }

  /** Empty when the cluster of a context answers, be it that nobody may ask for rights. Whoever gets no answer asks it nothing else. */
  function silence(place: string | null): Promise<readonly Check[]> {
    return once(['cluster', place], async () => {
      const found = await looked(async (context) => {
        const cluster = context.cluster(inContext(place));
        await cluster.can({ group: '', resource: 'pods', verbs: ['list'], namespace: cluster.namespace }).catch((error: unknown) => {
          if (!(error instanceof ClusterError) || error.reason !== 'forbidden') throw error;
        });
        return [];
      });
      const where = place === null ? `the cluster of ${service}` : `the cluster of the context ${place}`;
      return found.map((check) => ({ ...check, what: `${where} does not answer: ${check.what}` }));
    });
  }

  function target({ name, kind }: UsedTarget): Promise<readonly Check[]> {
    return once(['target', kind, name], () => looked((context) => deps.targets.check(context, name, kind)));
  }

  function right(wanted: Right, place: string | null): Promise<readonly Check[]> {
    return once(['right', place, wanted], () => looked((context) => may(wanted, place, context)));
  }

  async function ofStep(action: Action, input: never, depth: Depth): Promise<readonly Check[]> {
    const context = deps.context({ service, incident: null, signal: AbortSignal.timeout(limit) });
    const watched = watchingPlaces(context);
    let rights: readonly Right[];
    try {
      rights = action.rights(input, watched.context);
      action.permissions?.(input, watched.context);
    } catch (error) {
      return [checkOf(error, context)];
    }
    const places = rights.length === 0 ? watched.contexts() : [...new Set([...watched.contexts(), ...rights.flatMap(watched.contextsOf)])];
    const silent = (await Promise.all(places.map(silence))).flat();
    if (silent.length > 0) return silent;
    const looks = [
      ...watched.targets().map(target),
      ...rights.flatMap(oneVerbEach).flatMap((one) => watched.contextsOf(one).map((place) => right(one, place))),
      ...(depth === 'needs' ? [] : [looked((live) => stateOf(action, input, rights, live))]),
    ];
    return (await Promise.all(looks)).flat();
  }

  return {
    async step({ uses, input, optional }, depth) {
      const action = deps.actions.get(uses);
      if (action === undefined) return [{ state: 'failure', what: `there is no action ${uses}`, advice: 'Install the package that has it.' }];
      const given = parsable(action, input);
      if (given === null || action.targets(given.data).some(isPlaceholder)) return [LATE];
      const found = await ofStep(action, given.data, depth);
      const checks = optional ? found.map(asOptional) : found;
      return checks.length === 0 ? [{ state: 'ok', what: 'needs nothing outside of Tocsin', advice: null }] : checks;
    },
    guard({ uses, input }) {
      return once(['guard', uses, input['target'] ?? null], () => looked(() => deps.guards.check({ service, uses, input })));
    },
    evidence() {
      return once(['evidence'], async () => {
        const { location } = deps.evidence;
        const found = await looked(async () => {
          await deps.evidence.get('people.json');
          return [{ state: 'ok', what: `the evidence store ${location} answers`, advice: null }];
        });
        const advice = 'Without it no remedy changes anything. Check `evidence` in tocsin.yml and the network: docs/how-to/store-evidence-in-s3.md.';
        return found.map((check) =>
          check.state === 'ok' ? check : { ...check, what: `the evidence store ${location} does not answer: ${check.what}`, advice },
        );
      });
    },
  };
}

/** A step that is left out where its target is not there keeps no remedy from anything. */
function asOptional(check: Check): Check {
  return check.missing === true ? { ...check, state: 'warning' } : check;
}

const LATE: Check = {
  state: 'unknown',
  what: 'its input is known only when it is asked for',
  advice: 'Ask for its plan in a drill: it then checks everything.',
};

/** What the world itself says: the action's own pre-flight, or the answer of a reading that has none and asks no cluster. */
async function stateOf(action: Action, input: never, rights: readonly Right[], context: StepContext): Promise<readonly Check[]> {
  if (action.preflight !== undefined) return action.preflight(input, context);
  if (rights.length > 0 || action.permissions === undefined) return [];
  if (action.effect !== 'read')
    return [{ state: 'unknown', what: 'whether it is allowed cannot be checked in advance', advice: 'Ask for its plan in a drill: it then checks.' }];
  const { state, summary } = await action.run(input, context);
  if (state === 'unknown') return [{ state, what: context.redact(summary), advice: 'A diagnosis would say the same tonight.' }];
  return [{ state: 'ok', what: 'answers', advice: null }];
}

/** What it means that something could not be looked at, and what to do. */
function checkOf(error: unknown, context: StepContext): Check {
  const missing = missingBy(error);
  if (missing === 'absent') return { state: 'ok', what: sayError(error, context), advice: null };
  const unseen = isTransient(error) || (error instanceof ClusterError && error.reason === 'forbidden') || codeOf(error) === 'step-timeout';
  const found = { what: sayError(error, context), advice: adviceFor(error) };
  return { state: unseen ? 'unknown' : 'failure', ...found, ...(missing === null ? {} : { missing: true }) };
}

function adviceFor(error: unknown): string {
  const code = codeOf(error);
  if (code === 'target-missing') return 'Correct the workload in `targets` of tocsin.yml, or remove the target.';
  if (code === 'unknown-target') return 'Add the target to the service in tocsin.yml.';
  if (error instanceof ClusterError && error.reason === 'unreachable')
    return 'Check KUBECONFIG, the context of the service, and the network to the API server.';
  if (error instanceof ClusterError && error.reason === 'forbidden') return GIVE_RIGHT;
  if (error instanceof AwsError && error.reason === 'denied')
    return 'Give the permission by a policy: deploy/aws/tocsin-policy.json has all that Tocsin uses.';
  if (error instanceof GitHubError && error.reason === 'denied')
    return 'Give the permission to the token or the GitHub App: docs/how-to/connect-github.md.';
  if (code === 'step-timeout') return 'Try it by hand with the same kubeconfig: a credential plugin or a proxy may hang.';
  return 'See the message; the step would fail like this tonight.';
}

const GIVE_RIGHT = 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.';

function codeOf(error: unknown): string | null {
  return error instanceof UserError ? error.code : null;
}

function inContext(place: string | null): { readonly context?: string } {
  return place === null ? {} : { context: place };
}

function oneVerbEach(right: Right): Right[] {
  return right.verbs.map((verb) => ({ ...right, verbs: [verb] }));
}

async function may(right: Right, place: string | null, context: StepContext): Promise<readonly Check[]> {
  const cluster = context.cluster({ ...inContext(place), ...(right.namespace === undefined ? {} : { namespace: right.namespace }) });
  const what = `${right.verbs.join(', ')} ${sayResource(right)}`;
  const { allowed, reason } = await cluster.can(right);
  if (allowed) return [{ state: 'ok', what: `may ${what}`, advice: null }];
  const where = `${right.namespace === undefined || right.namespace === '' ? '' : ` in ${right.namespace}`}${place === null ? '' : ` of ${place}`}`;
  if (right.optional !== undefined) return [{ state: 'unknown', what: `may not ${what}${where}: ${right.optional}`, advice: GIVE_RIGHT }];
  return [{ state: 'failure', what: `may not ${what}${where}${reason === null || reason === '' ? '' : ` (${reason})`}`, advice: GIVE_RIGHT }];
}

function sayResource({ resource, subresource, name }: Right): string {
  return `${resource}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}`;
}
