import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { changeAction, type Planned } from '../../ports/action.ts';
import { duration, isLate, msOf, oneLine, sayBytes, targetField } from '../shared/fields.ts';
import { assertFresh } from '../shared/stale.ts';
import { ageDays, type FileEntry, isOlder, listFiles, removeFiles, statFiles, totalBytes } from './files.ts';
import { managerNotes } from './managers.ts';
import { claimTouch, LISTING_TOOLS, mustMount, volumeChangeRights, volumePreflight } from './mount.ts';
import { AUREUS_RULES, judge, rulesField, sayVerdict, type Verdict } from './rules.ts';

/** Deleted in one go; the oldest first. */
const MAX_FILES = 5_000;

const input = z.strictObject({
  target: targetField,
  older_than: duration.default('90d'),
  rules: rulesField.optional().describe("Which folders are kept how long; AUREUS' own policy unless told."),
  override_retention: z
    .union([
      z.literal(false),
      z.string().refine((text) => isLate(text) || text.trim().split(/\s+/).length >= 3, { error: 'expected a reason in words' }),
    ])
    .default(false)
    .describe('A reason in words, to delete even what is retained. false: what is retained stays.'),
});

const output = z.strictObject({
  deleted: z.number().int(),
  bytes: z.number().int(),
  skipped: z.array(z.strictObject({ path: z.string(), why: z.string() })),
});

const scope = z.object({ files: z.array(z.object({ path: z.string(), bytes: z.number().int(), mtime: z.number().int() })) });

interface Judged {
  readonly file: FileEntry;
  readonly verdict: Verdict;
}

/**
 * Deletes old files (AU-35). The plan lists each with the rule that keeps or frees it; what is retained, or matched by no rule, stays
 * unless the override says why. Only what is listed and unchanged (size and time of change) is deleted.
 */
export const volumeDeleteFiles = changeAction({
  name: 'volume.delete-files',
  effect: 'destructive',
  oneWay: 'Deleted files are gone. Restore what you need from a backup of the volume.',
  about: 'Deletes old files of a volume, except for those that a retention rule keeps.',
  input,
  output,
  rights: ({ target }, context) => volumeChangeRights(context, target),
  preflight: ({ target }, context) => volumePreflight(context, target, [...LISTING_TOOLS, ['rm', '-f', '/dev/null/none']]),

  async plan({ target, older_than: olderThan, rules = AUREUS_RULES, override_retention: override }, context): Promise<Planned> {
    const [claim, mount] = [await claimTouch(context, target), await mustMount(context, target)];
    const now = await context.now();
    const listing = await listFiles(mount);
    const judged = listing.files
      .filter((file) => isOlder(file, msOf(olderThan), now))
      .sort((left, right) => left.mtime - right.mtime)
      .map((file): Judged => ({ file, verdict: judge(file.path.slice(mount.path.length), file.mtime * 1_000, now, rules) }));
    const retained = judged.filter(({ verdict }) => verdict.kind !== 'freed');
    const going = (override === false ? judged.filter(({ verdict }) => verdict.kind === 'freed') : judged).slice(0, MAX_FILES);
    const files = going.map(({ file }) => file);
    const goes = new Set(files.map((file) => file.path));
    return {
      summary: summaryOf(files, judged, olderThan, mount.path),
      diff: judged.length === 0 ? null : judged.map((one) => lineOf(one, goes.has(one.file.path), now)).join('\n'),
      noPlan: judged.length === 0 ? `${mount.path} has no file older than ${olderThan}.` : null,
      notes: [
        ...(await managerNotes(context, target)),
        'Deleted files cannot be restored. Archive them instead (volume.archive) if the space is not needed at once.',
        ...notesOf(retained, override),
        ...(listing.complete ? [] : ['Not all files of the volume could be read; the others stay.']),
      ],
      touches: [claim],
      changes: files.length > 0,
      asListed: true,
      scope: { files: files.map(({ path, bytes, mtime }) => ({ path, bytes, mtime })) },
      snapshot: null,
    };
  },

  async apply({ target, override_retention: override }, planned, context) {
    if (typeof override === 'string' && isLate(override))
      throw new UserError('value-missing', 'The reason to override retention was not known in time.');
    assertFresh(planned, [await claimTouch(context, target)]);
    const mount = await mustMount(context, target);
    const { files } = scope.parse(planned.scope);
    const now = await statFiles(
      mount,
      files.map((file) => file.path),
    );
    const skipped = files.flatMap((file) => {
      const there = now.get(file.path);
      return there !== undefined && !isUnchanged(file, there) ? [{ path: file.path, why: 'changed since the plan' }] : [];
    });
    const doomed = files.filter((file) => isUnchanged(file, now.get(file.path)));
    const complaint = await removeFiles(
      mount.place,
      doomed.map((file) => file.path),
    );
    const left = await statFiles(
      mount,
      doomed.map((file) => file.path),
    );
    const stayed = [...left.keys()].map((path) => ({ path, why: complaint === '' ? 'still there' : complaint }));
    const all = [...skipped, ...stayed];
    const stuck = new Set(all.map(({ path }) => path));
    const gone = files.filter((file) => !stuck.has(file.path));
    const rest = all.length === 0 ? '' : ` ${plural(all.length, 'file')} stayed.`;
    return {
      output: { deleted: gone.length, bytes: totalBytes(gone), skipped: all },
      summary: `Deleted ${plural(gone.length, 'file')} (${sayBytes(totalBytes(gone))}) from ${mount.path}.${rest}`,
      ...(all.length === 0 ? {} : { table: { columns: ['file', 'why it stayed'], rows: all.map(({ path, why }) => [path, why]) } }),
    };
  },
});

function isUnchanged(planned: FileEntry, there: FileEntry | undefined): boolean {
  return there !== undefined && there.bytes === planned.bytes && there.mtime === planned.mtime;
}

function summaryOf(files: readonly FileEntry[], judged: readonly Judged[], olderThan: string, path: string): string {
  if (judged.length === 0) return `Nothing to delete: ${path} has no file older than ${olderThan}.`;
  if (files.length === 0) return `Nothing may be deleted: all ${plural(judged.length, 'file')} of ${path} older than ${olderThan} are retained.`;
  return `Deletes ${files.length} of ${plural(judged.length, 'file')} older than ${olderThan} from ${path}, and frees ${sayBytes(totalBytes(files))}`;
}

function notesOf(retained: readonly Judged[], override: string | false): string[] {
  if (retained.length === 0) return [];
  const unknown = retained.filter(({ verdict }) => verdict.kind === 'unknown').length;
  const which = unknown === 0 ? '' : `, ${unknown} of them matched by no rule`;
  if (override === false)
    return [`${plural(retained.length, 'file')} are retained and stay${which}. Deleting them needs a reason in words (override_retention).`];
  return [`RETENTION IS OVERRIDDEN for ${plural(retained.length, 'file')}${which}. Reason: ${oneLine(override, 500)}`];
}

function lineOf({ file, verdict }: Judged, goes: boolean, now: number): string {
  return `${goes ? '- ' : '  '}${file.path}  ${sayBytes(file.bytes)}, ${plural(ageDays(file, now), 'day')} old (${sayVerdict(verdict)})`;
}
