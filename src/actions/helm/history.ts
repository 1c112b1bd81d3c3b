import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { durationField, durationMs, integer, targetField } from '../k8s/fields.ts';
import { ageSeconds, sayAge } from '../k8s/moments.ts';
import { rightOn } from '../k8s/resource-name.ts';
import { listServed } from '../k8s/served.ts';
import { currentOf, earlierOf, type HelmHistory, historyRights, readHistory } from './read-history.ts';
import type { HelmRevision } from './release.ts';

const HELM_RELEASE = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' } as const;

const fluxSchema = z.looseObject({
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') })).default([]) })
    .prefault({}),
});

const input = z.strictObject({
  target: targetField.describe('A Helm release'),
  since: durationField.default('24h').describe('Revisions as new as this count as recent'),
  limit: integer.min(1).max(50).default(10),
});

const output = z.strictObject({
  found: z.boolean(),
  current: integer,
  current_hash: z.string(),
  current_version: z.string(),
  /** Revisions deployed within `since`. */
  recent: integer,
  /** Hashes of earlier releases, the newest first: where a rollback can lead. */
  hashes: z.array(z.string()),
  revisions: z.array(
    z.strictObject({ revision: integer, status: z.string(), version: z.string(), deployed: z.string(), hash: z.string(), description: z.string() }),
  ),
  /** Whether the cluster has Flux's HelmRelease; what it says of this release, empty when nothing. */
  flux: z.boolean(),
  flux_says: z.string(),
  says: z.string(),
});

export const helmHistory = readAction({
  name: 'helm.history',
  about: 'The revisions of a Helm release with the release hash of each, and what Flux says of it where Flux is there.',
  input,
  output,
  rights: ({ target }, context) => {
    const rights = historyRights(context, target);
    const flux = rightOn(HELM_RELEASE, rights[0]?.namespace ?? context.cluster().namespace, 'list');
    return [
      ...rights.map((right) => ({ ...right, optional: 'what Helm has deployed is not known' })),
      { ...flux, optional: 'what Flux says of the release is not known' },
    ];
  },
  async run({ target, since, limit }, context) {
    const now = await context.now();
    const [read, flux] = await Promise.all([readIfAllowed(context, target), fluxOf(context, target)]);
    if (typeof read === 'string')
      return {
        state: 'unknown',
        output: { flux: flux.served, flux_says: flux.says },
        summary: [read, ...(flux.says === '' ? [] : [flux.says])].join(' '),
        needs: read,
      };
    const { release, namespace, revisions, unread, newestUnread } = read;
    const fluxSays = flux.says === '' ? [] : [flux.says];
    const current = currentOf(revisions);
    if (current === undefined) {
      const why = unread === 0 ? 'Helm keeps no Secret of it there.' : `${plural(unread, 'Secret')} of it could not be read.`;
      const summary = [`No history of ${release} in namespace ${namespace}: ${why}`, ...fluxSays].join(' ');
      return { state: 'unknown', output: { found: false, flux: flux.served, flux_says: flux.says }, summary };
    }
    const recent = revisions.filter(({ deployed }) => ageSeconds(deployed, now) * 1000 <= durationMs(since) && deployed !== '').length;
    const hashes = earlierOf(revisions).map(({ hash }) => hash);
    const newer = newestUnread > current.revision ? ` Revision ${newestUnread} could not be read, so what serves now is not known.` : '';
    const says = `${sayHistory(release, current, revisions, now)}${newer}`;
    return {
      output: {
        found: true,
        current: current.revision,
        current_hash: current.hash,
        current_version: current.version,
        recent,
        hashes,
        revisions: revisions
          .slice(0, limit)
          .map(({ revision, status, version, deployed, hash, description }) => ({ revision, status, version, deployed, hash, description })),
        flux: flux.served,
        flux_says: flux.says,
        says,
      },
      summary: [says, `${recent} within ${since}.`, ...(unread === 0 ? [] : [`${plural(unread, 'Secret')} could not be read.`]), ...fluxSays].join(
        ' ',
      ),
      table: {
        columns: ['Rev', 'Status', 'Chart', 'Deployed', 'Hash', 'What'],
        rows: revisions
          .slice(0, limit)
          .map((one) => [
            String(one.revision),
            one.status,
            one.version,
            one.deployed === '' ? '' : `${sayAge(ageSeconds(one.deployed, now))} ago`,
            one.hash === '' ? 'none' : `${one.hash.slice(0, 12)} (${one.hashFrom})`,
            one.description,
          ]),
      },
    };
  },
});

/** Helm's history, or why Tocsin may not read it: a list of Secrets is not given to everybody. */
async function readIfAllowed(context: ActionContext, target: string): Promise<HelmHistory | string> {
  try {
    return await readHistory(context, target);
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'forbidden') return error.message;
    throw error;
  }
}

function sayHistory(release: string, current: HelmRevision, revisions: readonly HelmRevision[], now: number): string {
  const age = current.deployed === '' ? '' : `, deployed ${sayAge(ageSeconds(current.deployed, now))} ago`;
  const without = revisions.filter(({ hash }) => hash === '').length;
  const hashes = without === 0 ? '' : ` ${plural(without, 'revision carries', 'revisions carry')} no release hash.`;
  return `${release} is at revision ${current.revision} (${current.version}${age}), of ${plural(revisions.length, 'revision')}.${hashes}`;
}

/** What Flux says of a release of that name; nothing where it may not be read. */
async function fluxOf(context: ActionContext, target: string): Promise<{ readonly served: boolean; readonly says: string }> {
  const { helm: release, ...place } = context.target(target, 'helm');
  try {
    const objects = await listServed(context.cluster(place), HELM_RELEASE);
    if (objects === null) return { served: false, says: '' };
    const found = objects.find(({ metadata }) => metadata.name === release);
    const ready = fluxSchema.safeParse(found).data?.status.conditions.find(({ type }) => type === 'Ready');
    if (found === undefined) return { served: true, says: `Flux has no HelmRelease ${release}.` };
    if (ready === undefined) return { served: true, says: `Flux says nothing yet of HelmRelease ${release}.` };
    const state = ready.status === 'True' ? 'is ready' : ready.status === 'False' ? 'is not ready' : 'is in progress';
    return { served: true, says: `HelmRelease ${release} of Flux ${state}: ${ready.message.replace(/\.$/, '')}.` };
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'forbidden') return { served: false, says: '' };
    throw error;
  }
}
