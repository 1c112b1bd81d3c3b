import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';

/** A kind of the Kubernetes API, e.g. `apps/v1` `Deployment`. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object. `namespace` unset means the cluster's own default namespace, or none for kinds that have none. */
export interface ObjectRef extends Kind {
  readonly name: string;
  readonly namespace?: string;
}

/** An object as the API server sent it; what is used of it is parsed with zod where it is used. */
export interface KubeObject extends Kind {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string; readonly controller?: boolean }[];
  };
  readonly [field: string]: unknown;
}

export interface Selection {
  /** `*`: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WriteOptions {
  /** The API server does everything but keep it (`dryRun=All`). */
  readonly dryRun?: boolean;
}

/** A patch; a `resourceVersion` inside a strategic or merge patch makes the server refuse it when the object has changed (409). */
export interface Patch {
  readonly type: 'strategic' | 'merge' | 'json';
  readonly body: Json;
  readonly subresource?: 'scale' | 'status';
}

export interface LogOptions {
  readonly namespace?: string;
  readonly pod: string;
  readonly container: string;
  readonly tail?: number;
  readonly sinceSeconds?: number;
  readonly previous?: boolean;
  /** Each line begins with its RFC 3339 time and a blank. */
  readonly timestamps?: boolean;
  /** The newest bytes that are kept; 4 MiB unless told. The kubelet's own limit (`limitBytes`) would keep the oldest. */
  readonly keepBytes?: number;
}

/** A log as far as it was kept: whole lines, the newest. */
export interface LogText {
  readonly text: string;
  /** Bytes of older lines that were read and dropped. */
  readonly dropped: number;
}

export interface ExecOptions {
  readonly namespace?: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Output beyond this is cut, `truncated` says so; 1 MiB unless told. */
  readonly maxBytes?: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly truncated: boolean;
  readonly ms: number;
}

export interface HttpRequest {
  readonly method: string;
  /** With leading slash and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ms: number;
}

/** One right that a piece of work needs, as RBAC names it. `group` is `''` for the core group; `namespace` unset means the cluster's own, `''` the whole cluster. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
  readonly namespace?: string;
  readonly name?: string;
  /** Where the work is done without it all the same: what is not known then, e.g. `whether KEDA decides is not known`. */
  readonly optional?: string;
}

/**
 * The API server refused or could not be reached. `forbidden` names the missing right in its message; `unreachable`, `throttled`
 * and `timeout` are worth another try; after `uncertain` a change may or may not have happened: look before doing it again.
 */
export class ClusterError extends TocsinError {
  readonly reason:
    | 'unreachable'
    | 'uncertain'
    | 'throttled'
    | 'timeout'
    | 'forbidden'
    | 'unauthorized'
    | 'not-found'
    | 'conflict'
    | 'exists'
    | 'invalid'
    | 'exec-failed'
    | 'misconfigured';
  /** The HTTP status, when there was an answer. */
  readonly status: number | null;

  constructor(reason: ClusterError['reason'], message: string, options: { status?: number; cause?: unknown } = {}) {
    super(`cluster-${reason}`, message, options);
    this.name = 'ClusterError';
    this.reason = reason;
    this.status = options.status ?? null;
  }
}

/** One Kubernetes cluster as one service sees it: a context and a default namespace. Every method throws ClusterError. */
export interface Cluster {
  readonly context: string;
  readonly namespace: string;
  /** `null` when there is no such object. */
  get(ref: ObjectRef): Promise<KubeObject | null>;
  /** All of them, page by page. */
  list(kind: Kind, selection?: Selection): Promise<KubeObject[]>;
  create(object: Json, options?: WriteOptions): Promise<KubeObject>;
  /** Retries 429 and 5xx that say so; a 409 is the caller's to judge. */
  patch(ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<KubeObject>;
  /** With `uid`, refused (`conflict`) when the name now belongs to another object. */
  delete(ref: ObjectRef, options?: WriteOptions & { uid?: string; gracePeriodSeconds?: number }): Promise<void>;
  logs(options: LogOptions): Promise<LogText>;
  /** By argv, never a shell. A command that cannot be started is ClusterError `exec-failed`; one that fails is its exit code. */
  exec(options: ExecOptions): Promise<ExecResult>;
  /** HTTP to a pod or service through the API server's proxy, which passes no Authorization header on (`invalid`). The status is the application's. */
  proxy(
    to: {
      readonly kind: 'Pod' | 'Service';
      readonly name: string;
      readonly namespace?: string;
      readonly port: number | string;
      readonly scheme?: 'http' | 'https';
    },
    request: HttpRequest,
  ): Promise<HttpResponse>;
  /** A GET of an absolute API path, for what has no kind: metrics, `stats/summary`, `/version`. `null` on 404. */
  raw(path: string): Promise<unknown>;
  /**
   * Calls back with the objects that are there and then with every change until `until` answers true (resolves true) or `timeoutMs` is over
   * (resolves false). Reconnects by itself.
   */
  watch(
    kind: Kind,
    selection: Selection,
    until: (objects: readonly KubeObject[]) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<boolean>;
  /** SelfSubjectAccessReview: whether the bot may. */
  can(right: Right): Promise<{ readonly allowed: boolean; readonly reason: string | null }>;
}
