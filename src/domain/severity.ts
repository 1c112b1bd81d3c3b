/** P0 is the gravest (AU-01). */
export const SEVERITIES = ['P0', 'P1', 'P2', 'P3'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** AUREUS's words for each severity (AU-01). */
export const SEVERITY_NAMES: Readonly<Record<Severity, string>> = { P0: 'Critical', P1: 'High', P2: 'Medium', P3: 'Low' };

/** Response targets from the declaration, in ms (AU-01). */
export const RESPOND_WITHIN: Readonly<Record<Severity, number>> = {
  P0: 5 * 60_000,
  P1: 15 * 60_000,
  P2: 60 * 60_000,
  P3: 4 * 60 * 60_000,
};

/** Names other platforms use (VQ-07 writes SEV1 and SEV2, VO-01 writes HIGH). */
export const SEVERITY_ALIASES: Readonly<Record<string, Severity>> = {
  SEV0: 'P0',
  SEV1: 'P1',
  SEV2: 'P2',
  SEV3: 'P3',
  CRITICAL: 'P0',
  HIGH: 'P1',
  MEDIUM: 'P2',
  LOW: 'P3',
};

/** Those of which others than who works on them hear at once. */
export const GRAVE: ReadonlySet<Severity> = new Set(['P0', 'P1']);

export function isSeverity(text: string): text is Severity {
  return (SEVERITIES as readonly string[]).includes(text);
}

/** Reads a severity or one of its aliases, in any case; `null` when it is neither. A service's own aliases win. */
export function parseSeverity(text: string, aliases: Readonly<Record<string, Severity>> = {}): Severity | null {
  const upper = text.trim().toUpperCase();
  if (isSeverity(upper)) return upper;
  return aliases[upper] ?? SEVERITY_ALIASES[upper] ?? null;
}

/** True when `a` is graver than `b`. */
export function isGraver(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);
}
