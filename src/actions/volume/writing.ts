import { posix } from 'node:path';
import { UserError } from '../../domain/errors.ts';
import { mustRun, type Place } from '../shared/container.ts';
import { oneLine } from '../shared/fields.ts';

/** Writes a file in a container by `tee` with standard input, and makes its folder where there is none. @throws UserError `write-failed`, `tool-missing` */
export async function writeBytes(place: Place, path: string, content: string | Uint8Array): Promise<void> {
  const first = await tee(place, path, content);
  if (first === null) return;
  if (!/no such file or directory/i.test(first)) throw failed(place, path, first);
  await mustRun(place, ['mkdir', '-p', '--', posix.dirname(path)]);
  const second = await tee(place, path, content);
  if (second !== null) throw failed(place, path, second);
}

/** What tee complained of, or `null`. Its output is what was written, which is of no use here. */
async function tee(place: Place, path: string, content: string | Uint8Array): Promise<string | null> {
  const size = typeof content === 'string' ? Buffer.byteLength(content, 'utf8') : content.byteLength;
  const ran = await mustRun(place, ['tee', '--', path], { stdin: content, maxBytes: size + 8_192 });
  return ran.exitCode === 0 ? null : ran.stderr;
}

function failed(place: Place, path: string, why: string): UserError {
  return new UserError('write-failed', `${path} cannot be written in ${place.pod.metadata.name}: ${oneLine(why)}`);
}
