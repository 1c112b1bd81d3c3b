import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { utcDay } from '../../lib/time.ts';

/** How long what lies in a folder of that name must be kept. */
export interface RetentionRule {
  readonly name: string;
  /** Lower case; also as the beginning of a file's name, followed by `-`, `_` or `.`. */
  readonly folders: readonly string[];
  /** `7y` or `90d`. */
  readonly keep: string;
}

/** AUREUS' own policy (its data-retention-policy.md and audit-evidence-retrieval.md; platform facts). */
export const AUREUS_RULES: readonly RetentionRule[] = [
  { name: 'audit', folders: ['audit', 'audits'], keep: '7y' },
  { name: 'approvals', folders: ['approval', 'approvals'], keep: '7y' },
  { name: 'policy', folders: ['policy', 'policies'], keep: '5y' },
  { name: 'incidents', folders: ['incident', 'incidents'], keep: '5y' },
  { name: 'deployments', folders: ['deployment', 'deployments'], keep: '3y' },
  { name: 'snapshots', folders: ['snapshot', 'snapshots'], keep: '1y' },
];

/** Rules in a runbook. */
export const rulesField = z
  .array(
    z.strictObject({
      name: z.string().min(1),
      folders: z.array(z.string().min(1).toLowerCase()).min(1),
      keep: z.string().regex(/^[1-9]\d{0,3}[yd]$/, 'expected how long to keep, such as 7y or 90d'),
    }),
  )
  .min(1);

/** `at` in ms: until when it is kept, or since when it is free. */
export type Verdict = { readonly kind: 'kept' | 'freed'; readonly rule: RetentionRule; readonly at: number } | { readonly kind: 'unknown' };

/**
 * What the rules say of a file, by its path below the volume. Several that match: the one that keeps longest. Only a folder can
 * free a file: a mere name is too weak to delete by. What no rule knows is `unknown`, which is kept.
 */
export function judge(relative: string, mtimeMs: number, now: number, rules: readonly RetentionRule[]): Verdict {
  const segments = relative
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
  const file = segments.pop() ?? '';
  const byFolder = rules.filter((rule) => rule.folders.some((folder) => segments.includes(folder)));
  const byName = rules.filter((rule) => rule.folders.some((folder) => file.startsWith(folder) && /^[-_.]/.test(file.slice(folder.length))));
  const longest = [...byFolder, ...byName].map((rule) => ({ rule, at: endOf(mtimeMs, rule.keep) })).sort((left, right) => right.at - left.at)[0];
  if (longest === undefined) return { kind: 'unknown' };
  if (longest.at > now) return { kind: 'kept', ...longest };
  return byFolder.length > 0 ? { kind: 'freed', ...longest } : { kind: 'unknown' };
}

/** The end of a period that began at `from` (ms): years by the calendar, days of 24 hours. */
export function endOf(from: number, keep: string): number {
  const amount = Number(keep.slice(0, -1));
  if (keep.endsWith('d')) return from + amount * 86_400_000;
  const date = new Date(from);
  date.setUTCFullYear(date.getUTCFullYear() + amount);
  return date.getTime();
}

/** `7 years`, `90 days`. */
export function sayKeep(keep: string): string {
  const amount = Number(keep.slice(0, -1));
  return plural(amount, keep.endsWith('y') ? 'year' : 'day');
}

/** `audit: 7 years, until 2031-05-02`, `snapshots: 1 year, over since 2025-11-01`, `no rule known: kept`. */
export function sayVerdict(verdict: Verdict): string {
  if (verdict.kind === 'unknown') return 'no rule known: kept';
  const day = utcDay(verdict.at);
  return `${verdict.rule.name}: ${sayKeep(verdict.rule.keep)}, ${verdict.kind === 'kept' ? 'until' : 'over since'} ${day}`;
}
