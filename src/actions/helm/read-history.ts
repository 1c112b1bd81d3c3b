import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../domain/errors.ts';
import { largest } from '../../lib/numbers.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { KubeObject, Right } from '../../ports/cluster.ts';
import { type HelmRevision, helmRevision, type Unpacking } from './release.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;
/** Unpacked, all revisions together may have this many bytes; the newest are read first. */
const MOST_TOGETHER = 96 * 1024 * 1024;

export interface HelmHistory {
  readonly release: string;
  readonly namespace: string;
  /** Newest first. */
  readonly revisions: readonly HelmRevision[];
  /** Secrets of the release that could not be read. */
  readonly unread: number;
  /** The newest revision among these, by its label; 0 where there is none. */
  readonly newestUnread: number;
}

/** The revisions of a Helm release target, by the Secrets that Helm keeps them in. @throws UserError, ClusterError */
export async function readHistory(context: ActionContext, target: string): Promise<HelmHistory> {
  const { helm: release, ...place } = context.target(target, 'helm');
  const cluster = context.cluster(place);
  const secrets = await cluster.list(SECRET, { labelSelector: `owner=helm,name=${release}` });
  const { revisions, unread } = await readSecrets(secrets);
  return {
    release,
    namespace: cluster.namespace,
    revisions,
    unread: unread.length,
    newestUnread: Math.max(0, largest(unread.map(labelledRevision))),
  };
}

/** The newest first, one by one: whatever was written there, the bot does something else between them. */
export async function readSecrets(
  secrets: readonly KubeObject[],
  unpacking: Unpacking = { left: MOST_TOGETHER },
): Promise<{ readonly revisions: readonly HelmRevision[]; readonly unread: readonly KubeObject[] }> {
  const revisions: HelmRevision[] = [];
  const unread: KubeObject[] = [];
  for (const secret of secrets.toSorted((one, other) => labelledRevision(other) - labelledRevision(one))) {
    const read = helmRevision(secret, unpacking);
    if (read === null) unread.push(secret);
    else revisions.push(read);
    await setImmediate();
  }
  return { revisions: revisions.sort((one, other) => other.revision - one.revision), unread };
}

/** Helm writes the revision on its Secret, too. */
function labelledRevision({ metadata }: KubeObject): number {
  const label = metadata.labels?.['version'] ?? '';
  return /^\d{1,9}$/.test(label) ? Number(label) : 0;
}

/** The revision that serves now. @throws UserError `history-unread` where a newer one cannot be read, which nobody may plan on */
export function servingOf({ release, revisions, newestUnread }: HelmHistory): HelmRevision | undefined {
  const current = currentOf(revisions);
  if (newestUnread <= (current?.revision ?? 0)) return current;
  throw new UserError(
    'history-unread',
    `Revision ${newestUnread} of ${release} cannot be read, so what serves now is not known. Look with helm history, and roll back with helm.`,
    { refusal: true },
  );
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
