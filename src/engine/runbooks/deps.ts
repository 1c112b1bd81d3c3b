import type { z } from 'zod';
import type { Check } from '../../domain/checks.ts';
import type { Person } from '../../domain/incident/commands.ts';
import type { Json, NewRecord } from '../../domain/record.ts';
import type { OUTSIDE_DATA } from '../../domain/records/data/outside.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import type { Leases } from '../../ports/queue.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import type { TargetKind } from '../../ports/targets.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { Catalogue } from './load/catalogue.ts';
import type { Actions } from './load/runbook.ts';

/** What a step works with, and what it must not say. */
export interface StepContext extends ActionContext {
  /** Takes everything that `hide` was told, and every known secret, out of a text. */
  redact(text: string): string;
  /** The same for a text of any length, without keeping everybody else waiting. */
  redactLong(text: string): Promise<string>;
  /** The same for each text of a value, at any depth. */
  redactAll(value: Json): Promise<Json>;
}

export interface ContextOptions {
  readonly service: string;
  readonly incident: string | null;
  readonly signal: AbortSignal;
  /** Only what happened after this moment (ms) counts. */
  readonly newerThan?: number;
  /** When the last lasting remedy of the service was verified, ms. */
  readonly mendedAt?: number;
  readonly say?: (text: string) => void;
}

/** Encrypts what a revert needs. */
export interface Cipher {
  seal(bytes: Uint8Array): Uint8Array;
  /** @throws TocsinError `snapshot-unreadable` */
  open(bytes: Uint8Array): Uint8Array;
}

/** A step of a plan that a guard may revert: each has its own, beside the object that the step changes. */
export interface GuardedStep {
  readonly service: string;
  readonly plan: string;
  readonly step: number;
  readonly uses: string;
  readonly input: Json;
}

/** What reverts an emergency change inside of the cluster when the bot is gone (ADR 8). */
export interface Guards {
  /** Creates or moves the guard of a plan's step; does nothing where the service names no image for it. Returns what was made, for people. */
  set(guard: GuardedStep & { readonly snapshot: Json; readonly deadline: number }): Promise<string | null>;
  /** Takes a step's guard away from where it was made, and sees it gone. Safe to call again, also where there is none. */
  remove(guard: GuardedStep): Promise<void>;
  /** Whether the guard of such a step could be made and act, looked at where it would stand; empty where there is none to make. Changes nothing. */
  check(guard: Pick<GuardedStep, 'service' | 'uses' | 'input'>): Promise<readonly Check[]>;
}

/** Looks whether what a target names is there, in the target's own context and namespace. Changes nothing. */
export interface TargetChecks {
  /** Empty for kinds that are no objects of a cluster. @throws UserError `target-missing`, ClusterError */
  check(context: ActionContext, name: string, kind: TargetKind): Promise<readonly Check[]>;
}

/** A step's long text, for people: uploaded once. */
export interface LongText {
  readonly name: string;
  readonly title: string;
  readonly content: Uint8Array;
  /** What is to be seen, for those who cannot see a picture. */
  readonly alt?: string;
}

/** What happens outside of any incident: a diagnosis without one, a pre-flight. */
export type OutsideRecord = {
  readonly [T in keyof typeof OUTSIDE_DATA]: Omit<NewRecord<T, z.input<(typeof OUTSIDE_DATA)[T]>>, 'v' | 'actor' | 'subject'>;
}[keyof typeof OUTSIDE_DATA];

/** What diagnoses and remedies need of the rest of Tocsin. */
export interface RunbookDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  readonly catalogue: Catalogue;
  readonly actions: Actions;
  readonly leases: Leases;
  readonly cipher: Cipher;
  readonly guards: Guards;
  readonly targets: TargetChecks;
  /** Where the evidence goes, to see whether it answers. */
  readonly evidence: Pick<EvidenceStore, 'location' | 'get'>;
  context(options: ContextOptions): StepContext;
  /** A person with the roles they hold for a service now, asked of Slack again. @throws UserError `roles-unknown` */
  personNow(user: string, service: string): Promise<Person>;
  /** Resolves when the evidence store has acknowledged a stream up to `seq` under a checkpoint. */
  durable(stream: string, seq: number): Promise<void>;
  /** Appends a record to `system`: what happens outside of any incident. */
  recordOutside(tx: StoreTx, record: OutsideRecord): Promise<void>;
  /** An artifact's bytes, from the database or the evidence store; `null` when neither has them. */
  artifact(stream: string, sha256: string): Promise<Uint8Array | null>;
  /** An SVG as PNG, drawn off the main thread. @throws Error when it cannot be drawn */
  draw(svg: string): Promise<Uint8Array>;
  /** Uploads a file to where a message was posted; `null` when there is no such message (yet). */
  upload(messageKey: string, file: LongText): Promise<string | null>;
  /** The platforms are those of the local workspace: what is approved in a drill is done to them. Nothing that can be configured says so. */
  readonly simulated?: boolean;
  /** A service's links for people, such as its dashboards (AU-02). */
  linksOf(service: string): readonly { readonly title: string; readonly url: string }[];
}
