import { parseSeverity, type Severity } from '../domain/severity.ts';

/**
 * Words of monitoring systems. `critical` is what pages somebody there: a machine's word does not open a P0, where emergency changes become
 * possible, unless the sender says P0 or its setting says so.
 */
const WORDS: Readonly<Record<string, Severity>> = {
  CRITICAL: 'P1',
  FATAL: 'P1',
  PAGE: 'P1',
  HIGH: 'P1',
  ERROR: 'P1',
  MAJOR: 'P1',
  WARNING: 'P2',
  WARN: 'P2',
  MEDIUM: 'P2',
  MODERATE: 'P2',
  MINOR: 'P3',
  LOW: 'P3',
  INFO: 'P3',
  INFORMATIONAL: 'P3',
  DEBUG: 'P3',
  NONE: 'P3',
  P4: 'P3',
  P5: 'P3',
};

/** The severity that a sender's word means; its own words, by its setting, come first. `null` when it means none. */
export function severityOf(word: string | null | undefined, own: Readonly<Record<string, Severity>>): Severity | null {
  if (word === null || word === undefined || word.trim() === '') return null;
  const upper = word.trim().toUpperCase();
  const set = Object.entries(own).find(([name]) => name.toUpperCase() === upper);
  return set?.[1] ?? (Object.hasOwn(WORDS, upper) ? WORDS[upper] : null) ?? parseSeverity(upper);
}
