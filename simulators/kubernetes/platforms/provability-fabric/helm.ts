import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Secret } from '../../kinds.ts';
import type { Kit } from '../platform.ts';
import { FLUX } from './state.ts';

export const RELEASE = 'provability-fabric';
const SECRET_TYPE = 'helm.sh/release.v1';
const HASH = 'prov-fabric.io/release-hash';

/** One revision of the platform's Helm release. */
export interface Revision {
  readonly revision: number;
  readonly status: string;
  readonly version: string;
  /** 64 hexadecimal digits; what a Rollback names as its target. */
  readonly hash: string;
  readonly image: string;
}

/** The release's hash of a chart's version, as the platform's build stamps it. */
export function releaseHash(version: string): string {
  return createHash('sha256').update(`provability-fabric ${version}`).digest('hex');
}

/** Stores a revision as Helm's Secret driver does; the one before is superseded. */
export function deploy(kit: Kit, version: string, description: string, at = kit.cluster.clock.now()): number {
  const before = revisions(kit);
  const revision = (before.at(-1)?.revision ?? 0) + 1;
  for (const one of before.filter(({ status }) => status === 'deployed')) supersede(kit, one.revision);
  const name = `sh.helm.release.v1.${RELEASE}.v${revision}`;
  const image = `provability-fabric/capsule:v${version}`;
  const time = new Date(at).toISOString();
  const release = {
    name: RELEASE,
    info: { first_deployed: time, last_deployed: time, deleted: '', description, status: 'deployed' },
    chart: {
      metadata: { name: RELEASE, version, apiVersion: 'v2', appVersion: `v${version}`, annotations: { [HASH]: releaseHash(version) } },
      templates: [],
      values: { capsule: { image } },
    },
    config: {},
    manifest: `---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: capsule\nspec:\n  template:\n    spec:\n      containers:\n        - image: ${image}\n`,
    version: revision,
    namespace: FLUX,
  };
  kit.cluster.create('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: FLUX,
      labels: { owner: 'helm', name: RELEASE, status: 'deployed', version: String(revision), modifiedAt: String(Math.floor(at / 1000)) },
    },
    type: SECRET_TYPE,
    data: { release: encode(release) },
  });
  return revision;
}

/** All revisions, oldest first. */
export function revisions(kit: Kit): Revision[] {
  return secrets(kit)
    .map((secret) => {
      const release = decode(secret);
      const { version, annotations } = release.chart.metadata;
      return {
        revision: release.version,
        status: release.info.status,
        version,
        hash: annotations[HASH] ?? '',
        image: release.chart.values.capsule.image,
      };
    })
    .sort((one, other) => one.revision - other.revision);
}

function secrets(kit: Kit): Secret[] {
  return kit.cluster.store
    .list<Secret>('secrets', FLUX)
    .filter((secret) => secret.type === SECRET_TYPE && secret.metadata.labels?.['name'] === RELEASE);
}

function supersede(kit: Kit, revision: number): void {
  const found = secrets(kit).find((secret) => secret.metadata.labels?.['version'] === String(revision));
  if (found === undefined) return;
  const release = decode(found);
  kit.cluster.store.change<Secret>('secrets', found, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, status: 'superseded' };
    draft.data = { release: encode({ ...release, info: { ...release.info, status: 'superseded' } }) };
  });
}

interface Release {
  readonly version: number;
  readonly info: { readonly status: string };
  readonly chart: {
    readonly metadata: { readonly version: string; readonly annotations: Readonly<Record<string, string>> };
    readonly values: { readonly capsule: { readonly image: string } };
  };
}

/** gzip and base64 by Helm, base64 once more by the API. */
function encode(release: object): string {
  return Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
}

function decode(secret: Secret): Release {
  const packed = Buffer.from(Buffer.from(secret.data?.['release'] ?? '', 'base64').toString(), 'base64');
  return JSON.parse(gunzipSync(packed).toString('utf8')) as Release;
}
