import { hash } from 'node:crypto';
import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration, toIso } from '../../lib/time.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { jsonField } from '../aws/fields.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { type DriftSet, groupByTime, missingParts, PARTS, type Part } from './evidence-keys.ts';
import { evidencePermissions, fetchObjects, listObjects, placeFields, readObjects, sayPlace, textOf } from './evidence-objects.ts';

/** Where to look first, ms: the workflow runs each hour, and a year of it is 35,000 objects. */
const RECENT = 3 * 86_400_000;

const input = z.strictObject({
  ...placeFields,
  ts: z.string().optional().describe('The time of one drift as in its keys; unset: the newest complete one.'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({
  found: z.boolean(),
  ts: z.string().describe('The time of the drift, empty when there is none.'),
  age_minutes: z.number().int(),
  keys: z.array(z.string()),
  git_sha: z.string(),
  file_sha: z.string(),
  app_id: z.string(),
  run_id: z.string(),
  run_attempt: z.string(),
  intact: z.boolean().describe('Whether local and remote have the digests that the drift file says.'),
  local: jsonField.describe('The source as the workflow had it.'),
  remote: jsonField.describe('The live controls as the workflow saw them.'),
  incomplete: z.array(z.string()).describe('Newer drifts that lack objects.'),
  sets: z.number().int(),
  problems: z.array(z.string()),
});
type Output = z.infer<typeof output>;

/** The newest complete drift in the audit bucket (VO-03): its four objects byte for byte, and what they say. */
export const driftEvidence = readAction({
  name: 'drift.evidence',
  about: 'Finds the newest complete set of drift evidence in the audit bucket and fetches its four objects.',
  input,
  output,
  permissions: evidencePermissions,
  preflight: (given, context) =>
    awsPreflight(context.aws(context.target(given.target, 'bucket').region), async () => {
      const [newest] = await setsIn(given, context);
      return newest === undefined ? `No drift evidence under ${sayPlace(given, context)}` : `The newest drift evidence is of ${newest.ts}`;
    }),

  async run(given, context) {
    const sets = await setsIn(given, context);
    const chosen = sets.find((set) => (given.ts === undefined || set.ts === given.ts) && missingParts(set).length === 0);
    const newer = sets.filter((set) => chosen === undefined || set.ts > chosen.ts);
    const incomplete = newer.map((set) => `${set.ts} lacks ${missingParts(set).join(', ')}`);
    const warning = incomplete.length === 0 ? '' : ` ${plural(incomplete.length, 'newer one')} incomplete: ${incomplete.slice(0, 3).join('; ')}.`;
    if (chosen === undefined) {
      return {
        output: { ...NOTHING, incomplete, sets: sets.length },
        summary: `No complete drift evidence under ${sayPlace(given, context)}.${warning}`,
      };
    }
    const objects = await fetchObjects(chosen, given, context);
    const read = readObjects(objects);
    const age = (await context.now()) - Date.parse(chosen.ts);
    const problems = [...read.problems, ...incomplete.map((what) => `The drift of ${what}.`)];
    return {
      output: {
        ...read,
        found: true,
        ts: chosen.ts,
        age_minutes: Math.floor(age / 60_000),
        keys: PARTS.flatMap((part) => chosen.keys[part] ?? []),
        incomplete,
        sets: sets.length,
        problems,
      },
      summary: `Drift of ${chosen.ts} (${sayDuration(age)} ago), commit ${read.git_sha.slice(0, 12) || 'unknown'}, run ${read.run_id || 'unknown'}.${read.intact ? '' : ' Its objects are not what it says.'}${warning}`,
      table: {
        columns: ['object', 'bytes', 'sha256'],
        rows: PARTS.flatMap((part) => {
          const bytes = objects[part].bytes;
          return [[nameOf(chosen, part), String(bytes.byteLength), `${hash('sha256', bytes, 'hex').slice(0, 16)}…`]];
        }),
      },
      files: PARTS.map((part) => ({ name: nameOf(chosen, part), content: textOf(objects[part].bytes) })),
    };
  },
});

const NOTHING: Output = {
  found: false,
  ts: '',
  age_minutes: 0,
  keys: [],
  git_sha: '',
  file_sha: '',
  app_id: '',
  run_id: '',
  run_attempt: '',
  intact: false,
  local: null,
  remote: null,
  incomplete: [],
  sets: 0,
  problems: [],
};

/** The newest first. Looks at the last days first, and at all only when nothing complete is there. */
async function setsIn(given: Input, context: ActionContext): Promise<DriftSet[]> {
  const since = given.ts ?? toIso((await context.now()) - RECENT).slice(0, 19);
  const recent = await listSets(given, context, since);
  if (recent.some((set) => missingParts(set).length === 0)) return recent;
  return listSets(given, context, null);
}

async function listSets(given: Input, context: ActionContext, since: string | null): Promise<DriftSet[]> {
  const objects = await listObjects(given, context, since);
  return groupByTime(
    objects.map(({ key }) => key),
    given.name,
  );
}

function nameOf({ keys }: DriftSet, part: Part): string {
  return (keys[part] ?? part).split('/').at(-1) ?? part;
}
