import type { EvidenceStore } from '../engine/ports.ts';
import { type ParsedKey, parseKey } from './layout.ts';
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

/** Lists the streams below a prefix, one after the other, without reading any object. Names that lie in no stream go to `strays`. */
export async function* listStreams(store: EvidenceStore, prefix: string, strays: Finding[]): AsyncGenerator<StreamInventory> {
  let current: StreamInventory | null = null;
  for await (const object of listObjects(store, prefix)) {
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

/** What is wrong with the versions of an object that is written once; DESIGN, Evidence: Bucket. */
export function versionFindings(object: NamedObject, stream: string | null): Finding[] {
  const place = { severity: 'altered' as const, stream, seq: null, key: object.key };
  const findings: Finding[] = [];
  if (object.deleteMarker) findings.push({ ...place, code: 'delete-marker', says: `${object.key} was deleted: a delete marker lies over it.` });
  if (object.versions > 1)
    findings.push({ ...place, code: 'second-version', says: `${object.key} is written once, but has ${object.versions} versions.` });
  return findings;
}

/** Every name below a prefix once, with what its versions tell; a store without versions has one of each. */
export async function* listObjects(store: EvidenceStore, prefix: string): AsyncGenerator<NamedObject> {
  const versions = store.versions(prefix);
  if (versions === null) {
    for await (const key of store.list(prefix)) yield { key, versions: 1, deleteMarker: false };
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
  inventory.findings.push(...versionFindings(object, inventory.stream));
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

/** Hidden files come from file managers, not from an intruder who wants to be believed. */
function unexpected(key: string, stream: string | null): Finding {
  const hidden = key.slice(key.lastIndexOf('/') + 1).startsWith('.');
  if (hidden)
    return {
      severity: 'note',
      code: 'hidden-file',
      stream,
      seq: null,
      key,
      says: `${key} is a hidden file that Tocsin did not write; it was not read.`,
    };
  return {
    severity: 'altered',
    code: 'unexpected-object',
    stream,
    seq: null,
    key,
    says: `${key} has no place in the layout: Tocsin did not write it.`,
  };
}
