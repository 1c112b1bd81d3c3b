import { LOG_STREAM, SYSTEM_STREAM } from '../../domain/streams.ts';
import { addAll } from '../../lib/add-all.ts';
import { mapAhead } from '../../lib/map-ahead.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { STREAM_ROOTS, streamPrefix } from '../layout.ts';
import type { Anchor } from '../log.ts';
import { PackLedger } from '../pack/pack-record.ts';
import { listOutsiders, listStrays, listStreams, type StreamInventory } from './inventory.ts';
import type { Finding, KeySummary, Report, StreamSummary } from './report.ts';
import { KeyHistory, type Signed, signedCheckpoints, verifyKeys } from './verify-keys.ts';
import { checkAnchor, compareWithLog, LogReader, missingStreams } from './verify-log.ts';
import { readPacks, verifyPacks } from './verify-pack.ts';
import { checkPinned, vouchedKeys } from './verify-pins.ts';
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
 * Checks a store of evidence without trusting whoever wrote it: every stream, the global log, keys, versions and packs (ADR 3).
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
  const ledger = new PackLedger();
  const packed: Signed[] = [];
  const repairs = new RepairHistory();

  const verifyOne = async (inventory: StreamInventory): Promise<StreamResult> => {
    const { stream } = inventory;
    const heads = reader.heads.get(stream) ?? [];
    await repairs.setAside(store, inventory);
    const packs = await readPacks(context, inventory);
    const sizes = [...heads, ...packs.flatMap(({ manifest }) => manifest ?? [])].map(({ size }) => size);
    const result = await verifyStream(context, inventory, sizes, (record) => {
      if (stream === LOG_STREAM) reader.read(record);
      if (stream !== SYSTEM_STREAM) return;
      history.read(record);
      ledger.read(record);
      repairs.read(record);
    });
    if (stream !== LOG_STREAM) addAll(result.findings, compareWithLog(result, heads));
    const checked = await verifyPacks(context, stream, packs, ledger.of(stream), result.hashAt);
    addAll(result.findings, checked.findings);
    addAll(packed, checked.signed);
    return result;
  };

  const results: StreamResult[] = [];
  for (const prefix of prefixes(options.streams)) {
    for await (const result of mapAhead(listStreams(store, prefix, findings), STREAMS_AHEAD, verifyOne)) results.push(result);
  }
  addAll(findings, await outside(store, options.streams));

  const present = new Set(results.map((result) => result.stream));
  const wanted = options.streams === undefined ? null : new Set([...options.streams, SYSTEM_STREAM]);
  const isWanted = (stream: string) => wanted === null || wanted.has(stream);
  const seen = new Map([...reader.heads].filter(([stream]) => isWanted(stream)));
  const log = results.find((result) => result.stream === LOG_STREAM) ?? null;
  const anchoring = checkAnchor(log, reader, options.anchor ?? null);
  const signed = [...signedCheckpoints(results), ...packed];
  const vouched = vouchedKeys(context.pinned, options.anchor ?? null, log, reader, history);
  for (const stream of ledger.streams().filter((one) => isWanted(one) && !present.has(one)))
    addAll(findings, (await verifyPacks(context, stream, [], ledger.of(stream), new Map())).findings);
  findings.push(
    ...results.flatMap((result) => result.findings),
    ...reader.findings,
    ...missingStreams(seen, present),
    ...anchoring.findings,
    ...history.checkIntroduced(signed, keys.keys()),
    ...history.checkRevoked(signed, reader.heads),
    ...(await repairs.findings(store)),
    ...checkPinned(signed, vouched),
    ...notFound(present, reader, options.streams),
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
    keys: summariseKeys(signed, vouched, history),
    anchor: anchoring.anchor,
    newest: newest === undefined ? null : { size: newest.checkpoint.size, sha256: newest.sha256 },
    // A folder of something else is a wrong path, however strange its files look.
    findings: results.some(isEvidence) ? findings : [nothing(null, 'There is no evidence here. Is this the right place?')],
  };
}

function isEvidence({ records, listed }: StreamResult): boolean {
  return records + listed > 0;
}

/** The log first, then the system stream, then the rest. */
function prefixes(streams: readonly string[] | undefined): readonly string[] {
  if (streams === undefined) return STREAM_ROOTS;
  return [...new Set([LOG_STREAM, SYSTEM_STREAM, ...streams])].map(streamPrefix);
}

/** What lies there and is no object, and names outside of all folders; of a part of the store, only what lies in that part. */
async function outside(store: EvidenceStore, streams: readonly string[] | undefined): Promise<Finding[]> {
  if (streams === undefined) return [...(await listStrays(store, '')), ...(await listOutsiders(store))];
  const folders = await Promise.all(['keys/', ...prefixes(streams)].map((prefix) => listStrays(store, prefix)));
  return folders.flat();
}

/** Streams that were asked for, and that neither the store nor the global log knows: a slip of the pen, not an alteration. */
function notFound(present: ReadonlySet<string>, reader: LogReader, streams: readonly string[] | undefined): Finding[] {
  return (streams ?? [])
    .filter((stream) => !present.has(stream) && !reader.heads.has(stream))
    .map((stream) => nothing(stream, `There is no record of ${stream} here.`));
}

/** Never exit 0 for "nothing found". */
function nothing(stream: string | null, says: string): Finding {
  return { severity: 'unchecked', code: 'nothing-found', stream, seq: null, key: null, says };
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

function summariseKeys(signed: readonly Signed[], vouched: ReadonlySet<string> | null, history: KeyHistory): KeySummary[] {
  const uses = new Map<string, number>();
  for (const { keyId } of signed) uses.set(keyId, (uses.get(keyId) ?? 0) + 1);
  return [...uses].map(([keyId, times]) => ({
    keyId,
    signatures: times,
    pinned: vouched?.has(keyId) ?? null,
    revokedSince: history.revokedSince(keyId),
  }));
}

function sum(results: readonly StreamResult[], of: (result: StreamResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}
