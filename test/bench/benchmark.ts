/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  readonly goal: string;
  /** What came out, for people: `1.6x (4.1 ms against 2.6 ms)`. */
  readonly measured: string;
  /** `null` where there is no goal. */
  readonly met: boolean | null;
}

export interface RunOptions {
  /** How often each side has its turn. */
  readonly rounds: number;
  /** The part of its full size that a benchmark of a crowd has: 0 to 1. */
  readonly scale: number;
  /** Says how far it is. */
  readonly say: (line: string) => void;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(options: RunOptions): Promise<readonly Row[]>;
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 50);
}

/** The number that `percent` of them do not exceed. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1))] ?? Number.NaN;
}

/** The median of the rounds' own ratios: each round holds both sides, so what slows the machine down slows both. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN)));
}

/** `1.63x`, with what the ratio is made of: medians, in a unit. */
export function sayRatio(ours: readonly number[], theirs: readonly number[], unit: string): string {
  return `${medianRatio(ours, theirs).toFixed(2)}x (${figure(median(ours))} against ${figure(median(theirs))} ${unit})`;
}

export function figure(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
