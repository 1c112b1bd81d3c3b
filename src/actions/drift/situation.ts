import { z } from 'zod';
import type { Json } from '../../domain/record.ts';

/** Two guardrails that were compared (`drift.compare`). */
export interface Compared {
  readonly equal: boolean;
  readonly added: number;
  readonly removed: number;
  readonly unmanaged: readonly string[];
}

export interface Change {
  readonly time: number;
  readonly person: string;
  readonly kind: 'person' | 'pipeline' | 'own' | 'service';
  readonly from: string;
  readonly console: boolean;
}

/** All that is known of a drift. `null`: it could not be seen. */
export interface Situation {
  readonly now: number;
  readonly evidence: { readonly time: number; readonly sha: string; readonly intact: boolean } | null;
  readonly head: { readonly sha: string; readonly same: boolean; readonly touched: boolean | null } | null;
  readonly events: {
    /** Changes of this application that were not refused, the newest first. */
    readonly changes: readonly Change[];
    /** Whether these are all since `from`. */
    readonly complete: boolean;
    readonly from: number;
    /** What happened after this moment may not be listed yet. */
    readonly settled: number;
    readonly ownKnown: boolean;
  } | null;
  readonly source: {
    /** Branches and pull requests that change the file and are not merged, for people. */
    readonly unmerged: readonly string[];
    /** False when there are more than were looked at. */
    readonly allSeen: boolean;
    /** The commit that last changed the file on the default branch. */
    readonly last: { readonly sha: string; readonly author: string; readonly time: number | null; readonly reviewed: boolean | null } | null;
  } | null;
  /** When what is live was seen to be what the source said. */
  readonly verified: {
    /** The newest first. */
    readonly moments: readonly number[];
    /** False when there may be later ones that could not be seen. */
    readonly complete: boolean;
  };
  /** Live compared with the source at HEAD. */
  readonly live: Compared | null;
  /** The evidence's source against the source at HEAD. */
  readonly local: Compared | null;
  /** The evidence's remote against the evidence's source: what the workflow saw, without the shapes. */
  readonly shapes: Compared | null;
  /** What is live against the evidence's source. */
  readonly old: Compared | null;
}

/** What the steps of a diagnosis found, as the runbook hands it over; `null` for one that failed. */
export interface Given {
  readonly evidence: Json;
  readonly head: Json;
  readonly events: Json;
  readonly changes: Json;
  readonly verified: Json;
  readonly live: Json;
  readonly local: Json;
  readonly shapes: Json;
  readonly old: Json;
}

const instant = z.string().transform((text, context) => {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});

const evidenceSchema = z
  .object({ found: z.literal(true), ts: instant, git_sha: z.string().default(''), intact: z.boolean().default(true) })
  .transform(({ ts, git_sha, intact }) => ({ time: ts, sha: git_sha, intact }));

/** `github.head`. Against a commit that is not there, or was not given, it tells nothing. */
const headSchema = z
  .object({ head: z.string(), same: z.boolean(), relation: z.enum(['same', 'ahead', 'behind', 'diverged']), file_touched: z.boolean().nullish() })
  .transform(({ head, same, file_touched }) => ({ sha: head, same, touched: file_touched ?? null }));

const eventsSchema = z
  .object({
    events: z.array(
      z.object({
        time: instant,
        person: z.string(),
        kind: z.enum(['person', 'pipeline', 'own', 'service']),
        from: z.string().default(''),
        console: z.boolean().default(false),
        error: z.string().nullish(),
        ours: z.boolean().default(true),
      }),
    ),
    complete: z.boolean(),
    from: instant,
    settled: instant,
    own_known: z.boolean().default(false),
  })
  .transform(({ events, complete, from, settled, own_known }) => ({
    changes: events
      .filter(({ error, ours }) => (error ?? null) === null && ours)
      .map(({ time, person, kind, from: address, console }) => ({ time, person, kind, from: address, console }))
      .sort((left, right) => right.time - left.time),
    complete,
    from,
    settled,
    ownKnown: own_known,
  }));

/** `drift.verified` */
const verifiedSchema = z.object({ moments: z.array(instant), complete: z.boolean() });

const comparedSchema = z
  .object({
    known: z.literal(true),
    equal: z.boolean(),
    added: z.number().default(0),
    removed: z.number().default(0),
    unmanaged: z.array(z.string()).default([]),
  })
  .transform(({ equal, added, removed, unmanaged }) => ({ equal, added, removed, unmanaged }));

/** `github.file-changes`. */
const changesSchema = z
  .object({
    pulls: z.array(z.object({ number: z.number(), author: z.string().default('somebody') })).default([]),
    branches: z.array(z.object({ name: z.string(), author: z.string().default('somebody') })).default([]),
    commit: z.string().default(''),
    author: z.string().default('somebody'),
    at: instant.nullish().catch(null),
    through_pull: z.boolean().nullish(),
    all_seen: z.boolean().default(true),
  })
  .transform(({ pulls, branches, commit, author, at, through_pull, all_seen }) => ({
    allSeen: all_seen,
    unmerged: [
      ...pulls.map((pull) => `pull request #${pull.number} of ${pull.author}`),
      ...branches.map((branch) => `branch ${branch.name} of ${branch.author}`),
    ],
    last: commit === '' ? null : { sha: commit, author, time: at ?? null, reviewed: through_pull ?? null },
  }));

/** Reads what the steps have found. What is missing or not understood is `null`: a verdict never rests on it. */
export function situationOf(given: Given, now: number): Situation {
  const [evidence, shapes] = [read(evidenceSchema, given.evidence), read(comparedSchema, given.shapes)];
  const verified = read(verifiedSchema, given.verified) ?? { moments: [], complete: false };
  const seen = evidence?.intact === true && shapes?.equal === true ? [evidence.time] : [];
  return {
    now,
    evidence,
    head: read(headSchema, given.head),
    events: read(eventsSchema, given.events),
    source: read(changesSchema, given.changes),
    verified: { moments: [...seen, ...verified.moments].sort((left, right) => right - left), complete: verified.complete },
    live: read(comparedSchema, given.live),
    local: read(comparedSchema, given.local),
    shapes,
    old: read(comparedSchema, given.old),
  };
}

function read<T>(schema: z.ZodType<T>, value: Json): T | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** A moment for people, to the second. */
export function sayMoment(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
