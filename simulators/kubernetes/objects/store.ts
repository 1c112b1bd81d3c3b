import { randomUUID } from 'node:crypto';
import type { ResourceType } from '../api/resources.ts';
import { groupResource } from '../api/status.ts';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import { clone, equal } from '../json.ts';
import type { KubeObject, Metadata } from '../kinds.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `deployments.apps`, `pods`. */
  readonly resource: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly version: number;
}

/** An object that is not stored yet. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: Partial<Metadata>;
  spec?: unknown;
  status?: unknown;
  [member: string]: unknown;
}

const HISTORY = 6_000;

/** What etcd is to a cluster: objects by resource, namespace and name, one counter of versions, and the changes since. */
export class Store {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  /** Objects in their order, until one comes or goes. */
  readonly #sorted = new Map<string, readonly KubeObject[]>();
  #history: Change[] = [];
  #version = 1000;
  #removals = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  /** How many objects have gone. */
  get removals(): number {
    return this.#removals;
  }

  /** The oldest version that a watch may begin after. */
  get oldest(): number {
    return this.#history[0]?.version ?? 0;
  }

  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(resource)?.get(key(namespace, name)) as T | undefined;
  }

  /** Objects in the order of namespace and name, as the real server lists them. */
  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[] {
    const all = this.#sorted.get(resource) ?? this.#sort(resource);
    return (namespace === undefined ? all : all.filter((each) => each.metadata.namespace === namespace)) as T[];
  }

  #sort(resource: string): readonly KubeObject[] {
    const entries = [...(this.#objects.get(resource) ?? new Map<string, KubeObject>())];
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    this.#sorted.set(resource, sorted);
    return sorted;
  }

  /** Gives a new object what the server gives: uid, time, version, generation. Stores it unless `dryRun`. */
  create<T extends KubeObject>(type: ResourceType, object: NewObject, options: { dryRun?: boolean } = {}): T {
    const hasGeneration = GENERATED.has(groupResource(type)) || type.custom;
    const metadata: Metadata = {
      ...object.metadata,
      name: object.metadata.name ?? '',
      uid: randomUUID(),
      creationTimestamp: timestamp(this.#clock.now()),
      resourceVersion: options.dryRun === true ? '' : String(++this.#version),
      ...(hasGeneration ? { generation: 1 } : {}),
    };
    if (options.dryRun === true) return { ...object, metadata: omit(metadata, 'resourceVersion') } as unknown as T;
    const stored = { ...object, metadata } as unknown as T;
    this.#put('ADDED', groupResource(type), stored, undefined);
    return stored;
  }

  /**
   * Replaces a stored object; a replacement that changes nothing keeps the version. `spec` unlike before raises the generation where the
   * kind has one.
   */
  replace<T extends KubeObject>(resource: string, current: KubeObject, next: KubeObject, options: { dryRun?: boolean } = {}): T {
    const generation = current.metadata.generation;
    const raised = generation !== undefined && !equal(current.spec, next.spec);
    const metadata: Metadata = {
      ...next.metadata,
      uid: current.metadata.uid,
      creationTimestamp: current.metadata.creationTimestamp,
      resourceVersion: current.metadata.resourceVersion,
      ...(generation === undefined ? {} : { generation: raised ? generation + 1 : generation }),
    };
    const candidate = { ...next, metadata } as T;
    if (equal(candidate, current)) return current as T;
    if (options.dryRun === true) return candidate;
    const stored = { ...candidate, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    this.#put('MODIFIED', resource, stored, current);
    return stored;
  }

  /** Changes a stored object in place of its owner, a controller. Gives what is stored, or undefined when it is gone. */
  change<T extends KubeObject>(resource: string, object: KubeObject, edit: (draft: T) => void): T | undefined {
    const current = this.get<T>(resource, object.metadata.namespace, object.metadata.name);
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return undefined;
    const draft = clone(current);
    edit(draft);
    return this.replace<T>(resource, current, draft);
  }

  remove(resource: string, object: KubeObject): KubeObject | undefined {
    const current = this.get(resource, object.metadata.namespace, object.metadata.name);
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return undefined;
    const last = { ...current, metadata: { ...current.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.get(resource)?.delete(key(object.metadata.namespace, object.metadata.name));
    this.#tell({ type: 'DELETED', resource, object: last, previous: current, version: this.#version });
    return last;
  }

  /** Changes after `version`, oldest first. */
  since(version: number): readonly Change[] {
    return this.#history.filter((change) => change.version > version);
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(type: 'ADDED' | 'MODIFIED', resource: string, object: KubeObject, previous: KubeObject | undefined): void {
    const table = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, table);
    table.set(key(object.metadata.namespace, object.metadata.name), object);
    this.#tell({ type, resource, object, previous, version: this.#version });
  }

  #tell(change: Change): void {
    this.#sorted.delete(change.resource);
    if (change.type === 'DELETED') this.#removals += 1;
    this.#history.push(change);
    if (this.#history.length > HISTORY) this.#history = this.#history.slice(-HISTORY / 2);
    for (const listener of this.#listeners) listener(change);
  }
}

/** Kinds whose `metadata.generation` counts changes of `spec`. */
const GENERATED = new Set([
  'deployments.apps',
  'statefulsets.apps',
  'replicasets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'poddisruptionbudgets.policy',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function omit<T extends object, K extends keyof T>(object: T, name: K): Omit<T, K> {
  const { [name]: _dropped, ...rest } = object;
  return rest;
}
