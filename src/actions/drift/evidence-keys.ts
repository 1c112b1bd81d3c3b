/** The four objects that a drift workflow leaves for each drift (workflows.json: guardrail-drift.yml). */
export const PARTS = ['drift', 'local', 'remote', 'diff'] as const;
export type Part = (typeof PARTS)[number];

export interface DriftSet {
  /** `2025-10-19T11:54:58Z`, as it stands in the keys. */
  readonly ts: string;
  readonly keys: Partial<Readonly<Record<Part, string>>>;
}

const KEY = /(?:^|\/)([a-z0-9-]+)-(drift|local|remote|diff)-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)\.(json|patch)$/;

/** Keys by their time, the newest first. Sorted by key they would stand diff, drift, local, remote, each of all times. */
export function groupByTime(keys: Iterable<string>, name: string): DriftSet[] {
  const sets = new Map<string, Partial<Record<Part, string>>>();
  for (const key of keys) {
    const [, called, part, ts, type] = KEY.exec(key) ?? [];
    if (called !== name || ts === undefined || (type === 'patch') !== (part === 'diff')) continue;
    const set = sets.get(ts) ?? {};
    set[part as Part] = key;
    sets.set(ts, set);
  }
  return [...sets].map(([ts, keysOfSet]) => ({ ts, keys: keysOfSet })).sort((left, right) => (left.ts < right.ts ? 1 : -1));
}

export function missingParts({ keys }: DriftSet): Part[] {
  return PARTS.filter((part) => keys[part] === undefined);
}
