import { addAll } from '../../lib/add-all.ts';
import type { EvidenceStore, ListOptions, Stray } from '../../ports/evidence.ts';
import { KEYS_PREFIX, type ParsedKey, parseKey, STREAM_ROOTS, streamOf } from '../layout.ts';
import type { Finding } from './report.ts';

/** The names in one stream's folder, sorted as they are listed, with what is wrong with names and versions alone. */
export interface StreamInventory {
  readonly stream: string;
  readonly records: number[];
  readonly checkpoints: number[];
  readonly signatures: Set<number>;
  readonly artifacts: string[];
  /** Pack number -> paths in it. */
  readonly packs: Map<number, string[]>;
  /** Names that somebody else has taken: Tocsin's own objects lie under repairs/. */
  readonly repairs: Set<string>;
  readonly findings: Finding[];
}

/** One name in the store: how many versions it has, and whether a delete marker lies among them. */
interface NamedObject {
  readonly key: string;
  readonly versions: number;
  readonly deleteMarker: boolean;
}

/** Lists the streams below a prefix, one after the other, without reading any object. Names that lie in no stream, and what is no object, go to `strays`. */
export async function* listStreams(store: EvidenceStore, prefix: string, strays: Finding[]): AsyncGenerator<StreamInventory> {
  let current: StreamInventory | null = null;
  for await (const object of listObjects(store, prefix, { onStray: (stray) => strays.push(strayFinding(stray)) })) {
    const parsed = parseKey(object.key);
    const stream = 'stream' in parsed ? parsed.stream : null;
    if (stream === null) {
      strays.push(unexpected(object.key, null));
      continue;
    }
    if (current !== null && current.stream !== stream) yield current;
    if (current?.stream !== stream) current = emptyInventory(stream);
    addObject(current, object, parsed);
  }
  if (current !== null) yield current;
}

/** What is wrong with the versions of an object that is written once (ADR 3). */
export function versionFindings(object: NamedObject, stream: string | null): Finding[] {
  const place = { severity: 'altered' as const, stream, seq: null, key: object.key };
  const findings: Finding[] = [];
  if (object.deleteMarker) findings.push({ ...place, code: 'delete-marker', says: `${object.key} was deleted: a delete marker covers it.` });
  if (object.versions > 1)
    findings.push({ ...place, code: 'second-version', says: `${object.key} is written once, but has ${object.versions} versions.` });
  return findings;
}

/** Every name below a prefix once, with what its versions tell; a store without versions has one of each. */
export async function* listObjects(store: EvidenceStore, prefix: string, options: ListOptions): AsyncGenerator<NamedObject> {
  const versions = store.versions(prefix, options);
  if (versions === null) {
    for await (const key of store.list(prefix, options)) yield { key, versions: 1, deleteMarker: false };
    return;
  }
  let current: NamedObject | null = null;
  for await (const version of versions) {
    if (current !== null && current.key !== version.key) yield current;
    const before: NamedObject = current?.key === version.key ? current : { key: version.key, versions: 0, deleteMarker: false };
    current = {
      key: version.key,
      versions: before.versions + (version.deleteMarker ? 0 : 1),
      deleteMarker: before.deleteMarker || version.deleteMarker,
    };
  }
  if (current !== null) yield current;
}

function emptyInventory(stream: string): StreamInventory {
  return { stream, records: [], checkpoints: [], signatures: new Set(), artifacts: [], packs: new Map(), repairs: new Set(), findings: [] };
}

function addObject(inventory: StreamInventory, object: NamedObject, parsed: ParsedKey): void {
  addAll(inventory.findings, versionFindings(object, inventory.stream));
  switch (parsed.kind) {
    case 'record':
      inventory.records.push(parsed.number);
      return;
    case 'checkpoint':
      inventory.checkpoints.push(parsed.number);
      return;
    case 'signature':
      inventory.signatures.add(parsed.number);
      return;
    case 'artifact':
      inventory.artifacts.push(parsed.sha256);
      return;
    case 'pack':
      pathsOf(inventory, parsed.number).push(parsed.path);
      return;
    case 'repair':
      inventory.repairs.add(parsed.key);
      return;
    default:
      inventory.findings.push(unexpected(object.key, inventory.stream));
  }
}

function pathsOf(inventory: StreamInventory, pack: number): string[] {
  const paths = inventory.packs.get(pack) ?? [];
  inventory.packs.set(pack, paths);
  return paths;
}

/** What has no place in the layout, hidden files included: Tocsin writes none, and what is not looked at can hide something. */
export function unexpected(key: string, stream: string | null): Finding {
  const says = `${key} has no place in the layout: Tocsin did not write it.`;
  return { severity: 'altered', code: 'unexpected-object', stream, seq: null, key, says };
}

/** Links, pipes, sockets and devices, which are neither followed nor read, and folders without a file. */
export function strayFinding({ key, what }: Stray): Finding {
  const place = { stream: streamOf(key), seq: null, key };
  if (what === 'empty folder') {
    const says = `${key} is an empty folder: something was removed, or is not there yet.`;
    return { ...place, severity: 'incomplete', code: 'empty-folder', says };
  }
  return { ...place, severity: 'altered', code: 'no-file', says: `${key} is a link or a special file: Tocsin writes none, and it was not read.` };
}

/** Folders whose content is listed by itself. */
const LISTED_APART = [KEYS_PREFIX, ...STREAM_ROOTS];

/** Names outside of all that has a place: beside the folders of streams and keys. */
export async function listOutsiders(store: EvidenceStore): Promise<Finding[]> {
  const findings: Finding[] = [];
  const onStray = (stray: Stray) => findings.push(strayFinding(stray));
  for await (const { key } of listObjects(store, '', { skip: LISTED_APART, onStray })) {
    const inside = LISTED_APART.some((folder) => key.startsWith(folder));
    if (!inside && parseKey(key).kind === 'unknown') findings.push(unexpected(key, null));
  }
  return findings;
}
