import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, type Check, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import type { Right } from '../../ports/cluster.ts';
import { locate, type Place, run, sayContainer } from '../shared/container.ts';
import { diffText } from '../shared/diff.ts';
import { cutBytes, isLate, orLate, sayBytes, targetField } from '../shared/fields.ts';
import { execRights, pickPod } from '../shared/pods.ts';
import { assertFresh, planStale, touch } from '../shared/stale.ts';
import { digestFile, readFile } from './files.ts';
import { managerNotes, managerRights } from './managers.ts';
import { isWorkload, mustMount, volumePreflight, volumeRights } from './mount.ts';
import { writeBytes } from './writing.ts';

const MAX_CONTENT = 256 * 1_024;
/** A file that is there is compared by its text up to here, beyond by its digest only. In bytes. */
const MAX_DIFF = 64 * 1_024;

const pathField = z.string().regex(/^[^\0\r\n]{1,1000}$/, 'expected a path without line breaks');

const input = z.strictObject({
  target: targetField.describe('A volume, or a workload into whose container the file goes.'),
  path: orLate(pathField).describe('Absolute; for a volume also relative to where it is mounted.'),
  content: z.string().refine((text) => Buffer.byteLength(text, 'utf8') <= MAX_CONTENT, { error: 'expected at most 256 KiB' }),
});

const output = z.strictObject({ path: z.string(), bytes: z.number().int(), sha256: z.string(), pod: z.string(), written: z.boolean() });

/** A folder in a running container below which files may be written. */
interface Room {
  readonly place: Place;
  /** `/` for a workload. */
  readonly root: string;
}

/**
 * Writes a file in a pod by `tee` with standard input (AU-44, AU-55). It is evidence, so there is no revert.
 * The same content twice is written once; another file that appeared meanwhile makes the plan stale.
 */
export const volumeWriteFile = changeAction({
  name: 'volume.write-file',
  effect: 'change',
  oneWay: 'The file is evidence and stays where it is.',
  about: 'Writes a file on a volume or in a container.',
  input,
  output,
  rights: ({ target }, context) => [...roomRights(context, target), ...managerRights(context, target)],
  preflight: ({ target, path }, context) => preflight(context, target, path),

  async plan({ target, path, content }, context): Promise<Planned> {
    const room = await roomOf(context, target);
    const base = { noPlan: null, snapshot: null, notes: [...(await managerNotes(context, target)), ...notesFor(context, target)] };
    if (isLate(path)) {
      const scope = { target, root: room.root, path };
      return {
        ...base,
        summary: `Writes a file below ${room.root} of ${room.place.label}, its path known later`,
        diff: diffText('', content),
        touches: [],
        changes: true,
        scope,
      };
    }
    const full = below(room.root, path);
    const there = await present(room.place, full);
    const diff = diffText(there.text ?? '', content);
    const same = isSame(there.digest, content);
    const how = there.digest === null ? 'Writes' : 'Replaces';
    return {
      ...base,
      summary: same
        ? `${full} of ${room.place.label} already holds this.`
        : `${how} ${full} in a pod of ${room.place.label} (${sayBytes(Buffer.byteLength(content, 'utf8'))})`,
      diff: same ? null : `${there.digest === null ? '+ ' : '  '}${full}\n${diff}`,
      noPlan: same ? 'Nothing would change.' : null,
      touches: [fileTouch(room, full, there.digest)],
      changes: !same,
      scope: { target, root: room.root, path: full },
    };
  },

  async apply({ target, path, content }, planned, context) {
    if (isLate(path) || isLate(content)) throw new UserError('value-missing', 'The path or content of the file was not known in time.');
    const room = await roomOf(context, target);
    const full = below(room.root, path);
    assertInScope(planned, full);
    const { place } = room;
    const wanted = sha256Of(content);
    // Beside the pod it is kept as evidence, byte for byte (AU-44, AU-55).
    const text = { name: posix.basename(full), content };
    const result = { path: full, bytes: Buffer.byteLength(content, 'utf8'), sha256: wanted, pod: place.pod.metadata.name };
    const there = await present(place, full);
    if (there.digest === wanted) return { output: { ...result, written: false }, summary: `${full} already existed with this content.`, text };
    // A try that died while it wrote leaves a beginning of this very content, which loses nothing by being written again.
    const ownBeginning = there.text !== null && content.startsWith(there.text);
    if (!ownBeginning && planned.touches.length > 0) assertFresh(planned, [fileTouch(room, full, there.digest)]);
    if (!ownBeginning && planned.touches.length === 0 && there.digest !== null) {
      throw planStale(`${full} of ${place.label} already exists with different content, so that another path is needed`);
    }
    await writeBytes(place, full, content);
    if ((await digestFile(place, full)) !== wanted)
      throw new UserError('write-failed', `${full} in ${result.pod} does not contain what was written. Check whether the volume is full.`);
    return { output: { ...result, written: true }, summary: `Wrote ${full} in ${result.pod}, ${sayBytes(result.bytes)}.`, text };
  },
});

/** @throws UserError as `pickPod` and `mustMount` do */
async function roomOf(context: ActionContext, target: string): Promise<Room> {
  if (isWorkload(context, target)) return { place: await pickPod(context, target), root: '/' };
  const mount = await mustMount(context, target);
  return { place: mount.place, root: mount.path };
}

function roomRights(context: ActionContext, target: string): readonly Right[] {
  return isWorkload(context, target) ? execRights(context, target) : volumeRights(context, target);
}

async function preflight(context: ActionContext, target: string, path: string): Promise<readonly Check[]> {
  const tools = [
    ['tee', '--version'],
    ['sha256sum', '--version'],
  ];
  if (!isWorkload(context, target)) {
    const checks = await volumePreflight(context, target, tools);
    const volume = context.target(target, 'volume');
    if (isLate(path) || !path.startsWith('/') || volume.path === undefined || isBelow(volume.path, path)) return checks;
    return [
      ...checks,
      { state: 'failure', what: `${path} is not on the volume, which is mounted at ${volume.path}`, advice: 'Correct the path in the runbook.' },
    ];
  }
  const located = await locate(context, target);
  if (!located.found) return [{ state: 'failure', what: located.why, advice: null }];
  const checks: Check[] = [];
  for (const argv of tools) {
    const there = (await run(located.place, argv, { stdin: '' })) !== null;
    const what = `${sayContainer(located.place)} has ${there ? '' : 'no '}${argv[0]}`;
    checks.push({ state: there ? 'ok' : 'failure', what, advice: there ? null : 'Add it to the image.' });
  }
  return checks;
}

interface Present {
  /** `null` when there is no such file. */
  readonly digest: string | null;
  /** `null` when there is none, or it is too large to show. */
  readonly text: string | null;
}

async function present(place: Place, path: string): Promise<Present> {
  const digest = await digestFile(place, path);
  if (digest === null) return { digest, text: null };
  try {
    const bytes = await readFile(place, path, MAX_DIFF);
    return { digest, text: bytes === null ? null : Buffer.from(bytes).toString('utf8') };
  } catch (error) {
    if (error instanceof UserError && error.code === 'file-too-large') return { digest, text: null };
    throw error;
  }
}

function sha256Of(content: string): string {
  return hash('sha256', content, 'hex');
}

function isSame(digest: string | null, content: string): boolean {
  return digest === sha256Of(content);
}

function fileTouch(room: Room, path: string, digest: string | null): Touch {
  return touch(
    `${path} of ${room.place.label}`,
    `${room.place.label}:${path}`,
    digest === null ? 'that there is no such file' : 'the content of the file',
    { sha256: digest },
  );
}

function notesFor(context: ActionContext, target: string): string[] {
  const kept = 'The file stays: it is evidence and is never reverted.';
  return isWorkload(context, target)
    ? [kept, 'It is written in one pod only; the other pods have it only if its folder is a shared volume.']
    : [kept];
}

function assertInScope(planned: Planned, path: string): void {
  const scope = z.object({ root: z.string(), path: z.string() }).parse(planned.scope);
  if (isLate(scope.path) ? isBelow(scope.root, path) : scope.path === path) return;
  throw planStale(`The plan was to write ${scope.path}, not ${cutBytes(path, 200)}`);
}

/** @throws UserError `path-outside` */
export function below(root: string, path: string): string {
  const full = posix.normalize(path.startsWith('/') ? path : posix.join(root, path));
  const climbs = path.split('/').includes('..');
  if (!climbs && !full.endsWith('/') && isBelow(root, full)) return full;
  throw new UserError('path-outside', `${cutBytes(path, 200)} is not a file below ${root}. Correct the path.`);
}

function isBelow(root: string, path: string): boolean {
  const normal = posix.normalize(path);
  return root === '/' ? normal.startsWith('/') && normal !== '/' : normal.startsWith(`${root.replace(/\/+$/, '')}/`);
}
