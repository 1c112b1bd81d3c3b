import { LOG_STREAM, SYSTEM_STREAM } from '../../domain/streams.ts';
import { addAll } from '../../lib/add-all.ts';
import { mapAhead } from '../../lib/map-ahead.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { STREAM_ROOTS, streamPrefix } from '../layout.ts';
import type { Anchor } from '../log.ts';
import { PackLedger } from '../pack/pack-record.ts';
import { ChainHashes } from './chain-hashes.ts';
import { listOutsiders, listStreams, type StreamInventory } from './inventory.ts';
import type { Finding, KeySummary, Report, StreamSummary } from './report.ts';
import { Signatures, type Signed } from './signed.ts';
import { KeyHistory, verifyKeys } from './verify-keys.ts';
import { checkAnchor, compareWithLog, LogReader, missingStreams } from './verify-log.ts';
import { readPacks, verifyPacks } from './verify-pack.ts';
import { checkPinned, vouchedKeys } from './verify-pins.ts';
import { RepairHistory } from './verify-repairs.ts';
import { type StreamResult, type VerifyContext, verifyStream } from './verify-stream.ts';

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
  const repairs = new RepairHistory();
  const whole = new Whole();

  const verifyOne = async (inventory: StreamInventory): Promise<Verified> => {
    const { stream } = inventory;
    const heads = reader.heads.of(stream);
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
    return { result, packs: checked.signed };
  };

  for (const prefix of prefixes(options.streams)) {
    for await (const verified of mapAhead(listStreams(store, prefix, findings), STREAMS_AHEAD, verifyOne)) whole.add(verified);
  }
  if (options.streams === undefined) addAll(findings, await listOutsiders(store));

  const wanted = options.streams === undefined ? null : new Set([...options.streams, SYSTEM_STREAM]);
  const isMissing = (stream: string) => (wanted === null || wanted.has(stream)) && !whole.present.has(stream);
  const { log } = whole;
  const anchoring = checkAnchor(log, reader, options.anchor ?? null);
  const vouched = vouchedKeys(context.pinned, options.anchor ?? null, log, reader, history);
  for (const stream of ledger.streams())
    if (isMissing(stream)) addAll(findings, (await verifyPacks(context, stream, [], ledger.of(stream), new ChainHashes())).findings);
  const all = [
    findings,
    whole.findings,
    reader.findings,
    missingStreams(reader.heads, isMissing),
    anchoring.findings,
    history.checkIntroduced(whole, keys.keys()),
    history.checkRevoked(whole, reader.heads),
    await repairs.findings(store),
    checkPinned(whole, vouched),
    notFound(whole.present, reader, options.streams),
  ];
  const newest = log?.checkpoints.newest() ?? null;
  return {
    v: 1,
    location: store.location,
    strict: context.strict,
    records: whole.records,
    artifacts: whole.artifacts,
    bytes: bytes + whole.bytes,
    streams: whole.streams,
    keys: summariseKeys(whole, vouched, history),
    anchor: anchoring.anchor,
    newest: newest === null ? null : { size: newest.size, sha256: newest.sha256 },
    // A folder of something else is a wrong path, however strange its files look.
    findings: whole.isEvidence ? all.flat() : [nothing(null, 'There is no evidence here. Is this the right place?')],
  };
}

/** What one stream comes to. */
interface Verified {
  readonly result: StreamResult;
  /** What was signed of its packs. */
  readonly packs: readonly Signed[];
}

/** What is kept of all streams. A stream's hashes and checkpoints are not, but for those of the log, with which an anchor is compared. */
class Whole implements Iterable<Signed> {
  readonly findings: Finding[] = [];
  readonly streams: StreamSummary[] = [];
  readonly present = new Set<string>();
  records = 0;
  artifacts = 0;
  bytes = 0;
  isEvidence = false;
  log: StreamResult | null = null;
  readonly #checkpoints = new Signatures();
  readonly #packs = new Signatures();

  add({ result, packs }: Verified): void {
    const { stream, findings, records, listed, artifacts, bytes, checkpoints } = result;
    for (const finding of findings) this.findings.push(finding);
    this.streams.push(summarise(result));
    this.present.add(stream);
    this.records += records;
    this.artifacts += artifacts;
    this.bytes += bytes;
    this.isEvidence ||= records + listed > 0;
    if (stream === LOG_STREAM) this.log = result;
    for (const { size, time, key_id } of checkpoints) this.#checkpoints.add({ keyId: key_id, at: Date.parse(time), stream, size, pack: 0 });
    for (const pack of packs) this.#packs.add(pack);
  }

  /** All that was signed: checkpoints, of each stream in the order of their sizes, then packs. */
  *[Symbol.iterator](): Generator<Signed> {
    yield* this.#checkpoints;
    yield* this.#packs;
  }
}

/** The log first, then the system stream, then the rest. */
function prefixes(streams: readonly string[] | undefined): readonly string[] {
  if (streams === undefined) return STREAM_ROOTS;
  return [...new Set([LOG_STREAM, SYSTEM_STREAM, ...streams])].map(streamPrefix);
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

function summarise({ stream, records, artifacts, checkpoints }: StreamResult): StreamSummary {
  const newest = checkpoints.newest();
  return { stream, records, signed: newest?.size ?? 0, checkpoints: checkpoints.count, artifacts, closed: newest?.kind === 'closing' };
}

function summariseKeys(signed: Iterable<Signed>, vouched: ReadonlySet<string> | null, history: KeyHistory): KeySummary[] {
  const uses = new Map<string, number>();
  for (const { keyId } of signed) uses.set(keyId, (uses.get(keyId) ?? 0) + 1);
  return [...uses].map(([keyId, times]) => ({
    keyId,
    signatures: times,
    pinned: vouched?.has(keyId) ?? null,
    revokedSince: history.revokedSince(keyId),
  }));
}
