import { UserError } from '../../domain/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import type { ActionContext } from '../../ports/action.ts';
import { digestFiles } from './files.ts';
import { mustMountVolume } from './mount.ts';
import { writeBytes } from './writing.ts';

/** Bytes of one file, and of all of them: what is more stays where it came from. */
const MOST = { file: 8 * 1024 * 1024, all: 64 * 1024 * 1024 } as const;

/** A file with its path below the folder that it goes to. */
export interface CopiedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where files were copied to, how many are there now, and which were too large. */
export interface Copied {
  readonly location: string;
  readonly files: number;
  readonly left: readonly string[];
}

/**
 * Puts files into a folder of a volume, in their order, and looks that they arrived. What is there already with these bytes is not written again, so that it
 * may be done twice. @throws UserError `write-failed`, `volume-not-mounted`, `tool-missing`, and ClusterError
 */
export async function copyFiles(context: ActionContext, target: string, folder: string, files: readonly CopiedFile[]): Promise<Copied> {
  const { place, path: root, claim } = await mustMountVolume(context, target);
  const base = `${root.replace(/\/$/, '')}/${folder}`;
  const { taken, left } = fitting(files);
  const wanted = new Map(taken.map(({ path, bytes }) => [`${base}/${path}`, { bytes, digest: sha256(bytes) }]));
  const before = await digestFiles(place, [...wanted.keys()]);
  for (const [path, { bytes, digest }] of wanted) if (before.get(path) !== digest) await writeBytes(place, path, bytes);
  const after = await digestFiles(place, [...wanted.keys()]);
  const wrong = [...wanted].find(([path, { digest }]) => after.get(path) !== digest)?.[0];
  if (wrong !== undefined)
    throw new UserError(
      'write-failed',
      `${wrong} in ${place.pod.metadata.name} does not contain what was written. Check whether the volume is full.`,
    );
  return { location: `${base}/ of pvc/${claim}`, files: wanted.size, left };
}

function fitting(files: readonly CopiedFile[]): { readonly taken: readonly CopiedFile[]; readonly left: readonly string[] } {
  let room: number = MOST.all;
  const taken: CopiedFile[] = [];
  const left: string[] = [];
  for (const file of files) {
    const { byteLength } = file.bytes;
    if (byteLength > MOST.file || byteLength > room) left.push(file.path);
    else {
      room -= byteLength;
      taken.push(file);
    }
  }
  return { taken, left };
}
