import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { asJson } from '../../../domain/json.ts';
import type { Json } from '../../../domain/record.ts';
import type { Planned } from '../../../ports/action.ts';
import { type Settings } from '../load/runbook.ts';
import type { Verify } from '../load/schema.ts';
import { type Inputs } from '../load/values.ts';

/** One step of a plan. A step that reads waits for something; it has nothing planned. */
export interface PlanStep {
  readonly uses: string;
  readonly title: string | null;
  /** As the runbook has it, expressions and all: what the hash covers. */
  readonly with: Inputs;
  /** What is known before the approval; the rest stands as `⟨expression⟩`. */
  readonly input: Inputs;
  readonly until: string | null;
  readonly within_ms: number | null;
  /** How long to wait before the step, ms. */
  readonly after_ms?: number;
  readonly planned: Omit<Planned, 'snapshot'> | null;
  readonly snapshot_sha256: string | null;
}

/** How it is looked whether the change has its effect: as approved, whatever becomes of the runbook. */
export interface PlanVerify {
  readonly uses: string;
  readonly with: Inputs;
  readonly input: Inputs;
  readonly until: string;
  /** Once this holds it is known that the change has failed. */
  readonly fails?: string;
  readonly within_ms: number;
  readonly otherwise: Verify['otherwise'];
}

/**
 * A plan in full: the artifact that its record points to. Version 2 has all that its values are made of, and its hash covers that; version 1
 * lacks `incident_values`, `verify` and `resolves`.
 */
export interface PlanDocument {
  readonly v: 1 | 2;
  readonly incident: string;
  readonly runbook: string;
  readonly revision: string;
  readonly remedy: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** What the diagnosis steps answered that the inputs are made of. */
  readonly diagnose?: Readonly<Record<string, Json>>;
  /** What was known of the incident when the plan was made: late values are made of it as well. */
  readonly incident_values?: Json;
  /** The runbook's settings; missing where it has none. */
  readonly setting?: Settings;
  /** Why steps of the runbook are left out, in words. */
  readonly left_out?: readonly string[];
  readonly steps: readonly PlanStep[];
  readonly verify?: PlanVerify;
  /** The resolution that its success means. */
  readonly resolves?: string;
  readonly hash: string;
}

/**
 * SHA-256 of what is approved (ADR 7): the runbook's revision, actions, arguments, what each step touches or depends on, its
 * exact scope and its diff, and all values that were known. Words for people are left out: how many pods are ready changes every second.
 */
export function hashOf(plan: Omit<PlanDocument, 'hash'>): string {
  const { diagnose, ...rest } = plan;
  const known = plan.v === 1 || diagnose === undefined ? rest : { ...rest, diagnose };
  return sha256(covered(known, ({ diff, touches, scope, changes }) => ({ diff, touches, scope, changes })));
}

/** Whether what was approved is what would be planned now. What a step has listed may have moved on meanwhile; what it touches may not. */
export function stillHolds(approved: PlanDocument, now: PlanDocument): boolean {
  const ground = ({ hash: _hash, v: _v, diagnose: _diagnose, incident_values: _incident, ...plan }: PlanDocument) =>
    sha256(
      covered(plan, ({ diff, touches, scope, changes, asListed = false }) => (asListed ? { touches, asListed } : { diff, touches, scope, changes })),
    );
  return ground(approved) === ground(now);
}

export function covered(plan: Omit<PlanDocument, 'hash' | 'v'>, of: (planned: NonNullable<PlanStep['planned']>) => object): Json {
  const steps = plan.steps.map(({ uses, with: given, input, until, within_ms, after_ms, planned }) => ({
    uses,
    with: given,
    input,
    until,
    within_ms,
    after_ms,
    planned: planned === null ? null : of(planned),
  }));
  return asJson({ ...plan, steps });
}

/** Why a plan no longer is what was approved, for people. */
export function differences(approved: PlanDocument, now: PlanDocument): string {
  if (approved.revision !== now.revision) return 'the runbook was changed';
  for (const [i, step] of approved.steps.entries()) {
    const other = now.steps[i];
    if (other === undefined) return 'its steps were changed';
    for (const touch of step.planned?.touches ?? []) {
      const found = other.planned?.touches.find(({ object, fields }) => object === touch.object && fields === touch.fields);
      if (found === undefined) return `${touch.object} has changed`;
      if (found.uid !== touch.uid) return `${touch.object} was replaced by another object of that name`;
      if (found.digest !== touch.digest) return `${touch.fields} of ${touch.object} was changed meanwhile`;
    }
    if (JSON.stringify(step.planned?.scope) !== JSON.stringify(other.planned?.scope))
      return `what “${step.title ?? step.uses}” would act on has changed`;
  }
  return 'what it would do has changed';
}

export function sha256(value: Json): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

export function canonical(value: unknown): string {
  return canonicalize(JSON.parse(JSON.stringify(value))) ?? 'null';
}
