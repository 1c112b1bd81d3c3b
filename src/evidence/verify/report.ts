import { plural } from '../../lib/plural.ts';
import { recordKey, STREAM, streamPrefix } from '../layout.ts';
import type { Anchor, LogAnchored } from '../log.ts';

/** From the worst on. */
const FAULTS = ['altered', 'unchecked', 'incomplete', 'unanchored', 'unpinned'] as const;
const SEVERITIES = [...FAULTS, 'note'] as const;

/**
 * What a finding means for the whole: `altered` exit 1; `incomplete`, `unanchored` and `unpinned` exit 2; `unchecked`: there was nothing to
 * check, exit 3; a `note` changes nothing.
 */
export type Severity = (typeof SEVERITIES)[number];

/** One thing that verification has to say. `code` is stable, `says` is for people. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly stream: string | null;
  readonly seq: number | null;
  readonly key: string | null;
  readonly says: string;
}

/** What one stream holds. `signed` is how many records its newest valid checkpoint covers; `closed`: that one is the closing one. */
export interface StreamSummary {
  readonly stream: string;
  readonly records: number;
  readonly signed: number;
  readonly checkpoints: number;
  readonly artifacts: number;
  readonly closed: boolean;
}

/** A key that signed something here. `pinned` is `null` when the auditor named no keys. */
export interface KeySummary {
  readonly keyId: string;
  /** Checkpoints and packs. */
  readonly signatures: number;
  readonly pinned: boolean | null;
  readonly revokedSince: string | null;
}

/** What `evidence verify` found out; plain data, fit for JSON. */
export interface Report {
  readonly v: 1;
  readonly location: string;
  readonly strict: boolean;
  readonly records: number;
  readonly artifacts: number;
  /** Bytes that were read and hashed. */
  readonly bytes: number;
  readonly streams: readonly StreamSummary[];
  readonly keys: readonly KeySummary[];
  /** The anchor that the log was compared with, and where it came from: the auditor, or the log's own newest `log.anchored`. */
  readonly anchor: (Anchor & { readonly source: 'given' | 'recorded'; readonly where: LogAnchored['where'] | null }) | null;
  /** The newest checkpoint of the global log, to compare with what was published. */
  readonly newest: { readonly size: number; readonly sha256: string } | null;
  readonly findings: readonly Finding[];
}

export type Verdict = 'valid' | (typeof FAULTS)[number];

/** The worst of all findings. */
export function verdict(report: Report): Verdict {
  const found = new Set(report.findings.map((finding) => finding.severity));
  return FAULTS.find((severity) => found.has(severity)) ?? 'valid';
}

const EXIT_CODES: Readonly<Record<Verdict, 0 | 1 | 2 | 3>> = { valid: 0, altered: 1, incomplete: 2, unanchored: 2, unpinned: 2, unchecked: 3 };

/** Exit codes (docs/reference/cli.md#tocsin-evidence-verify): 0 valid and pinned, 1 altered, 2 incomplete, unanchored or unpinned, 3 could not be checked. */
export function exitCode(report: Report): 0 | 1 | 2 | 3 {
  return EXIT_CODES[verdict(report)];
}

const MOST_SHOWN = 50;
const MOST_NAMED = 10;

/** The report for a terminal. */
export function formatReport(report: Report, options: { color: boolean }): string {
  const paint = options.color ? (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m` : (_code: number, text: string) => text;
  const found = verdict(report);
  const lines = [
    `${paint(found === 'valid' ? 32 : 31, found.toUpperCase())}  ${report.location}`,
    ...formatPlaces(report.findings),
    `${plural(report.streams.length, 'stream')}, ${plural(report.records, 'record')}, ${plural(report.artifacts, 'artifact')}, ${plural(report.bytes, 'byte')} hashed${report.strict ? ', canonical form checked' : ''}.`,
    '',
    ...report.streams.map(formatStream),
    ...formatFindings(report.findings, paint),
    '',
    ...report.keys.map(formatKey),
    ...formatAnchorOf(report),
  ];
  return `${lines.join('\n')}\n`;
}

type Paint = (code: number, text: string) => string;

function formatStream(stream: StreamSummary): string {
  const state = stream.closed && stream.signed === stream.records ? ', closed' : '';
  return `  ${stream.stream.padEnd(16)} ${plural(stream.records, 'record')}, ${stream.signed} signed, ${plural(stream.checkpoints, 'checkpoint')}, ${plural(stream.artifacts, 'artifact')}${state}`;
}

/** The names of what was altered, each once. */
function formatPlaces(findings: readonly Finding[]): string[] {
  const places = new Set(findings.filter(({ severity }) => severity === 'altered').map(placeOf));
  if (places.size === 0) return [];
  const more = places.size > MOST_NAMED ? ` and ${places.size - MOST_NAMED} more` : '';
  return [`Altered: ${[...places].slice(0, MOST_NAMED).map(quoted).join(', ')}${more}`];
}

function placeOf({ key, stream, seq }: Finding): string {
  if (key !== null) return key;
  if (stream === null || !STREAM.test(stream)) return 'the whole';
  return seq === null ? streamPrefix(stream) : recordKey(stream, seq);
}

/** A name may be anybody's: what is not plain ASCII is written as an escape, so that it cannot change what the terminal shows. */
function quoted(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function formatFindings(findings: readonly Finding[], paint: Paint): string[] {
  const worstFirst = SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const shown = worstFirst
    .slice(0, MOST_SHOWN)
    .map((finding) => `${paint(finding.severity === 'note' ? 36 : 31, finding.severity.padEnd(10))} ${finding.code}: ${quoted(finding.says)}`);
  const hidden = worstFirst.length - shown.length;
  return [...(shown.length === 0 ? [] : ['']), ...shown, ...(hidden === 0 ? [] : [`... and ${hidden} more; --json lists all.`])];
}

function formatKey(key: KeySummary): string {
  const pin = key.pinned === null ? 'not pinned: compare it with the fingerprint you were given' : key.pinned ? 'pinned' : 'NOT pinned';
  const revoked = key.revokedSince === null ? '' : `, revoked since ${key.revokedSince}`;
  return `Signed by key ${key.keyId} (${plural(key.signatures, 'signature')}, ${pin}${revoked}).`;
}

function formatAnchorOf({ anchor, newest }: Report): string[] {
  const lines = newest === null ? [] : [`Newest checkpoint of the global log: ${newest.size}:${newest.sha256}`];
  if (anchor === null) return lines;
  const name = anchor.size === null ? anchor.sha256 : `${anchor.size}:${anchor.sha256}`;
  if (anchor.source === 'given') return [...lines, `Compared with the anchor you gave: ${name}`];
  const where = anchor.where === null ? '' : ` in Slack channel ${anchor.where.channel}, message ${anchor.where.ts}`;
  return [
    ...lines,
    `The log says that ${name} was published${where}. Whoever can rewrite the store can rewrite that too:`,
    `look the message up and run this again with --anchor and what it says.`,
  ];
}
