import { randomUUID } from 'node:crypto';
import { UserError } from '../../domain/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import type { ActionContext } from '../../ports/action.ts';
import { digestFiles, removeFiles } from './files.ts';
import { mustMountVolume } from './mount.ts';
import { writeBytes } from './writing.ts';

/**
 * Whether files can be written into a folder of a volume, by one that is removed at once. Returns where that is. @throws UserError `write-failed`,
 * `volume-not-mounted`, `tool-missing`, and ClusterError
 */
export async function tryFolder(context: ActionContext, target: string, folder: string): Promise<string> {
  const { place, path: root, claim } = await mustMountVolume(context, target);
  const base = `${root.replace(/\/$/, '')}/${folder}`;
  const path = `${base}/.tocsin-${randomUUID()}`;
  const bytes = Buffer.from('Tocsin tries whether it can write here, and removes this file.\n');
  try {
    await writeBytes(place, path, bytes);
    if ((await digestFiles(place, [path])).get(path) !== sha256(bytes))
      throw new UserError(
        'write-failed',
        `${path} in ${place.pod.metadata.name} does not contain what was written. Check whether the volume is full.`,
      );
  } catch (error) {
    // Why it could not be written matters more than whether something of it is left.
    await removeFiles(place, [path]).catch(() => '');
    throw error;
  }
  const complaint = await removeFiles(place, [path]);
  if (complaint !== '')
    throw new UserError(
      'write-failed',
      `${path} in ${place.pod.metadata.name} was written, but cannot be removed: ${complaint}. Let the pod remove files there, and remove this one by hand.`,
    );
  return `${base}/ of pvc/${claim}`;
}
