import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { KubeObject } from '../../ports/cluster.ts';

/** Unpacked, a release may have this many bytes: a Secret holds one mebibyte of it packed. */
const MOST_BYTES = 32 * 1024 * 1024;
const HASH = /^(?:sha256:)?([a-f0-9]{64})$/;

const text = z.string().default('');
const releaseSchema = z.looseObject({
  version: z.number().int(),
  info: z.looseObject({ status: text, last_deployed: text, description: text }).prefault({}),
  chart: z
    .looseObject({
      metadata: z.looseObject({ version: text, appVersion: text, annotations: z.record(z.string(), z.string()).nullish() }).prefault({}),
      values: z.record(z.string(), z.unknown()).nullish(),
    })
    .prefault({}),
  config: z.record(z.string(), z.unknown()).nullish(),
});
type Release = z.infer<typeof releaseSchema>;

/** One revision of a Helm release, without any of its values: they may be secret. */
export interface HelmRevision {
  readonly revision: number;
  readonly status: string;
  readonly version: string;
  readonly appVersion: string;
  /** RFC 3339; empty where it is not known. */
  readonly deployed: string;
  readonly description: string;
  /** 64 hexadecimal digits; empty when the release carries none. */
  readonly hash: string;
  /** Where the hash was found, for people. */
  readonly hashFrom: string;
}

/** How many bytes may still be unpacked. */
export interface Unpacking {
  left: number;
}

/** What Helm stored in a Secret of the type `helm.sh/release.v1`: base64 by the API, base64 and gzip by Helm. `null` when it is none of it. */
export function helmRevision(secret: KubeObject, unpacking: Unpacking = { left: MOST_BYTES }): HelmRevision | null {
  const data = secret['data'];
  const packed = typeof data === 'object' && data !== null && 'release' in data && typeof data.release === 'string' ? data.release : null;
  const release = packed === null ? null : unpacked(packed, unpacking);
  if (release === null) return null;
  const { info, chart, version } = release;
  const { hash, from } = hashOf(secret.metadata.labels ?? {}, release);
  return {
    revision: version,
    status: info.status,
    version: chart.metadata.version,
    appVersion: chart.metadata.appVersion,
    deployed: info.last_deployed,
    description: info.description,
    hash,
    hashFrom: from,
  };
}

function unpacked(packed: string, unpacking: Unpacking): Release | null {
  const most = Math.min(MOST_BYTES, unpacking.left);
  if (most <= 0) return null;
  try {
    const zipped = Buffer.from(Buffer.from(packed, 'base64').toString('latin1'), 'base64');
    const plain = gunzipSync(zipped, { maxOutputLength: most });
    unpacking.left -= plain.length;
    const json: unknown = JSON.parse(plain.toString('utf8'));
    return releaseSchema.safeParse(json).data ?? null;
  } catch {
    return null;
  }
}

interface Hashed {
  readonly hash: string;
  readonly from: string;
}

const NO_HASH: Hashed = { hash: '', from: '' };

/** The release's hash: in labels, the chart's annotations, or the values `releaseHash` and `image.digest`. Nothing is guessed. */
function hashOf(labels: Readonly<Record<string, string>>, { chart, config }: Release): Hashed {
  return (
    only(labels, 'label') ??
    only(chart.metadata.annotations ?? {}, 'chart annotation') ??
    named(config ?? {}, 'value') ??
    named(chart.values ?? {}, 'chart value') ??
    NO_HASH
  );
}

/** The only hash there is; of several the one that is called so. */
function only(entries: Readonly<Record<string, string>>, where: string): Hashed | null {
  const found = Object.entries(entries).flatMap(([key, value]) => {
    const hash = HASH.exec(value)?.[1];
    return hash === undefined ? [] : [{ key, hash }];
  });
  const [one] = found.length === 1 ? found : found.filter(({ key }) => /release.?hash/i.test(key));
  return one === undefined ? null : { hash: one.hash, from: `${where} ${one.key}` };
}

function named(values: Readonly<Record<string, unknown>>, where: string): Hashed | null {
  const image = values['image'];
  const digest = typeof image === 'object' && image !== null && 'digest' in image ? image.digest : undefined;
  for (const [name, value] of [['releaseHash', values['releaseHash']] as const, ['image.digest', digest] as const]) {
    const hash = typeof value === 'string' ? HASH.exec(value)?.[1] : undefined;
    if (hash !== undefined) return { hash, from: `${where} ${name}` };
  }
  return null;
}
