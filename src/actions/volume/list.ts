import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { type Chart, readAction } from '../../ports/action.ts';
import { duration, msOf, sayBytes, targetField } from '../shared/fields.ts';
import { ageDays, type FileEntry, isOlder, listFiles, totalBytes } from './files.ts';
import { LISTING_TOOLS, mountOf, volumePreflight, volumeRights } from './mount.ts';

const input = z.strictObject({ target: targetField, older_than: duration.optional(), limit: z.number().int().min(1).max(500).default(20) });

const output = z.strictObject({
  found: z.boolean(),
  count: z.number().int(),
  bytes: z.number().int(),
  size: z.string().describe('The same for people: `1.2 GiB`.'),
  largest: z.array(z.strictObject({ path: z.string(), bytes: z.number().int(), age_days: z.number().int() })),
  /** False when some files could not be seen. */
  complete: z.boolean(),
});

/** Bars of the chart; more would not be read. */
const FOLDERS = 8;

/** The files of a volume, the largest first, and how much lies in which folder (AU-32). */
export const volumeFiles = readAction({
  name: 'volume.files',
  about: 'Lists the largest files of a volume, and what its folders hold.',
  input,
  output,
  rights: ({ target }, context) => volumeRights(context, target),
  preflight: ({ target }, context) => volumePreflight(context, target, LISTING_TOOLS),
  async run({ target, older_than: olderThan, limit }, context) {
    const mounted = await mountOf(context, target);
    if (!mounted.found) return { state: 'unknown', output: { found: false }, summary: mounted.why };
    const { mount } = mounted;
    const now = await context.now();
    const listing = await listFiles(mount);
    const files = listing.files.filter((file) => olderThan === undefined || isOlder(file, msOf(olderThan), now));
    const largest = [...files]
      .sort(bySize)
      .slice(0, limit)
      .map((file) => ({ path: file.path, bytes: file.bytes, age_days: ageDays(file, now) }));
    const bytes = totalBytes(files);
    const which = olderThan === undefined ? '' : ` older than ${olderThan}`;
    const missing = listing.complete ? '' : ` Not all could be seen${listing.complaint === '' ? '' : `: ${listing.complaint}`}.`;
    return {
      output: { found: true, count: files.length, bytes, size: sayBytes(bytes), largest, complete: listing.complete },
      summary: `${mount.path} holds ${plural(files.length, 'file')}${which}, ${sayBytes(bytes)}.${missing}`,
      ...(largest.length === 0
        ? {}
        : {
            table: { columns: ['file', 'size', 'age'], rows: largest.map((file) => [file.path, sayBytes(file.bytes), plural(file.age_days, 'day')]) },
          }),
      ...(files.length === 0 ? {} : { chart: folderChart(files, mount.path) }),
    };
  },
});

/** How much lies in each folder of the first level, as `du -s *` would say. */
export function folderChart(files: readonly FileEntry[], root: string): Chart {
  const sizes = new Map<string, number>();
  for (const file of files) {
    const relative = file.path.slice(root === '/' ? 1 : root.length + 1);
    const slash = relative.indexOf('/');
    const folder = slash === -1 ? '(files at the top)' : relative.slice(0, slash + 1);
    sizes.set(folder, (sizes.get(folder) ?? 0) + file.bytes);
  }
  const sorted = [...sizes].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1));
  const rest = sorted.slice(FOLDERS).reduce((sum, [, bytes]) => sum + bytes, 0);
  const bars = sorted.slice(0, FOLDERS).map(([label, bytes]) => ({ label, value: toMib(bytes) }));
  return { title: `Folders of ${root}`, unit: 'MiB', bars: rest === 0 ? bars : [...bars, { label: 'others', value: toMib(rest) }] };
}

function toMib(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}

function bySize(left: FileEntry, right: FileEntry): number {
  return right.bytes - left.bytes || (left.path < right.path ? -1 : 1);
}
