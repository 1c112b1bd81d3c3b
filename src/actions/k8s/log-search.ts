import type { HeavyWork } from '../../ports/threads.ts';
import {
  errorLine,
  fatalLine,
  type LogLine,
  matching,
  mergeLogs,
  newerThan,
  newestText,
  parseLog,
  type Ranked,
  rankLines,
  type Told,
} from './log-lines.ts';

/** What is looked for in logs. */
interface LogSearch {
  /** Each log as it was read, with timestamps. */
  readonly logs: readonly { readonly pod: string; readonly container: string; readonly text: string }[];
  /** Only lines since this moment (ms) count; 0: all. */
  readonly from: number;
  /** Only lines since this moment (ms) tell of a cause; 0: all. */
  readonly causesFrom?: number;
  /** RE2 pattern, or `null` for all lines. */
  readonly match: string | null;
  /** A field to rank by, or `null`. */
  readonly rank: string | null;
  /** Whether the log of a program that ended: then its last error counts where nothing is fatal. */
  readonly ended?: boolean;
  /** How many of the slowest and of the newest lines are shown. */
  readonly top: number;
  readonly shown: number;
  /** How many characters of the merged file are kept: the newest lines. */
  readonly kept: number;
}

interface FoundLines {
  readonly lines: number;
  readonly matched: number;
  /** The slowest first. */
  readonly slowest: readonly Ranked[];
  /** 95th percentile of the ranked field, ms; `null` without a single value. */
  readonly p95: number | null;
  /** The newest lines that match. */
  readonly newest: readonly LogLine[];
  /** The newest fatal line of all. */
  readonly fatal: Told;
  /** The newest line of the level error. */
  readonly error: Told;
  /** The first time in each log, or `null`. */
  readonly starts: readonly (string | null)[];
  /** The newest lines as a file, merged by time, and how many older ones are left out of it. */
  readonly content: string;
  readonly leftOut: number;
}

/** Merges logs by time, and finds in them what is asked for. @throws UserError `bad-pattern` */
export function searchLogs({ logs, from, causesFrom = 0, match, rank, ended = false, top, shown, kept }: LogSearch): FoundLines {
  const parsed = logs.map(({ text, pod, container }) => parseLog(text, pod, container));
  const merged = mergeLogs(parsed);
  const lines = from === 0 ? merged : newerThan(merged, from);
  const telling = causesFrom <= from ? lines : newerThan(lines, causesFrom);
  const matched = match === null ? lines : matching(lines, match);
  const file = newestText(lines, kept);
  const ranked = rank === null ? [] : rankLines(matched, rank, matched.length);
  return {
    lines: lines.length,
    matched: matched.length,
    slowest: ranked.slice(0, top),
    p95: ranked[Math.floor(ranked.length * 0.05)]?.ms ?? null,
    newest: matched.slice(-shown),
    fatal: fatalLine(telling, ended),
    error: errorLine(telling),
    starts: parsed.map((log) => log.find(({ time }) => time !== '')?.time ?? null),
    content: file.text,
    leftOut: file.leftOut,
  };
}

/** searchLogs as work for a thread of its own. */
export const SEARCH_LOGS: HeavyWork<LogSearch, FoundLines> = {
  module: import.meta.url,
  name: 'searchLogs',
  run: searchLogs,
  size: ({ logs }) => logs.reduce((sum, { text }) => sum + text.length, 0),
};
