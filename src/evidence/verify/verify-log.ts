import type { StoredRecord } from '../../domain/record.ts';
import { LOG_STREAM } from '../../domain/streams.ts';
import { plural } from '../../lib/plural.ts';
import { checkpointKey, recordKey, streamPrefix } from '../layout.ts';
import { type Anchor, type LogAnchored, logAnchoredSchema, logHeadSchema } from '../log.ts';
import type { Finding, Report, Severity } from './report.ts';
import { type SeenHead, SeenHeads } from './seen-heads.ts';
import { largest, newestSize, type StreamResult } from './verify-stream.ts';

/** What the global log says. */
export class LogReader {
  readonly heads = new SeenHeads();
  readonly anchored: (LogAnchored & { readonly logSeq: number })[] = [];
  readonly findings: Finding[] = [];

  read(record: StoredRecord): void {
    if (record.type === 'log.head') {
      const parsed = logHeadSchema.safeParse(record.data);
      if (!parsed.success) this.#unreadable(record);
      else this.heads.add(parsed.data, record.seq);
    }
    if (record.type === 'log.anchored') {
      const parsed = logAnchoredSchema.safeParse(record.data);
      if (!parsed.success) this.#unreadable(record);
      else this.anchored.push({ ...parsed.data, logSeq: record.seq });
    }
  }

  #unreadable(record: StoredRecord): void {
    this.findings.push(
      finding(
        'altered',
        'log-record-invalid',
        LOG_STREAM,
        `Record ${record.seq} of the global log is no ${record.type}.`,
        record.seq,
        recordKey(LOG_STREAM, record.seq),
      ),
    );
  }
}

/** Compares a stream with what the global log saw of it: a stream that was shortened, or signed anew, no longer fits. */
export function compareWithLog(result: StreamResult, heads: readonly SeenHead[]): Finding[] {
  const { stream } = result;
  const findings: Finding[] = [];
  for (const head of heads) {
    const hash = result.hashAt.get(head.size);
    const saw = `The global log (record ${head.logSeq}) saw ${plural(head.size, 'record')} of ${stream}`;
    if (hash === undefined) findings.push(finding('altered', 'stream-shortened', stream, `${saw}, but record ${head.size} is not there.`, head.size));
    else if (hash !== head.head)
      findings.push(finding('altered', 'log-mismatch', stream, `${saw}, the last with another hash: the stream was rewritten.`, head.size));
    else if (result.checkpoints.get(head.size)?.sha256 !== head.checkpoint_sha256) {
      findings.push(
        finding(
          'altered',
          'checkpoint-replaced',
          stream,
          `${saw} under a checkpoint that no longer exists or is not valid.`,
          head.size,
          checkpointKey(stream, head.size),
        ),
      );
    }
  }
  const newest = newestSize(result.checkpoints);
  const seen = largest(heads.map((head) => head.size));
  if (newest > seen)
    findings.push(
      finding(
        'incomplete',
        'not-in-log',
        stream,
        `Checkpoint ${newest} of ${stream} is not in the global log (yet): nobody could tell if records ${seen + 1} to ${newest} were cut off.`,
        newest,
      ),
    );
  return findings;
}

/** Streams that the global log knows and the store does not. */
export function missingStreams(heads: SeenHeads, isMissing: (stream: string) => boolean): Finding[] {
  return [...heads.streams()]
    .filter(isMissing)
    .map((stream) =>
      finding(
        'altered',
        'stream-missing',
        stream,
        `The global log saw ${plural(largest(heads.of(stream).map((head) => head.size)), 'record')} of ${stream}, but all of it is gone.`,
        null,
        streamPrefix(stream),
      ),
    );
}

/**
 * Compares the global log with what was published. The auditor's own copy counts most; without it the newest anchor the log itself
 * tells of is named, which only helps who looks it up.
 */
export function checkAnchor(log: StreamResult | null, reader: LogReader, given: Anchor | null): { findings: Finding[]; anchor: Report['anchor'] } {
  const findings = reader.anchored
    .filter((anchored) => log?.checkpoints.get(anchored.checkpoint)?.sha256 !== anchored.checkpoint_sha256)
    .map((anchored) =>
      finding(
        'altered',
        'anchor-mismatch',
        LOG_STREAM,
        `Record ${anchored.logSeq} of the global log says that checkpoint ${anchored.checkpoint} was published, but that checkpoint is another one now.`,
        anchored.checkpoint,
      ),
    );
  if (given !== null) return { findings: [...findings, ...checkGiven(log, given)], anchor: { ...given, source: 'given', where: null } };
  const newest = reader.anchored.at(-1);
  if (newest !== undefined)
    return { findings, anchor: { size: newest.checkpoint, sha256: newest.checkpoint_sha256, source: 'recorded', where: newest.where } };
  const says = 'No anchor was given, and the global log has none: a store rolled back to an older genuine state would look the same.';
  return { findings: [...findings, finding('unanchored', 'unanchored', LOG_STREAM, says, null)], anchor: null };
}

function checkGiven(log: StreamResult | null, given: Anchor): Finding[] {
  const found = given.size === null ? log?.checkpoints.withDigest(given.sha256) != null : log?.checkpoints.get(given.size)?.sha256 === given.sha256;
  if (found) return [];
  const name = given.size === null ? `with SHA-256 ${given.sha256}` : `${given.size} with SHA-256 ${given.sha256}`;
  return [
    finding(
      'altered',
      'anchor-mismatch',
      LOG_STREAM,
      `The global log has no checkpoint ${name}, though it was published: the store was rolled back or rewritten.`,
      given.size,
    ),
  ];
}

function finding(severity: Severity, code: string, stream: string, says: string, seq: number | null, key: string | null = null): Finding {
  return { severity, code, stream, seq, key, says };
}
