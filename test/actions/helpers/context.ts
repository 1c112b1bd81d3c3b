import { UserError } from '../../../src/domain/errors.ts';
import {
  type Action,
  type ActionContext,
  type ChangeAction,
  outputOf,
  type Planned,
  type ReadAction,
  type Reading,
  type Reverted,
  type StepState,
} from '../../../src/ports/action.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { kindOf, type Target, type TargetKind, type TargetKinds, targetSchema } from '../../../src/ports/targets.ts';
import { sameThread } from '../../helpers/threads.ts';

export interface TestContext extends ActionContext {
  readonly hidden: string[];
  readonly said: string[];
}

/** A context as the engine makes it, with targets as a configuration would write them. */
export function testContext(options: {
  readonly targets: Readonly<Record<string, unknown>>;
  readonly cluster: (namespace: string | undefined) => Cluster;
  readonly now?: () => number;
  readonly newerThan?: number;
}): TestContext {
  const targets = new Map<string, Target>(Object.entries(options.targets).map(([name, target]) => [name, targetSchema.parse(target)]));
  const hidden: string[] = [];
  const said: string[] = [];
  return {
    service: 'suite',
    incident: null,
    newerThan: options.newerThan ?? null,
    mendedAt: null,
    incidents: () => Promise.resolve([]),
    entry: () => Promise.resolve(null),
    target<K extends TargetKind>(name: string, kind: K): TargetKinds[K] {
      const target = targets.get(name);
      if (target === undefined) throw new UserError('unknown-target', `There is no target ${name}.`);
      if (kindOf(target) !== kind) throw new UserError('wrong-target', `The target ${name} is no ${kind}.`);
      return target as TargetKinds[K];
    },
    targetNames: (kind) => [...targets].filter(([, target]) => kindOf(target) === kind).map(([name]) => name),
    cluster: (place) => options.cluster(place?.namespace),
    aws: () => {
      throw new UserError('no-aws', 'no AWS in this test');
    },
    github: () => {
      throw new UserError('no-github', 'no GitHub in this test');
    },
    http: () => Promise.reject(new Error('no http in this test')),
    secret: () => {
      throw new UserError('secret-missing', 'no secrets in this test');
    },
    bucket: () => Promise.reject(new Error('no bucket in this test')),
    now: () => Promise.resolve((options.now ?? Date.now)()),
    signal: new AbortController().signal,
    say: (text) => void said.push(text),
    hide: (secret) => void hidden.push(secret),
    threads: sameThread,
    hidden,
    said,
  };
}

/** Runs a read action as the engine does: its input parsed, its output checked. */
export async function read(
  action: Action,
  input: unknown,
  context: ActionContext,
): Promise<Omit<Reading<Record<string, unknown>>, 'state'> & { readonly state?: StepState }> {
  const known = action as unknown as ReadAction<unknown, Record<string, unknown>>;
  const reading = await known.run(known.input.parse(input), context);
  return { ...reading, output: outputOf(known, reading) as Record<string, unknown> };
}

/** A change action with its input parsed once, as one step of a run holds it. */
export interface Step {
  plan(context: ActionContext): Promise<Planned>;
  apply(planned: Planned, context: ActionContext, key?: string): Promise<Record<string, unknown>>;
  revert(planned: Planned, context: ActionContext, force?: boolean): Promise<Reverted>;
  recover(planned: Planned, digest: string, context: ActionContext): Promise<unknown>;
}

export function step(action: Action, input: unknown): Step {
  const known = action as unknown as ChangeAction<unknown, Record<string, unknown>>;
  const parsed = known.input.parse(input);
  return {
    plan: (context) => known.plan(parsed, context),
    // Plans are stored between planning and applying.
    apply: async (planned, context, key = 'run:1') => known.output.parse((await known.apply(parsed, stored(planned), context, key)).output),
    revert: (planned, context, force = false) => {
      if (known.revert === undefined) throw new Error(`${known.name} has no revert`);
      return known.revert(parsed, stored(planned), context, force);
    },
    recover: (planned, digest, context) => {
      if (known.recover === undefined) throw new Error(`${known.name} has no recover`);
      const { snapshot: _snapshot, ...rest } = stored(planned);
      return known.recover(parsed, rest, digest, context);
    },
  };
}

function stored(planned: Planned): Planned {
  return JSON.parse(JSON.stringify(planned)) as Planned;
}
