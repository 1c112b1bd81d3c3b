/** How numbers are spread. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** Nine of ten are not above it. */
  readonly p90: number;
}

/** How numbers are spread; `null` of none. Quantiles are always one of the numbers (nearest rank). */
export function spreadOf(numbers: readonly number[]): Spread | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return { count: sorted.length, mean, median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) };
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
