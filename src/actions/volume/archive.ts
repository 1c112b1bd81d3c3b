import { hash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, type Check, changeAction, type Planned } from '../../ports/action.ts';
import { type EvidenceStore, EvidenceStoreError } from '../../ports/evidence.ts';
import { duration, msOf, sayBytes, targetField } from '../shared/fields.ts';
import { assertFresh } from '../shared/stale.ts';
import { archiveKey } from './archive-key.ts';
import { ageDays, digestFile, digestFiles, type FileEntry, isOlder, listFiles, readFile, removeFiles, statFiles, totalBytes } from './files.ts';
import { managerNotes } from './managers.ts';
import { claimTouch, LISTING_TOOLS, type Mount, mustMount, volumeChangeRights, volumePreflight } from './mount.ts';

/** A file goes through the bot's memory. In bytes. */
const MAX_FILE = 256 * 1_024 * 1_024;

const input = z.strictObject({
  target: targetField,
  to: targetField.describe('The bucket.'),
  older_than: duration.default('60d'),
  limit: z.number().int().min(1).max(1_000).default(500).describe('How many files at most, the oldest first.'),
});

const output = z.strictObject({
  archived: z.number().int(),
  bytes: z.number().int(),
  skipped: z.array(z.strictObject({ path: z.string(), why: z.string() })),
});

const scope = z.object({
  files: z.array(z.object({ path: z.string(), bytes: z.number().int(), mtime: z.number().int(), sha256: z.string(), key: z.string() })),
});

type Planable = z.infer<typeof scope>['files'][number];

/**
 * Moves old files to a bucket (AU-33): each is stored, read back, compared by SHA-256 with what sha256sum says in the pod, and only
 * then deleted there. After a crash it goes on where it stood. Files that changed since the plan stay, and are said.
 */
export const volumeArchive = changeAction({
  name: 'volume.archive',
  effect: 'change',
  oneWay: 'The files are in the bucket now. Copy what you need back from there.',
  about: 'Moves old files of a volume to a bucket, deleting each only after its copy is verified.',
  input,
  output,
  targets: ({ target, to }) => [target, to],
  rights: ({ target }, context) => volumeChangeRights(context, target),
  permissions({ to }, context) {
    const { bucket, prefix } = context.target(to, 'bucket');
    const objects = `arn:aws:s3:::${bucket}/${prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`}*`;
    return [
      { provider: 'aws', action: 's3:GetObject', resource: objects },
      { provider: 'aws', action: 's3:PutObject', resource: objects },
      { provider: 'aws', action: 's3:PutObjectTagging', resource: objects },
      { provider: 'aws', action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` },
    ];
  },
  preflight: async ({ target, to }, context) => {
    context.target(to, 'bucket');
    const tools = [...LISTING_TOOLS, ['sha256sum', '--version'], ['cat', '/dev/null'], ['rm', '-f', '/dev/null/none']];
    return [...(await volumePreflight(context, target, tools)), await bucketCheck(context, to)];
  },

  async plan(input, context): Promise<Planned> {
    const [claim, mount, bucket] = [
      await claimTouch(context, input.target),
      await mustMount(context, input.target),
      context.target(input.to, 'bucket'),
    ];
    const now = await context.now();
    const listing = await listFiles(mount);
    const old = listing.files.filter((file) => isOlder(file, msOf(input.older_than), now)).sort((left, right) => left.mtime - right.mtime);
    const fitting = old.filter((file) => file.bytes <= MAX_FILE && keyOf(mount, file.path) !== null);
    const chosen = fitting.slice(0, input.limit);
    const digests = await digestFiles(
      mount.place,
      chosen.map((file) => file.path),
      (done) => context.say(`Hashed ${done} of ${plural(chosen.length, 'file')}`),
    );
    const files = chosen.flatMap((file): Planable[] => {
      const [sha256, key] = [digests.get(file.path), keyOf(mount, file.path)];
      return sha256 === undefined || key === null ? [] : [{ ...file, sha256, key }];
    });
    const to = `s3://${bucket.bucket}${bucket.prefix === '' ? '' : `/${bucket.prefix.replace(/\/+$/, '')}`}`;
    const none = `Nothing to archive: ${mount.path} has no file older than ${input.older_than}.`;
    return {
      summary:
        files.length === 0
          ? none
          : `Moves ${plural(files.length, 'file')} older than ${input.older_than} from ${mount.path} to ${to}, and frees ${sayBytes(totalBytes(files))}`,
      diff: files.length === 0 ? null : files.map((file) => `- ${lineOf(file, now)}, to ${to}/${file.key}`).join('\n'),
      noPlan: files.length === 0 ? none : null,
      notes: [
        ...(await managerNotes(context, input.target)),
        'Each file is deleted from the volume only after its copy was read back and has the same SHA-256.',
        ...leftOut(old, fitting, chosen, files, listing.complete),
      ],
      touches: [claim],
      changes: files.length > 0,
      asListed: true,
      scope: { files },
      snapshot: null,
    };
  },

  async apply(input, planned, context) {
    assertFresh(planned, [await claimTouch(context, input.target)]);
    const mount = await mustMount(context, input.target);
    const store = await context.bucket(input.to);
    const { files } = scope.parse(planned.scope);
    const now = await statFiles(
      mount,
      files.map((file) => file.path),
    );
    const skipped: { path: string; why: string }[] = [];
    const moved: Planable[] = [];
    for (const file of files) {
      if (context.signal.aborted)
        throw new UserError(
          'stopped',
          `Archived ${moved.length} of ${plural(files.length, 'file')} before the time was over. Run it again to continue.`,
        );
      const why = await moveOne(mount, store, file, now.get(file.path), context);
      if (why === null) moved.push(file);
      else skipped.push({ path: file.path, why });
      if ((moved.length + skipped.length) % 10 === 0) context.say(`Archived ${moved.length} of ${plural(files.length, 'file')}`);
    }
    const left = skipped.length === 0 ? '' : ` ${plural(skipped.length, 'file')} stayed.`;
    return {
      output: { archived: moved.length, bytes: totalBytes(moved), skipped },
      summary: `Archived ${plural(moved.length, 'file')} (${sayBytes(totalBytes(moved))}) to ${store.location}, verified and deleted from ${mount.path}.${left}`,
      ...(skipped.length === 0 ? {} : { table: { columns: ['file', 'why it stayed'], rows: skipped.map(({ path, why }) => [path, why]) } }),
      text: { name: `${input.target}-archived.txt`, content: `${moved.map((file) => `${file.sha256}  ${file.path}  ${file.key}`).join('\n')}\n` },
    };
  },
});

/** Whether the bucket can be listed, which is asked of every archive. Nothing is written to see it. */
async function bucketCheck(context: ActionContext, name: string): Promise<Check> {
  try {
    const store = await context.bucket(name);
    for await (const _key of store.list('')) break;
    return { state: 'ok', what: `${store.location} can be listed`, advice: null };
  } catch (error) {
    if (!(error instanceof EvidenceStoreError)) throw error;
    return { state: 'failure', what: error.message, advice: 'Give the permission on the bucket, or correct the target: docs/how-to/connect-aws.md.' };
  }
}

/** Why a file stayed, or `null` when it is archived and gone from the volume. */
async function moveOne(
  mount: Mount,
  store: EvidenceStore,
  file: Planable,
  there: FileEntry | undefined,
  context: ActionContext,
): Promise<string | null> {
  const keys = [file.key, `${file.key}.${file.sha256.slice(0, 12)}`];
  if (there === undefined) {
    for (const key of keys) if (await holds(store, key, file.sha256)) return null;
    return 'no longer on the volume, and not in the archive';
  }
  if (there.bytes !== file.bytes || there.mtime !== file.mtime) return 'changed since the plan';
  const bytes = await readFile(mount.place, file.path, MAX_FILE);
  if (bytes === null) return 'deleted from the volume while it was read';
  if (sha256Of(bytes) !== file.sha256) return 'changed since the plan';
  const stored = await putVerified(store, keys, bytes, file.sha256, context);
  if (!stored) return 'the archive already holds other files of this name';
  // Again, as the file may have been written to while its copy was stored.
  if ((await digestFile(mount.place, file.path)) !== file.sha256) return 'changed while it was archived; the copy is kept';
  const complaint = await removeFiles(mount.place, [file.path]);
  return complaint === '' ? null : `archived, but cannot be deleted: ${complaint}`;
}

async function putVerified(
  store: EvidenceStore,
  keys: readonly string[],
  bytes: Uint8Array,
  sha256: string,
  context: ActionContext,
): Promise<boolean> {
  for (const key of keys) {
    await store.put(key, bytes, { 'incident-id': context.incident ?? 'none', kind: 'artifact' });
    if (await holds(store, key, sha256)) return true;
  }
  return false;
}

async function holds(store: EvidenceStore, key: string, sha256: string): Promise<boolean> {
  const bytes = await store.get(key);
  return bytes !== null && sha256Of(bytes) === sha256;
}

function keyOf(mount: Mount, path: string): string | null {
  return archiveKey(path.slice(mount.path.length));
}

function lineOf(file: Planable, now: number): string {
  return `${file.path}  ${sayBytes(file.bytes)}, ${plural(ageDays(file, now), 'day')} old, sha256 ${file.sha256.slice(0, 12)}`;
}

function leftOut(
  old: readonly FileEntry[],
  fitting: readonly FileEntry[],
  chosen: readonly FileEntry[],
  files: readonly Planable[],
  complete: boolean,
): string[] {
  return [
    ...(old.length > fitting.length
      ? [`${plural(old.length - fitting.length, 'file')} stay: larger than ${sayBytes(MAX_FILE)}, or with a path too long for a key.`]
      : []),
    ...(fitting.length > chosen.length
      ? [`${plural(fitting.length - chosen.length, 'file')} more are old enough; run it again to archive them.`]
      : []),
    ...(chosen.length > files.length ? [`${plural(chosen.length - files.length, 'file')} could not be read and stay.`] : []),
    ...(complete ? [] : ['Not all files of the volume could be read.']),
  ];
}

function sha256Of(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
