/* The text format of Prometheus (docs/instrumenting/exposition_formats). Pure. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gy;

/** The samples of a page of metrics; lines that are none are left out. */
export function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#')) return [];
    const [, name, labels = '', value = ''] = LINE.exec(line) ?? [];
    const number = numberOf(value);
    return name === undefined || number === null ? [] : [{ name, labels: labelsOf(labels), value: number }];
  });
}

/** `0.95` of a histogram's buckets (`le`), by linear interpolation as `histogram_quantile` does it; `null` without a single observation. */
export function quantile(samples: readonly Sample[], name: string, share: number): number | null {
  const counts = new Map<number, number>();
  for (const sample of samples) {
    if (sample.name !== `${name}_bucket`) continue;
    const le = numberOf(sample.labels['le'] ?? '');
    if (le !== null) counts.set(le, (counts.get(le) ?? 0) + sample.value);
  }
  const buckets = [...counts].sort(([one], [other]) => one - other);
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const rank = share * total;
  const at = buckets.findIndex(([, count]) => count >= rank);
  const [upper = 0, count = 0] = buckets[at] ?? [];
  const [lower, below] = buckets[at - 1] ?? [0, 0];
  if (!Number.isFinite(upper)) return lower;
  return count === below ? upper : lower + ((upper - lower) * (rank - below)) / (count - below);
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_whole, one: string) => (one === 'n' ? '\n' : one)),
    ]),
  );
}

function numberOf(text: string): number | null {
  if (/^[+]?Inf$/.test(text)) return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
