import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { sayBytes, targetField } from '../shared/fields.ts';
import { ageDays, type FileEntry, listFiles, totalBytes } from './files.ts';
import { LISTING_TOOLS, mountOf, volumePreflight, volumeRights } from './mount.ts';
import { AUREUS_RULES, judge, rulesField, sayVerdict, type Verdict } from './rules.ts';

const input = z.strictObject({
  target: targetField,
  rules: rulesField.optional().describe("Which folders are kept how long; AUREUS' own policy unless told."),
  limit: z.number().int().min(1).max(500).default(50),
});

const output = z.strictObject({
  found: z.boolean(),
  kept: z.number().int(),
  freed: z.number().int(),
  /** No rule knows them, so they are kept. */
  unknown: z.number().int(),
  freed_bytes: z.number().int(),
  freed_size: z.string().describe('The same for people: `1.2 GiB`.'),
  /** The freed ones, longest overdue first. */
  overdue: z.array(
    z.strictObject({ path: z.string(), bytes: z.number().int(), rule: z.string(), age_days: z.number().int(), overdue_days: z.number().int() }),
  ),
  complete: z.boolean(),
});

/** Which files which retention rule keeps or frees (AU-36). Changes nothing. */
export const volumeRetention = readAction({
  name: 'volume.retention',
  about: 'Judges the files of a volume by its retention rules.',
  input,
  output,
  rights: ({ target }, context) => volumeRights(context, target),
  preflight: ({ target }, context) => volumePreflight(context, target, LISTING_TOOLS),
  async run({ target, rules = AUREUS_RULES, limit }, context) {
    const mounted = await mountOf(context, target);
    if (!mounted.found) return { state: 'unknown', output: { found: false }, summary: mounted.why };
    const { mount } = mounted;
    const now = await context.now();
    const listing = await listFiles(mount);
    const judged = listing.files.map((file) => ({ file, verdict: judge(file.path.slice(mount.path.length), file.mtime * 1_000, now, rules) }));
    const freed = judged
      .flatMap(({ file, verdict }) => (verdict.kind === 'freed' ? [{ file, verdict }] : []))
      .sort((a, b) => a.verdict.at - b.verdict.at);
    const bytes = totalBytes(freed.map(({ file }) => file));
    const [kept, unknown] = [howMany(judged, 'kept'), howMany(judged, 'unknown')];
    return {
      output: {
        found: true,
        kept,
        freed: freed.length,
        unknown,
        freed_bytes: bytes,
        freed_size: sayBytes(bytes),
        overdue: freed.slice(0, limit).map(({ file, verdict }) => ({
          path: file.path,
          bytes: file.bytes,
          rule: verdict.rule.name,
          age_days: ageDays(file, now),
          overdue_days: Math.floor((now - verdict.at) / 86_400_000),
        })),
        complete: listing.complete,
      },
      summary: `${mount.path}: ${plural(kept, 'file')} retained, ${freed.length} past retention (${sayBytes(bytes)}), ${unknown} matched by no rule and kept.${listing.complete ? '' : ' Not all files could be read.'}`,
      ...(judged.length === 0 ? {} : { table: byRule(judged) }),
      ...(judged.length === 0 ? {} : { text: { name: `${target}-retention.txt`, content: listingText(judged) } }),
    };
  },
});

interface Judged {
  readonly file: FileEntry;
  readonly verdict: Verdict;
}

function howMany(judged: readonly Judged[], kind: Verdict['kind']): number {
  return judged.filter(({ verdict }) => verdict.kind === kind).length;
}

function byRule(judged: readonly Judged[]): { columns: string[]; rows: string[][] } {
  const groups = new Map<string, FileEntry[]>();
  for (const { file, verdict } of judged) {
    const name = verdict.kind === 'unknown' ? 'no rule\tkept' : `${verdict.rule.name}\t${verdict.kind === 'kept' ? 'kept' : 'past retention'}`;
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, files]) => [...name.split('\t'), String(files.length), sayBytes(totalBytes(files))]);
  return { columns: ['rule', 'verdict', 'files', 'size'], rows };
}

function listingText(judged: readonly Judged[]): string {
  const lines = judged.map(
    ({ file, verdict }) => `${file.path}\t${file.bytes} bytes\t${new Date(file.mtime * 1_000).toISOString()}\t${sayVerdict(verdict)}`,
  );
  return `${lines.sort().join('\n')}\n`;
}
