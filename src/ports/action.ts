import { z } from 'zod';
import type { Check } from '../domain/checks.ts';
import type { Json } from '../domain/record.ts';
import type { Aws } from './aws.ts';
import type { Cluster, HttpRequest, HttpResponse, Right } from './cluster.ts';
import type { EvidenceStore } from './evidence.ts';
import type { GitHub } from './github.ts';
import type { TargetKind, TargetKinds } from './targets.ts';
import type { Threads } from './threads.ts';

/** What an action may do to the world. */
type Effect = 'read' | 'change' | 'destructive';

/** An incident of the service, for comparison. */
export interface PastIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly status: string;
  /** ms */
  readonly declaredAt: number;
  /** What it was diagnosed with: runbooks, each with what it was asked with. */
  readonly diagnoses: readonly { readonly runbook: string; readonly arguments: Readonly<Record<string, string>> }[];
}

/** An incident as an entry of a log of incidents: Markdown. */
export interface IncidentEntry {
  readonly id: string;
  readonly title: string;
  readonly private: boolean;
  readonly section: string;
}

/** What an action works with. Made anew for each step; nothing in it outlives the step. */
export interface ActionContext {
  /** The service's id. */
  readonly service: string;
  /** The incident, or `null` for a diagnosis or pre-flight outside of one. */
  readonly incident: string | null;
  /** A target of the service. @throws UserError `unknown-target` (names what is near) or `wrong-target` (another kind than asked for). */
  target<K extends TargetKind>(name: string, kind: K): TargetKinds[K];
  /** Names of the service's targets of a kind. */
  targetNames(kind: TargetKind): readonly string[];
  /** The cluster of the service, or of a target that names its own context or namespace. @throws UserError `no-cluster` */
  cluster(place?: { readonly context?: string | undefined; readonly namespace?: string | undefined }): Cluster;
  /** Amazon Web Services as the service is configured; `region` for a target that names its own. @throws UserError `no-aws` */
  aws(region?: string): Aws;
  /** A repository of GitHub, `owner/name`. @throws UserError `no-github` */
  github(repository: string): GitHub;
  /** A request from the bot itself, outside of any cluster. `url` without path and query. @throws ClusterError `unreachable`, `timeout` */
  http(url: string, request: HttpRequest): Promise<HttpResponse>;
  /** The value of an environment variable that the configuration names (`token_env`, `url_env`). @throws UserError `secret-missing` */
  secret(environmentName: string): string;
  /** Where archives go. @throws UserError */
  bucket(name: string): Promise<EvidenceStore>;
  /** Does what would keep everybody else waiting. */
  readonly threads: Threads;
  /** The service's newest incidents that everybody may know of, but for this one. */
  incidents(): Promise<readonly PastIncident[]>;
  /** What the records say of this incident, as an entry of a log of incidents; `null` where there is none. `without`: the runbook whose changes are left out. */
  entry(without: string): Promise<IncidentEntry | null>;
  /** ms of the one clock. */
  now(): Promise<number>;
  /** Only what happened after this moment (ms) counts, such as a remedy: older log lines and events are left out. `null`: all counts. */
  readonly newerThan: number | null;
  /** When the last lasting remedy of the service was verified (ms): what a log said before that is no cause of now. `null`: there was none. */
  readonly mendedAt: number | null;
  /** Aborted when the step's time is over or the bot stops. */
  readonly signal: AbortSignal;
  /** A line of progress for the message that people look at; may be dropped. */
  say(text: string): void;
  /** From now on the value (and its base64 and URL forms) is redacted from whatever this step says, stores or throws. */
  hide(secret: string): void;
}

/** A table for people: cells are text as it is shown. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A series for people, drawn as bars. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly alarming?: boolean }[];
}

/** What people see best: drawn by the action, kept as an artifact of evidence and posted as a PNG. Has words for those who cannot see it. */
export interface Picture {
  /** `triage.png` */
  readonly name: string;
  /** Says in a sentence or two what is to be seen. */
  readonly alt: string;
  readonly svg: string;
  /** Text that stands in its place where it cannot be drawn or posted. */
  readonly instead: string;
}

/**
 * How it is with what a step looked at. `seen`: there is nothing to judge, such as lines of a log. `unknown`: it could not be read, or what was
 * read says nothing.
 */
export type StepState = 'good' | 'bad' | 'seen' | 'unknown';

/** What a step found out or did. */
export interface Reading<Output> {
  /** `seen` when it is not said: nothing is called good that no action has judged. */
  readonly state?: Exclude<StepState, 'unknown'>;
  /** For expressions; what is not in it cannot be concluded from. Integers only beside `z.number()` fields. */
  readonly output: Output;
  /** One line: what is to be seen, e.g. `3 of 3 pods ready, 12 restarts`. */
  readonly summary: string;
  readonly table?: Table;
  readonly chart?: Chart;
  /** Long text (logs, descriptions): an artifact of evidence and a file in Slack. */
  readonly text?: { readonly name: string; readonly content: string };
  readonly picture?: Picture;
  /** Files that are kept as artifacts of evidence as they are, beside `text`. */
  readonly files?: readonly { readonly name: string; readonly content: string }[];
  /** What has to be granted or installed so that it can be read at all: said once, and not at each look. */
  readonly needs?: string;
}

/**
 * What a step found out where something could not be read: that is left out of the output. An expression over it is unknown then, neither
 * true nor false, so that no conclusion comes from what was not seen.
 */
export interface Lacking<Output> extends Omit<Reading<Partial<Output>>, 'state'> {
  readonly state: 'bad' | 'unknown';
}

export type { Check };

/** What an object looked like where the plan touches or depends on it. A different digest before applying makes the plan stale. */
export interface Touch {
  /** For people: `deployment/aureus-frontend`. */
  readonly object: string;
  /** The object's uid, or another identity that a new object of the same name would not have. */
  readonly uid: string;
  /** What the digest covers, for people: `env of container frontend`. */
  readonly fields: string;
  /** SHA-256 of the canonical JSON of those fields, lower-case hex (`digestOf`). */
  readonly digest: string;
}

/** What a change would do. Plain JSON without secrets, except for `snapshot`, which is kept apart and encrypted. */
export interface Planned {
  /** One line: `Sets POLICY_BYPASS_MODE, POLICY_BYPASS_APPROVER on deployment/aureus-frontend (rolls 3 pods)`. */
  readonly summary: string;
  /** Lines beginning with `+ `, `- ` or two blanks, as the API server's dry run answered; `null` when no plan is possible. */
  readonly diff: string | null;
  /** Why there is no diff; said to the approvers. */
  readonly noPlan: string | null;
  /** What to know besides: what it does not restore, what an HPA will do, data at risk. */
  readonly notes: readonly string[];
  readonly touches: readonly Touch[];
  /** False when everything already is as wanted: the step is then not applied. */
  readonly changes: boolean;
  /** What exactly is acted on (files, process ids, pods): `apply` touches nothing beyond it. */
  readonly scope: Json;
  /**
   * Scope and diff are a list as of the planning: files, processes, keys that come and go all the time. Only what was listed is acted upon, so
   * that others have come up meanwhile does not void the plan; `touches` does. Approved is the list all the same.
   */
  readonly asListed?: boolean;
  /** What `revert` needs to put back exactly what was there; `null` when there is no way back. */
  readonly snapshot: Json | null;
}

/** What became of a revert. `conflict`: somebody changed the field meanwhile; `diff` shows what is there and what would be put back. */
export type Reverted =
  | { readonly kind: 'reverted' | 'already'; readonly summary: string }
  | { readonly kind: 'conflict'; readonly summary: string; readonly diff: string };

/**
 * What an action needs outside of Kubernetes: an action of IAM on a resource (`s3:GetObject` on `arn:aws:s3:::bucket/prefix/*`), or a
 * repository permission of a GitHub App (`actions`, write).
 */
export type Permission =
  | { readonly provider: 'aws'; readonly action: string; readonly resource: string }
  | { readonly provider: 'github'; readonly permission: string; readonly access: 'read' | 'write' };

interface ActionBase<Input, Output> {
  /** `family.verb`, e.g. `k8s.rollout-restart`. Stored in records: never rename one. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly about: string;
  readonly input: z.ZodType<Input>;
  /** `z.strictObject`; numbers are integers unless they truly are fractions (`z.number().int()` against `z.number()`). */
  readonly output: z.ZodType<Output>;
  /** Names of the targets in an input, for serialising and for the pre-flight. */
  targets(input: Input): readonly string[];
  /** Every right this input needs, for RBAC, the pre-flight and the Role that is shipped. */
  rights(input: Input, context: ActionContext): readonly Right[];
  /** Every permission outside of Kubernetes that this input needs, for the policy that is shipped and the reference. */
  permissions?(input: Input, context: ActionContext): readonly Permission[];
  /** What cannot be seen from targets and rights alone: HPA, tools in the container, storage classes. Must change nothing. */
  preflight?(input: Input, context: ActionContext): Promise<readonly Check[]>;
}

export interface ReadAction<Input = never, Output = unknown> extends ActionBase<Input, Output> {
  readonly effect: 'read';
  run(input: Input, context: ActionContext): Promise<Reading<Output> | Lacking<Output>>;
}

export interface ChangeAction<Input = never, Output = unknown> extends ActionBase<Input, Output> {
  readonly effect: Exclude<Effect, 'read'>;
  /** Reads only. Values that exist later stand in `input` as `⟨expression⟩`. */
  plan(input: Input, context: ActionContext): Promise<Planned>;
  /**
   * Does what was planned. Safe to call again after a crash at any line: it looks first. `key` is the same for every try.
   * @throws UserError `plan-stale` when the world no longer is what was planned for.
   */
  apply(input: Input, planned: Planned, context: ActionContext, key: string): Promise<Reading<Output>>;
  /** It changes nothing itself: it opens what people take or leave, such as a pull request. */
  readonly proposes?: true;
  /** Where there is no `revert`: why not, and what to do instead, in sentences for people. */
  readonly oneWay?: string;
  /** Puts back what `snapshot` says. Looks first; overwrites somebody else's value only by `force`. */
  revert?(input: Input, planned: Planned, context: ActionContext, force: boolean): Promise<Reverted>;
  /** When the snapshot was lost with the database: what the world itself still knows of it, e.g. from the previous ReplicaSet. `digest` is the snapshot's. */
  recover?(input: Input, planned: Omit<Planned, 'snapshot'>, digest: string, context: ActionContext): Promise<Json | null>;
}

/** An action as the registry holds it: its input is what its own schema has parsed. */
export type Action = ReadAction | ChangeAction;

/** What a step has read, checked: of what is bad or unknown, parts may be missing. */
export function outputOf({ output }: Pick<ReadAction, 'output'>, { state, output: read }: Reading<unknown> | Lacking<unknown>): Json {
  const partly = (state === 'bad' || state === 'unknown') && output instanceof z.ZodObject;
  return (partly ? output.partial() : output).parse(read) as Json;
}

/** An action as it is written: its types come from its schemas, and it names neither targets nor rights where they are the usual ones. */
type Written<A extends { readonly targets: unknown; readonly rights: unknown }, I extends z.ZodType, O extends z.ZodType> = Omit<
  A,
  'input' | 'output' | 'targets' | 'rights'
> &
  Partial<Pick<A, 'targets' | 'rights'>> & { readonly input: I; readonly output: O };

/** An action that only looks. Unless it says otherwise it has the target that its input calls `target`, and needs no right in a cluster. */
export function readAction<I extends z.ZodType, O extends z.ZodType>(
  action: Omit<Written<ReadAction<z.output<I>, z.output<O>>, I, O>, 'effect'>,
): Action {
  return { targets: targetOf, rights: none, ...action, effect: 'read' } as unknown as Action;
}

/** An action that changes something; what it does not say is as with `readAction`. */
export function changeAction<I extends z.ZodType, O extends z.ZodType>(action: Written<ChangeAction<z.output<I>, z.output<O>>, I, O>): Action {
  return { targets: targetOf, rights: none, ...action } as unknown as Action;
}

function targetOf(input: unknown): readonly string[] {
  const named = typeof input === 'object' && input !== null && 'target' in input ? input.target : undefined;
  return typeof named === 'string' ? [named] : [];
}

function none(): readonly Right[] {
  return [];
}
