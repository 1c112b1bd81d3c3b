import { UserError } from '../../../../src/domain/errors.ts';
import {
  type Action,
  type ActionContext,
  type Check,
  type Lacking,
  outputOf,
  type Planned,
  type ReadAction,
  type Reading,
  type Reverted,
  type StepState,
} from '../../../../src/ports/action.ts';
import type { Cluster, HttpRequest, HttpResponse, Right } from '../../../../src/ports/cluster.ts';
import type { EvidenceStore } from '../../../../src/ports/evidence.ts';
import { kindOf, type Target, type TargetKind, type TargetKinds, targetSchema } from '../../../../src/ports/targets.ts';
import { sameThread } from '../../../helpers/threads.ts';

export const NOW = Date.parse('2026-11-21T10:20:00Z');

export interface TestContext extends ActionContext {
  readonly hidden: string[];
  readonly said: string[];
}

interface Parts {
  readonly targets: Readonly<Record<string, unknown>>;
  readonly cluster?: Cluster;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly http?: (url: string, request: HttpRequest) => Promise<HttpResponse>;
  readonly bucket?: EvidenceStore;
  readonly now?: number;
}

/** What an action works with, made of parts. Targets are parsed as the configuration's are. */
export function testContext({ targets, cluster, secrets = {}, http, bucket, now = NOW }: Parts): TestContext {
  const parsed = new Map(Object.entries(targets).map(([name, target]): [string, Target] => [name, targetSchema.parse(target)]));
  const hidden: string[] = [];
  const said: string[] = [];
  return {
    service: 'aureus',
    incident: 'INC-2026-0042',
    newerThan: null,
    mendedAt: null,
    incidents: () => Promise.resolve([]),
    entry: () => Promise.resolve(null),
    signal: new AbortController().signal,
    threads: sameThread,
    hidden,
    said,
    target<K extends TargetKind>(name: string, kind: K): TargetKinds[K] {
      const target = parsed.get(name);
      if (target === undefined) throw new UserError('unknown-target', `There is no target ${name}.`);
      if (kindOf(target) !== kind) throw new UserError('wrong-target', `${name} is no ${kind}.`);
      return target as TargetKinds[K];
    },
    targetNames: (kind) => [...parsed].filter(([, target]) => kindOf(target) === kind).map(([name]) => name),
    cluster() {
      if (cluster === undefined) throw new UserError('no-cluster', 'no cluster');
      return cluster;
    },
    aws: () => {
      throw new UserError('no-aws', 'no AWS');
    },
    github: () => {
      throw new UserError('no-github', 'no GitHub');
    },
    http: async (url, request) => {
      if (http === undefined) throw new Error('no http');
      return await http(url, request);
    },
    secret(name) {
      const value = secrets[name];
      if (value === undefined) throw new UserError('secret-missing', `${name} is not set.`);
      return value;
    },
    bucket: async () => {
      if (bucket === undefined) throw new UserError('no-bucket', 'no bucket');
      return bucket;
    },
    now: async () => now,
    say: (text) => said.push(text),
    hide: (secret) => hidden.push(secret),
  };
}

interface AnyAction {
  readonly effect: string;
  readonly input: { parse(value: unknown): unknown };
  readonly output: { parse(value: unknown): unknown };
  rights(input: unknown, context: ActionContext): readonly Right[];
  preflight?(input: unknown, context: ActionContext): Promise<readonly Check[]>;
  run(input: unknown, context: ActionContext): Promise<Reading<unknown>>;
  plan(input: unknown, context: ActionContext): Promise<Planned>;
  apply(input: unknown, planned: Planned, context: ActionContext, key: string): Promise<Reading<unknown>>;
  revert?(input: unknown, planned: Planned, context: ActionContext, force: boolean): Promise<Reverted>;
}

type Fields = Readonly<Record<string, unknown>>;
type Seen = Omit<Reading<Fields>, 'state'> & { readonly state?: StepState };

/** Calls an action as the engine does: input and output go through their schemas, plans through JSON. */
export function calling(action: Action) {
  const typed = action as unknown as AnyAction;
  return {
    parse: (input: unknown) => typed.input.parse(input),
    async run(input: unknown, context: ActionContext): Promise<Seen> {
      return checked(typed, await typed.run(typed.input.parse(input), context));
    },
    async plan(input: unknown, context: ActionContext): Promise<Planned> {
      return JSON.parse(JSON.stringify(await typed.plan(typed.input.parse(input), context))) as Planned;
    },
    async apply(input: unknown, planned: Planned, context: ActionContext, key = 'run-1:step-1'): Promise<Seen> {
      return checked(typed, await typed.apply(typed.input.parse(input), planned, context, key));
    },
    revert: async (input: unknown, planned: Planned, context: ActionContext, force = false) =>
      await typed.revert?.(typed.input.parse(input), planned, context, force),
    rights: (input: unknown, context: ActionContext) => typed.rights(typed.input.parse(input), context),
    preflight: async (input: unknown, context: ActionContext) => (await typed.preflight?.(typed.input.parse(input), context)) ?? [],
    reverts: typed.revert !== undefined,
  };
}

/** Strict schemas: a field too many or too few fails here. */
function checked(action: AnyAction, reading: Reading<unknown> | Lacking<unknown>): Seen {
  outputOf(action as unknown as ReadAction, reading);
  return reading as Seen;
}

/** The code of the UserError that a promise ends with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return 'no error';
}
