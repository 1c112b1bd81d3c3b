import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TocsinError } from '../../domain/errors.ts';
import type { PackFile } from './pack.ts';

/** Writes a pack into a new directory. Throws TocsinError `pack-export` when it exists or cannot be written; nothing is overwritten. */
export async function exportPack(directory: string, files: readonly PackFile[]): Promise<void> {
  try {
    await mkdir(dirname(directory), { recursive: true });
    await mkdir(directory);
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), bytes, { flag: 'wx' });
    }
  } catch (cause) {
    throw new TocsinError('pack-export', `The pack cannot be written to ${directory}; it must be a new directory.`, { cause });
  }
}
