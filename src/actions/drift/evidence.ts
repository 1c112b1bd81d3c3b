import { hash } from 'node:crypto';
import { z } from 'zod';
import { sayDuration, toIso } from '../../domain/time.ts';
import { type ActionContext, readAction } from '../../engine/ports/action.ts';
import type { BucketTarget } from '../../engine/ports/targets.ts';
import { jsonField } from '../aws/fields.ts';
import { aws, bucketArn, objectsArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { count, targetField } from '../net/fields.ts';
import { type DriftSet, groupByTime, missingParts, PARTS, type Part } from './evidence-keys.ts';

/** Of one object, bytes. */
const MAX_OBJECT = 4 * 1024 * 1024;
/** Where to look first, ms: the workflow runs each hour, and a year of it is 35,000 objects. */
const RECENT = 3 * 86_400_000;

const input = z.strictObject({
  target: targetField.describe('The audit bucket.'),
  folder: z.string().default('audit/drift/').describe('Where in it the drifts lie.'),
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'expected letters, digits and dashes')
    .default('guardrail')
    .describe('What the names of the objects begin with.'),
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

/** What the drift file says (workflows.json); the object's metadata says the same where the file is damaged. */
const metadataSchema = z.object({
  app_id: z.string().default(''),
  git_sha: z.string().default(''),
  file_sha: z.string().default(''),
  local_sha: z.string().default(''),
  remote_sha: z.string().default(''),
  run_id: z.coerce.string().default(''),
  run_attempt: z.coerce.string().default(''),
});

/** The newest complete drift in the audit bucket (VO-03): its four objects byte for byte, and what they say. */
export const driftEvidence = readAction<Input, Output>({
  name: 'drift.evidence',
  about: 'Finds the newest complete set of drift evidence in the audit bucket and fetches its four objects.',
  input,
  output,
  targets: ({ target }) => [target],
  rights: () => [],
  permissions: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    return [aws('s3:ListBucket', bucketArn(bucket)), aws('s3:GetObject', objectsArn(bucket))];
  },
  preflight: (given, context) =>
    awsPreflight(context.aws(context.target(given.target, 'bucket').region), async () => {
      const [newest] = await setsIn(given, context);
      return newest === undefined ? `No drift evidence under ${placeOf(given, context)}` : `The newest drift evidence is of ${newest.ts}`;
    }),

  async run(given, context) {
    const sets = await setsIn(given, context);
    const chosen = sets.find((set) => (given.ts === undefined || set.ts === given.ts) && missingParts(set).length === 0);
    const newer = sets.filter((set) => chosen === undefined || set.ts > chosen.ts);
    const incomplete = newer.map((set) => `${set.ts} lacks ${missingParts(set).join(', ')}`);
    const warning = incomplete.length === 0 ? '' : ` ${count(incomplete.length, 'newer one')} incomplete: ${incomplete.slice(0, 3).join('; ')}.`;
    if (chosen === undefined) {
      return {
        output: { ...NOTHING, incomplete, sets: sets.length },
        summary: `No complete drift evidence under ${placeOf(given, context)}.${warning}`,
      };
    }
    const objects = await fetchAll(chosen, given, context);
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
  const bucket = context.target(given.target, 'bucket');
  const { s3 } = context.aws(bucket.region);
  const lists = await Promise.all(
    PARTS.map(async (part) => {
      const prefix = `${folderOf(given, bucket)}${given.name}-${part}-`;
      const keys: string[] = [];
      // Just before the first key of that time, which is to be among them.
      for await (const { key } of s3.list(bucket.bucket, prefix, since === null ? undefined : `${prefix}${since.slice(0, -1)}`)) keys.push(key);
      return keys;
    }),
  );
  return groupByTime(lists.flat(), given.name);
}

type Objects = Readonly<Record<Part, { readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, string>> }>>;

async function fetchAll({ keys }: DriftSet, { target }: Input, context: ActionContext): Promise<Objects> {
  const { bucket, region } = context.target(target, 'bucket');
  const { s3 } = context.aws(region);
  const fetchOne = async (part: Part) => (await s3.read(bucket, keys[part] ?? '', MAX_OBJECT)) ?? { bytes: new Uint8Array(), metadata: {} };
  const [drift, local, remote, diff] = await Promise.all([fetchOne('drift'), fetchOne('local'), fetchOne('remote'), fetchOne('diff')]);
  return { drift, local, remote, diff };
}

function readObjects(objects: Objects) {
  const said = metadataSchema.safeParse(jsonOf(objects.drift.bytes));
  const stamped = metadataSchema.parse(objects.drift.metadata);
  const about = said.success ? said.data : stamped;
  const [local, remote] = [jsonOf(objects.local.bytes), jsonOf(objects.remote.bytes)];
  const wrong = (['local', 'remote'] as const).filter((part) => {
    const digest = part === 'local' ? about.local_sha : about.remote_sha;
    return digest !== '' && digest !== hash('sha256', objects[part].bytes, 'hex');
  });
  const problems = [
    ...(said.success ? [] : ['The drift file is no JSON of the known form; its object’s metadata was used.']),
    ...(stamped.git_sha === '' || stamped.git_sha === about.git_sha ? [] : ['The drift file and its object’s metadata name different commits.']),
    ...(local === null ? ['The local file is no JSON.'] : []),
    ...(remote === null ? ['The remote file is no JSON.'] : []),
    ...wrong.map((part) => `The ${part} file does not have the digest that the drift file says.`),
  ];
  const { app_id, git_sha, file_sha, run_id, run_attempt } = about;
  return { app_id, git_sha, file_sha, run_id, run_attempt, intact: wrong.length === 0 && said.success, local, remote, problems };
}

function folderOf({ folder }: Input, { prefix }: BucketTarget): string {
  return `${prefix}${folder}`;
}

function placeOf(given: Input, context: ActionContext): string {
  const bucket = context.target(given.target, 'bucket');
  return `s3://${bucket.bucket}/${folderOf(given, bucket)}`;
}

function nameOf({ keys }: DriftSet, part: Part): string {
  return (keys[part] ?? part).split('/').at(-1) ?? part;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function jsonOf(bytes: Uint8Array) {
  try {
    return z.json().parse(JSON.parse(textOf(bytes)));
  } catch {
    return null;
  }
}
