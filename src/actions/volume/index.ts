import type { Action } from '../../ports/action.ts';
import { volumeArchive } from './archive.ts';
import { volumeDeleteFiles } from './delete-files.ts';
import { volumeDisk } from './disk.ts';
import { volumeFiles } from './list.ts';
import { volumeRetention } from './retention.ts';
import { volumeWriteFile } from './write-file.ts';

/** What lies on a volume. */
export const VOLUME_ACTIONS: readonly Action[] = [volumeDisk, volumeFiles, volumeRetention, volumeWriteFile, volumeArchive, volumeDeleteFiles];
