import type { EvidenceStore } from '../engine/ports.ts';
import { mapAhead } from './ahead.ts';
import { listStreams, type StreamInventory } from './inventory.ts';
import { LOG_STREAM, STREAM_ROOTS, SYSTEM_STREAM, streamPrefix } from './layout.ts';
import type { Anchor } from './log.ts';
import type { Finding, KeySummary, Report, StreamSummary } from './report.ts';
import { KeyHistory, verifyKeys } from './verify-keys.ts';
import { checkAnchor, compareWithLog, LogReader, missingStreams } from './verify-log.ts';
import { verifyPacks } from './verify-pack.ts';
import { RepairHistory } from './verify-repairs.ts';
import { newestSize, type StreamResult, type VerifyContext, verifyStream } from './verify-stream.ts';

/** Streams checked at once; most are small, and waiting for S3 is most of the work. */
const STREAMS_AHEAD = 4;

export interface VerifyOptions {
  /** Only these, besides `log` and `system`, which tell what the others should be. Default: all there are. */
  readonly streams?: readonly string[];
  /** Fingerprints that the auditor got another way; a checkpoint by any other key is an alteration. */
  readonly pinnedKeyIds?: readonly string[];
  /** A checkpoint of the global log that was published (parseAnchor). */
  readonly anchor?: Anchor;
  /** Also check that each record is in canonical form and holds nothing a record must not hold. */
  readonly strict?: boolean;
}

/**
 * Checks a store of evidence without trusting whoever wrote it: every stream, the global log, keys, versions and packs (DESIGN, Evidence).
 * The log is read first, so that a store that is being written to at the same time is not mistaken for an altered one.
 * Alterations are findings in the report; throws EvidenceStoreError only when the store cannot be read.
 */
export async function verifyEvidence(store: EvidenceStore, options: VerifyOptions = {}): Promise<Report> {
  const { keys, findings, bytes } = await verifyKeys(store);
  const context: VerifyContext = {
    store,
    keys,
    pinned: options.pinnedKeyIds === undefined ? null : new Set(options.pinnedKeyIds),
    strict: options.strict ?? false,
  };
  const reader = new LogReader();
  const history = new KeyHistory();
  const repairs = new RepairHistory();

  const verifyOne = async (inventory: StreamInventory): Promise<StreamResult> => {
    const heads = reader.heads.get(inventory.stream) ?? [];
    await repairs.setAside(store, inventory);
    const result = await verifyStream(
      context,
      inventory,
      heads.map((head) => head.size),
      (record) => {
        if (inventory.stream === LOG_STREAM) reader.read(record);
        if (inventory.stream === SYSTEM_STREAM) history.read(record);
        if (inventory.stream === SYSTEM_STREAM) repairs.read(record);
      },
    );
    if (inventory.stream !== LOG_STREAM) result.findings.push(...compareWithLog(result, heads));
    result.findings.push(...(await verifyPacks(context, inventory)));
    return result;
  };

  const results: StreamResult[] = [];
  for (const prefix of prefixes(options.streams)) {
    for await (const result of mapAhead(listStreams(store, prefix, findings), STREAMS_AHEAD, verifyOne)) results.push(result);
  }

  const present = new Set(results.map((result) => result.stream));
  const wanted = options.streams === undefined ? null : new Set([...options.streams, SYSTEM_STREAM]);
  const seen = new Map([...reader.heads].filter(([stream]) => wanted === null || wanted.has(stream)));
  const log = results.find((result) => result.stream === LOG_STREAM) ?? null;
  const anchoring = checkAnchor(log, reader, options.anchor ?? null);
  findings.push(
    ...results.flatMap((result) => result.findings),
    ...reader.findings,
    ...missingStreams(seen, present),
    ...anchoring.findings,
    ...history.checkIntroduced(results),
    ...history.checkRevoked(results, reader.heads),
    ...(await repairs.findings(store)),
    ...nothingFound(results, options.streams),
  );
  const newest = log === null ? undefined : newestOf(log);
  return {
    v: 1,
    location: store.location,
    strict: context.strict,
    records: sum(results, (result) => result.records),
    artifacts: sum(results, (result) => result.artifacts),
    bytes: bytes + sum(results, (result) => result.bytes),
    streams: results.map(summarise),
    keys: summariseKeys(results, context, history),
    anchor: anchoring.anchor,
    newest: newest === undefined ? null : { size: newest.checkpoint.size, sha256: newest.sha256 },
    findings,
  };
}

/** The log first, then the system stream, then the rest. */
function prefixes(streams: readonly string[] | undefined): readonly string[] {
  if (streams === undefined) return STREAM_ROOTS;
  return [...new Set([LOG_STREAM, SYSTEM_STREAM, ...streams])].map(streamPrefix);
}

/** DESIGN, Evidence: never exit 0 for "nothing found". */
function nothingFound(results: readonly StreamResult[], streams: readonly string[] | undefined): Finding[] {
  const none = (stream: string | null, says: string): Finding => ({
    severity: 'incomplete',
    code: 'nothing-found',
    stream,
    seq: null,
    key: null,
    says,
  });
  const filled = new Set(results.filter((result) => result.records > 0).map((result) => result.stream));
  if (filled.size === 0) return [none(null, 'There is no record here. Is this the right place?')];
  return (streams ?? []).filter((stream) => !filled.has(stream)).map((stream) => none(stream, `There is no record of ${stream} here.`));
}

function summarise(result: StreamResult): StreamSummary {
  const newest = newestOf(result);
  return {
    stream: result.stream,
    records: result.records,
    signed: newest?.checkpoint.size ?? 0,
    checkpoints: result.checkpoints.size,
    artifacts: result.artifacts,
    closed: newest?.checkpoint.kind === 'closing',
  };
}

function newestOf(result: StreamResult) {
  return result.checkpoints.get(newestSize(result.checkpoints));
}

function summariseKeys(results: readonly StreamResult[], context: VerifyContext, history: KeyHistory): KeySummary[] {
  const uses = new Map<string, number>();
  for (const { checkpoints } of results)
    for (const { checkpoint } of checkpoints.values()) uses.set(checkpoint.key_id, (uses.get(checkpoint.key_id) ?? 0) + 1);
  return [...uses].map(([keyId, checkpoints]) => ({
    keyId,
    checkpoints,
    pinned: context.pinned?.has(keyId) ?? null,
    revokedSince: history.revokedSince(keyId),
  }));
}

function sum(results: readonly StreamResult[], of: (result: StreamResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}
