import { createHash } from 'node:crypto';
import { applyDefaults } from './api/defaults.ts';
import { Rbac } from './api/rbac.ts';
import { ResourceTypes } from './api/resources.ts';
import { type Clock, timestamp } from './clock.ts';
import type { KubeEvent, KubeObject } from './kinds.ts';
import { type NewObject, Store } from './objects/store.ts';

/** An event of Kubernetes about one object. */
export interface EventInput {
  readonly about: KubeObject;
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host?: string;
  readonly fieldPath?: string;
}

const EVENT_LIFE_MS = 3_600_000;
/** How often (ms) a readiness probe is tried unless its container says otherwise: periodSeconds of a Probe. */
const PROBE = 10_000;

/** What every part of the simulator shares. */
export class Cluster {
  readonly clock: Clock;
  readonly store: Store;
  readonly types = new ResourceTypes();
  readonly rbac: Rbac;
  #names = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.store = new Store(clock);
    this.rbac = new Rbac(this.store);
  }

  /** The time as Kubernetes writes it. */
  get time(): string {
    return timestamp(this.clock.now());
  }

  /** Stores an object of a controller, which nobody validates. */
  create<T extends KubeObject>(resource: string, object: NewObject): T {
    applyDefaults(object);
    return this.store.create<T>(this.types.named(resource), object);
  }

  /** Five letters as the real server appends to a generated name. Deterministic: the same run gives the same names. */
  suffix(): string {
    this.#names += 1;
    return safeHash(`suffix-${this.#names}`, 5);
  }

  /**
   * Records an event, or counts it up when the same was recorded within the hour. A warning counts once in PROBE: the controllers here look far
   * more often than real ones try again.
   */
  event(input: EventInput): void {
    const { about, reason, message } = input;
    const namespace = about.metadata.namespace ?? 'default';
    const known = this.store
      .list<KubeEvent>('events', namespace)
      .find((each) => each.involvedObject.uid === about.metadata.uid && each.reason === reason && each.message === message);
    if (known !== undefined) {
      if (input.type === 'Warning' && this.clock.now() - Date.parse(known.lastTimestamp) < PROBE) return;
      this.store.change<KubeEvent>('events', known, (draft) => {
        draft.count += 1;
        draft.lastTimestamp = this.time;
      });
      return;
    }
    const involvedObject = {
      kind: about.kind,
      namespace: about.metadata.namespace,
      name: about.metadata.name,
      uid: about.metadata.uid,
      apiVersion: about.apiVersion,
      resourceVersion: about.metadata.resourceVersion,
      ...(input.fieldPath === undefined ? {} : { fieldPath: input.fieldPath }),
    };
    this.#names += 1;
    this.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.metadata.name}.${(this.clock.now() * 4096 + this.#names).toString(16)}`, namespace },
      involvedObject,
      reason,
      message,
      source: { component: input.component, ...(input.host === undefined ? {} : { host: input.host }) },
      firstTimestamp: this.time,
      lastTimestamp: this.time,
      count: 1,
      type: input.type ?? 'Normal',
      eventTime: null,
      reportingComponent: input.component,
      reportingInstance: input.host ?? '',
    });
  }

  /** Forgets events older than an hour, as the real server does. */
  expireEvents(): void {
    const limit = timestamp(this.clock.now() - EVENT_LIFE_MS);
    for (const event of this.store.list<KubeEvent>('events')) if (event.lastTimestamp < limit) this.store.remove('events', event);
  }
}

const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** A hash in the letters that Kubernetes uses for names: no vowels, no words. */
export function safeHash(text: string, length: number): string {
  return [...createHash('sha256').update(text).digest()]
    .slice(0, length)
    .map((byte) => SAFE[byte % SAFE.length])
    .join('');
}
