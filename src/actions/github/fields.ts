import { z } from 'zod';
import { sayMoment } from '../../lib/time.ts';
import { ageSeconds, sayAge } from '../k8s/moments.ts';

/** Fields that several inputs and outputs have. */

export const integer = z.number().int();
export const repositoryField = z.string().min(1).describe('A target that is a repository');
export const workflowField = z.string().min(1).describe('A target that is a workflow');
export const fileField = z.string().min(1).describe('A target that is a file of a repository');
export const branchField = z.string().min(1).describe('The branch; that of the target, or the default one, unless told');
export const reviewersField = z
  .array(z.string().regex(/^@?[A-Za-z0-9-]+(\/[A-Za-z0-9._-]+)?$/, 'expected a login or @organisation/team'))
  .default([])
  .describe('Who is asked to review: logins and teams such as @VaultSovereign/security');
export const ownersField = z
  .array(
    z.strictObject({
      pattern: z.string().min(1).describe('As in CODEOWNERS, such as 02-qbusiness/guardrails/*'),
      owners: z.array(z.string().regex(/^@[^\s]+$/, 'expected an owner such as @VaultSovereign/security')).min(1),
    }),
  )
  .min(1)
  .describe('Which files must have which owners');

/** Whole minutes from `then` until `now`, ms. */
export function minutesSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 60_000));
}

/** `3d4h`, `12m`. */
export function ago(then: number, now: number): string {
  return sayAge(ageSeconds(new Date(then).toISOString(), now));
}

/** A time in words and in tables: `2025-10-19T11:54:58Z`. */
export function sayTime(ms: number): string {
  return ms === 0 ? '' : sayMoment(ms);
}

export function iso(ms: number): string {
  return ms === 0 ? '' : new Date(ms).toISOString();
}

export function short(sha: string): string {
  return sha.slice(0, 7);
}

/** The first line of a commit's message. */
export function subject(message: string): string {
  return message.split('\n')[0] ?? '';
}
