import { type Dirent, opendirSync } from 'node:fs';
import { opendir } from 'node:fs/promises';

/** Names that are read from a folder at once: room for them is made each time, and most folders are small. */
const READ_AT_ONCE = 64;

/** What lies in a folder: a folder in it with its slash. */
export interface Names {
  readonly names: string[];
  /** Those that are neither files nor folders. */
  readonly special: Set<string>;
}

/**
 * What lies in a folder, in lexical order: a folder with its slash, as which it sorts in S3. By names alone, as there may be hundreds of
 * thousands. `blocking`: see openReadOnly.
 */
export async function namesIn(path: string, blocking: boolean): Promise<Names> {
  const found: Names = { names: [], special: new Set() };
  if (blocking) readNamesSync(path, found);
  else for await (const entry of await opendir(path, { bufferSize: READ_AT_ONCE })) addName(found, entry);
  found.names.sort();
  return found;
}

function readNamesSync(path: string, found: Names): void {
  const folder = opendirSync(path, { bufferSize: READ_AT_ONCE });
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) addName(found, entry);
  } finally {
    folder.closeSync();
  }
}

function addName({ names, special }: Names, entry: Dirent): void {
  names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  if (!entry.isDirectory() && !entry.isFile()) special.add(entry.name);
}
