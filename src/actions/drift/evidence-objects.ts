import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ActionContext, Permission } from '../../ports/action.ts';
import type { StoredObject } from '../../ports/aws.ts';
import { withoutNulls } from '../aws/nulls.ts';
import { aws, bucketArn, objectsArn } from '../aws/permissions.ts';
import { targetField } from '../shared/fields.ts';
import { type DriftSet, PARTS, type Part } from './evidence-keys.ts';

/** Of one object, bytes. */
const MAX_OBJECT = 4 * 1024 * 1024;

/** Where a drift workflow leaves its evidence, as inputs name it. */
export const placeFields = {
  target: targetField.describe('The audit bucket.'),
  folder: z.string().default('audit/drift/').describe('Where in it the drifts lie.'),
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'expected letters, digits and dashes')
    .default('guardrail')
    .describe('What the names of the objects begin with.'),
};
export interface EvidencePlace {
  readonly target: string;
  readonly folder: string;
  readonly name: string;
}

/** The bytes of one drift, and what S3 keeps with them. */
export type EvidenceObjects = Readonly<Record<Part, { readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, string>> }>>;

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

export function evidencePermissions({ target }: EvidencePlace, context: ActionContext): Permission[] {
  const bucket = context.target(target, 'bucket');
  return [aws('s3:ListBucket', bucketArn(bucket)), aws('s3:GetObject', objectsArn(bucket))];
}

/** For people: `s3://BUCKET/audit/drift/`. */
export function sayPlace(place: EvidencePlace, context: ActionContext): string {
  const { bucket, prefix } = context.target(place.target, 'bucket');
  return `s3://${bucket}/${prefix}${place.folder}`;
}

/** The objects of all drifts since a time such as `2025-10-19T11:54:58`; `null`: of all there are. */
export async function listObjects(place: EvidencePlace, context: ActionContext, since: string | null): Promise<StoredObject[]> {
  const { bucket, prefix, region } = context.target(place.target, 'bucket');
  const { s3 } = context.aws(region);
  const lists = await Promise.all(
    PARTS.map(async (part) => {
      const begin = `${prefix}${place.folder}${place.name}-${part}-`;
      const objects: StoredObject[] = [];
      // Just before the first key of that time, which is to be among them.
      for await (const object of s3.list(bucket, begin, since === null ? undefined : `${begin}${since.slice(0, -1)}`)) objects.push(object);
      return objects;
    }),
  );
  return lists.flat();
}

/** The four objects of a drift. One that is gone meanwhile is empty. */
export async function fetchObjects({ keys }: DriftSet, { target }: EvidencePlace, context: ActionContext): Promise<EvidenceObjects> {
  const { bucket, region } = context.target(target, 'bucket');
  const { s3 } = context.aws(region);
  const fetchOne = async (part: Part) => (await s3.read(bucket, keys[part] ?? '', MAX_OBJECT)) ?? { bytes: new Uint8Array(), metadata: {} };
  const [drift, local, remote, diff] = await Promise.all([fetchOne('drift'), fetchOne('local'), fetchOne('remote'), fetchOne('diff')]);
  return { drift, local, remote, diff };
}

/** What the objects of a drift say, and whether they are what the drift file says. */
export function readObjects(objects: EvidenceObjects) {
  const said = metadataSchema.safeParse(withoutNulls(jsonOf(objects.drift.bytes)));
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
    ...(local === null ? [sayUnread('local', objects)] : []),
    ...(remote === null ? [sayUnread('remote', objects)] : []),
    ...wrong.map((part) => `The ${part} file does not have the digest that the drift file says.`),
  ];
  const { app_id, git_sha, file_sha, run_id, run_attempt } = about;
  return { app_id, git_sha, file_sha, run_id, run_attempt, intact: wrong.length === 0 && said.success, local, remote, problems };
}

function sayUnread(part: Part, objects: EvidenceObjects): string {
  return objects[part].bytes.byteLength === 0 ? `The ${part} file is empty.` : `The ${part} file is no JSON.`;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function jsonOf(bytes: Uint8Array) {
  try {
    return z.json().parse(JSON.parse(textOf(bytes)));
  } catch {
    return null;
  }
}
