import { UserError } from '../../domain/errors.ts';
import { mustRun, type Place, run } from '../shared/container.ts';
import { oneLine } from '../shared/fields.ts';
import type { Mount } from './mount.ts';

/** A regular file. `mtime` in seconds since 1970, as stat says it. */
export interface FileEntry {
  readonly path: string;
  readonly bytes: number;
  readonly mtime: number;
}

export interface Listing {
  readonly files: readonly FileEntry[];
  /** False when some could not be seen: cut output, folders that may not be read. */
  readonly complete: boolean;
  /** What find complained of, cut; empty when nothing. */
  readonly complaint: string;
}

const FORMAT = '%s %Y %n';
const LISTING_BYTES = 32 * 1024 * 1024;
const LISTING_TIMEOUT_MS = 60_000;
/** Arguments travel in the address of a WebSocket request; proxies before API servers commonly take 8 KiB of it. */
const BATCH_CHARACTERS = 4_000;
const BATCH_FILES = 40;

/**
 * Every regular file below a mount, without crossing into another file system. Names with line breaks are left out, because
 * a listing by lines could be forged with them. @throws UserError `tool-missing`, `files-unreadable`
 */
export async function listFiles(mount: Mount): Promise<Listing> {
  const argv = ['find', mount.path, '-xdev', '-type', 'f', '!', '-path', '*\n*', '-exec', 'stat', '-c', FORMAT, '{}', '+'];
  const ran = await mustRun(mount.place, argv, { maxBytes: LISTING_BYTES, timeoutMs: LISTING_TIMEOUT_MS });
  const text = ran.truncated ? ran.stdout.slice(0, ran.stdout.lastIndexOf('\n') + 1) : ran.stdout;
  const files = parseStat(text, mount.path);
  if (ran.exitCode !== 0 && files.length === 0 && ran.stderr.trim() !== '') {
    throw new UserError('files-unreadable', `${mount.path} in ${mount.place.pod.metadata.name} cannot be read: ${oneLine(ran.stderr)}`);
  }
  return { files, complete: !ran.truncated && ran.exitCode === 0, complaint: ran.exitCode === 0 ? '' : oneLine(ran.stderr) };
}

/** Lines of `stat -c '%s %Y %n'` for what lies below `root`; anything else is ignored, and so is a path that comes twice. */
export function parseStat(text: string, root: string): FileEntry[] {
  const below = root === '/' ? '/' : `${root}/`;
  const found = new Map<string, FileEntry | null>();
  for (const line of text.split('\n')) {
    const match = /^(\d{1,16}) (-?\d{1,14})(?:\.\d+)? (\/.*)$/s.exec(line);
    const path = match?.[3];
    if (path === undefined || !path.startsWith(below)) continue;
    found.set(path, found.has(path) ? null : { path, bytes: Number(match?.[1]), mtime: Number(match?.[2]) });
  }
  return [...found.values()].filter((entry) => entry !== null);
}

/** What stat says of files now; those that are gone are left out. */
export async function statFiles(mount: Mount, paths: readonly string[]): Promise<ReadonlyMap<string, FileEntry>> {
  const entries = new Map<string, FileEntry>();
  for (const batch of batches(paths)) {
    const ran = await mustRun(mount.place, ['stat', '-c', FORMAT, '--', ...batch]);
    for (const entry of parseStat(ran.stdout, mount.path)) entries.set(entry.path, entry);
  }
  return entries;
}

/** SHA-256 of files by path (lower-case hex); those that are gone are left out. @throws UserError `tool-missing` */
export async function digestFiles(place: Place, paths: readonly string[], progress?: (done: number) => void): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const batch of batches(paths)) {
    const ran = await mustRun(place, ['sha256sum', '--', ...batch], { timeoutMs: 300_000 });
    for (const [path, digest] of parseSums(ran.stdout)) digests.set(path, digest);
    progress?.(digests.size);
  }
  return digests;
}

/** Lines of sha256sum. It writes a backslash before lines whose name it has escaped (coreutils manual, md5sum invocation). */
export function parseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^(\\?)([0-9a-f]{64}) [ *](.+)$/s.exec(line);
    if (match?.[2] === undefined || match[3] === undefined) continue;
    const path =
      match[1] === '' ? match[3] : match[3].replace(/\\([\\nr])/g, (_, escaped: string) => (escaped === '\\' ? '\\' : escaped === 'n' ? '\n' : '\r'));
    sums.set(path, match[2]);
  }
  return sums;
}

/** Removes files; what is gone already is fine. @returns what rm complained of, or an empty text */
export async function removeFiles(place: Place, paths: readonly string[]): Promise<string> {
  const complaints: string[] = [];
  for (const batch of batches(paths)) {
    const ran = await mustRun(place, ['rm', '-f', '--', ...batch]);
    if (ran.exitCode !== 0) complaints.push(ran.stderr);
  }
  return oneLine(complaints.join(' '));
}

/** The bytes of a file, or `null` when it is gone. @throws UserError `file-too-large`, `files-unreadable` */
export async function readFile(place: Place, path: string, max: number): Promise<Uint8Array | null> {
  const ran = await mustRun(place, ['cat', '--', path], { maxBytes: max + 4_096, timeoutMs: 300_000 });
  if (ran.exitCode !== 0) {
    if (/no such file/i.test(ran.stderr)) return null;
    throw new UserError('files-unreadable', `${path} in ${place.pod.metadata.name} cannot be read: ${oneLine(ran.stderr)}`);
  }
  if (ran.truncated || ran.bytes.byteLength > max) throw new UserError('file-too-large', `${path} is larger than ${max} bytes.`);
  return ran.bytes;
}

/** The SHA-256 of one file, or `null` when it is not there. @throws UserError `files-unreadable`, `tool-missing` */
export async function digestFile(place: Place, path: string): Promise<string | null> {
  const ran = await run(place, ['sha256sum', '--', path], { timeoutMs: 300_000 });
  if (ran === null) throw new UserError('tool-missing', `Container ${place.container} of ${place.label} has no sha256sum to verify files with.`);
  const digest = parseSums(ran.stdout).get(path);
  if (digest !== undefined) return digest;
  if (/no such file/i.test(ran.stderr)) return null;
  throw new UserError('files-unreadable', `${path} in ${place.pod.metadata.name} cannot be read: ${oneLine(ran.stderr)}`);
}

/** Splits arguments so that each request stays small. */
export function batches(paths: readonly string[]): string[][] {
  const all: string[][] = [];
  let batch: string[] = [];
  let size = 0;
  for (const path of paths) {
    const length = encodeURIComponent(path.toWellFormed()).length + '&command='.length;
    if (batch.length > 0 && (size + length > BATCH_CHARACTERS || batch.length >= BATCH_FILES)) {
      all.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(path);
    size += length;
  }
  return batch.length === 0 ? all : [...all, batch];
}

/** Whole days since a file was changed. */
export function ageDays(entry: FileEntry, now: number): number {
  return Math.max(0, Math.floor((now - entry.mtime * 1_000) / 86_400_000));
}

/** Not changed for that long. */
export function isOlder(entry: FileEntry, ms: number, now: number): boolean {
  return now - entry.mtime * 1_000 >= ms;
}

export function totalBytes(files: readonly FileEntry[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}
