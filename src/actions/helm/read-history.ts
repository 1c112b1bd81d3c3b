import type { ActionContext } from '../../ports/action.ts';
import type { Right } from '../../ports/cluster.ts';
import { type HelmRevision, helmRevision } from './release.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;

export interface HelmHistory {
  readonly release: string;
  readonly namespace: string;
  /** Newest first. */
  readonly revisions: readonly HelmRevision[];
  /** Secrets of the release that could not be read. */
  readonly unread: number;
}

/** The revisions of a Helm release target, by the Secrets that Helm keeps them in. @throws UserError, ClusterError */
export async function readHistory(context: ActionContext, target: string): Promise<HelmHistory> {
  const { helm: release, ...place } = context.target(target, 'helm');
  const cluster = context.cluster(place);
  const secrets = await cluster.list(SECRET, { labelSelector: `owner=helm,name=${release}` });
  const read = secrets.map(helmRevision);
  const revisions = read.filter((one) => one !== null).sort((one, other) => other.revision - one.revision);
  return { release, namespace: cluster.namespace, revisions, unread: read.length - revisions.length };
}

/** RBAC knows no labels: who reads Helm's history may list the namespace's Secrets. */
export function historyRights(context: ActionContext, target: string): Right[] {
  const { helm: _release, ...place } = context.target(target, 'helm');
  return [{ group: '', resource: 'secrets', verbs: ['list'], namespace: context.cluster(place).namespace }];
}

/** The revision that serves now, or `undefined`. */
export function currentOf(revisions: readonly HelmRevision[]): HelmRevision | undefined {
  return revisions.find(({ status }) => status === 'deployed') ?? revisions[0];
}

/** Releases before the current one that differ from it, the newest first, each hash once: where a rollback can lead. */
export function earlierOf(revisions: readonly HelmRevision[]): readonly HelmRevision[] {
  const current = currentOf(revisions);
  const seen = new Set([current?.hash, '']);
  return revisions.filter((one) => {
    if (current === undefined || one.revision >= current.revision || seen.has(one.hash) || one.status === 'failed') return false;
    seen.add(one.hash);
    return true;
  });
}
