import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A runbook has some kilobytes; what is larger (bytes) is none, and is not read. */
const MAX_BYTES = 256 * 1_024;
/** How deep folders are followed, and how many files are taken: a link may lead to a whole disk. */
const MAX_DEPTH = 6;
const MAX_FILES = 2_000;
const RUNBOOK = /\.ya?ml$/;

/** A file of a folder by its name. `stamp` changes whenever the file may have; `problem` says why it cannot be read. */
export interface Found {
  readonly path: string;
  readonly stamp: string;
  readonly problem: string | null;
}

interface Listing {
  readonly files: readonly Found[];
  /** Folders that could not be read, each with the reason: what they held is not known. */
  readonly unread: readonly { readonly path: string; readonly problem: string }[];
}

/**
 * The YAML files below a folder, in the order of their names. Links are followed, as a mounted ConfigMap needs; names that begin with a dot
 * are editors' files and a ConfigMap's own folders, and are left out. Never throws.
 */
export async function listFolder(folder: string): Promise<Listing> {
  const files: Found[] = [];
  const unread: { path: string; problem: string }[] = [];
  /** Each folder once: links may lead in circles. */
  const walked = new Set<string>();

  async function walk(path: string, depth: number): Promise<void> {
    let names: string[];
    try {
      const { dev, ino } = await stat(path);
      if (walked.has(`${dev}:${ino}`)) return;
      walked.add(`${dev}:${ino}`);
      names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      unread.push({ path, problem: `cannot be read (${codeOf(error)})` });
      return;
    }
    for (const name of names) {
      if (files.length >= MAX_FILES) {
        unread.push({ path, problem: `holds more than ${MAX_FILES} files; the rest is left out` });
        return;
      }
      await take(join(path, name), RUNBOOK.test(name), depth);
    }
  }

  async function take(path: string, named: boolean, depth: number): Promise<void> {
    try {
      const { ctimeMs, dev, ino, isDirectory, mtimeMs, size, isFile } = await looked(path);
      if (!named) return isDirectory && depth < MAX_DEPTH ? await walk(path, depth + 1) : undefined;
      files.push({ path, stamp: [dev, ino, size, mtimeMs, ctimeMs].join(':'), problem: problemOf(isDirectory, isFile, size) });
    } catch (error) {
      if (named) files.push({ path, stamp: codeOf(error), problem: missingOf(codeOf(error)) });
    }
  }

  await walk(folder, 0);
  return { files, unread };
}

/** The text of a file, or why there is none: it may have become anything since it was listed. Never waits for a pipe, never throws. */
export async function readRunbook(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    const problem = problemOf(found.isDirectory(), found.isFile(), found.size);
    if (problem !== null) return { problem };
    // No more than was looked at, however fast it grows.
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    if (bytesRead > MAX_BYTES) return { problem: tooLarge(bytesRead) };
    return { text: buffer.subarray(0, bytesRead).toString('utf8') };
  } catch (error) {
    return { problem: missingOf(codeOf(error)) };
  }
}

async function looked(path: string) {
  const found = await stat(path);
  const { ctimeMs, dev, ino, mtimeMs, size } = found;
  return { ctimeMs, dev, ino, mtimeMs, size, isDirectory: found.isDirectory(), isFile: found.isFile() };
}

function problemOf(isDirectory: boolean, isFile: boolean, size: number): string | null {
  if (isDirectory) return 'is a directory and no file: rename it or remove it';
  if (!isFile) return 'is not a regular file (a pipe, socket or device): remove it';
  return size > MAX_BYTES ? tooLarge(size) : null;
}

function tooLarge(bytes: number): string {
  return `is too large for a runbook: ${bytes} bytes or more, at most ${MAX_BYTES}`;
}

function missingOf(code: string): string {
  if (code === 'ENOENT') return 'is not there, or is a link that leads nowhere';
  if (code === 'EACCES' || code === 'EPERM') return `may not be read by this user (${code})`;
  return `cannot be read (${code})`;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
