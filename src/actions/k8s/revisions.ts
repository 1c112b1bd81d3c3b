import type { Json } from '../../domain/record.ts';
import { smallest } from '../../lib/numbers.ts';
import type { KubeObject } from '../../ports/cluster.ts';
import { digestOf } from '../shared/digest.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { plain } from './change.ts';
import {
  type ControllerRevision,
  controllerRevisionSchema,
  parsed,
  type ReplicaSet,
  replicaSetSchema,
  type Template,
  templateSchema,
} from './shapes.ts';

/** One revision of a workload. `template` is the pod template as it can be put back. */
export interface Revision {
  readonly revision: number;
  readonly name: string;
  readonly template: Readonly<Record<string, Json>>;
  readonly parsed: Template;
  readonly image: string;
  readonly created: string;
  readonly changeCause: string;
  readonly current: boolean;
  readonly replicas: number;
  readonly ready: number;
}

const REVISION = 'deployment.kubernetes.io/revision';
const CAUSE = 'kubernetes.io/change-cause';
/** Labels that controllers add to a template; a template that keeps them would be another one. */
const OWN_LABELS = ['pod-template-hash', 'controller-revision-hash', 'pod-template-generation'];

/** Revisions of a workload, oldest first: ReplicaSets of a Deployment, ControllerRevisions of the others. */
export async function revisionsOf(found: FoundWorkload): Promise<readonly Revision[]> {
  const revisions = found.workload.kind === 'Deployment' ? await ofDeployment(found) : await ofOthers(found);
  return [...revisions].sort((one, other) => one.revision - other.revision);
}

/**
 * The newest earlier revision whose pods would be others than `now`'s. A restart makes a revision that differs in an annotation only: going
 * back to that would start the same pods again. One that was made after these pods were first is what somebody has rolled back from, or put
 * back: going there would undo that.
 */
export function earlierRevision(revisions: readonly Revision[], now: Readonly<Record<string, Json>>): Revision | undefined {
  const running = podsOf(now);
  const first = firstMade(revisions, running);
  return revisions.findLast((one) => !one.current && podsOf(one.template) !== running && Date.parse(one.created) <= first);
}

/** Whether a revision was made after the pods that run now were first: they are older, and were gone back to. */
export function isLeftBehind(revisions: readonly Revision[], now: Readonly<Record<string, Json>>, { created }: Pick<Revision, 'created'>): boolean {
  return Date.parse(created) > firstMade(revisions, podsOf(now));
}

/** When pods of this kind were first made, ms: a rollback gives an old revision a new number, and its age stays. */
function firstMade(revisions: readonly Revision[], pods: string): number {
  const made = revisions.filter(({ template }) => podsOf(template) === pods).map(({ created }) => Date.parse(created));
  return smallest(made);
}

/** What makes the pods of a template what they are: all of it but its annotations. */
function podsOf(template: Readonly<Record<string, Json>>): string {
  const metadata = { ...(template['metadata'] as Readonly<Record<string, Json>> | undefined) };
  delete metadata['annotations'];
  return digestOf({ ...template, metadata });
}

export function imagesOf(template: Template): string {
  return template.spec.containers.map((container) => container.image).join(', ');
}

/** The pod template of a workload as it is now. */
export function currentTemplate(object: KubeObject): Readonly<Record<string, Json>> {
  const spec = plain(object['spec']) as { readonly template?: Json };
  return cleaned(spec.template ?? {});
}

/** Without what a controller puts into its copy. */
export function cleaned(template: Json): Readonly<Record<string, Json>> {
  const copy = structuredClone(template) as { metadata?: { labels?: Record<string, Json>; creationTimestamp?: Json }; [field: string]: unknown };
  delete copy['$patch'];
  if (copy.metadata !== undefined) {
    delete copy.metadata.creationTimestamp;
    for (const own of OWN_LABELS) delete copy.metadata.labels?.[own];
  }
  return copy as Readonly<Record<string, Json>>;
}

async function ofDeployment(found: FoundWorkload): Promise<readonly Revision[]> {
  const current = found.workload.metadata.annotations[REVISION];
  const objects = await found.cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' });
  return objects
    .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === found.object.metadata.uid) === true)
    .map((object) => {
      const set: ReplicaSet = parsed(replicaSetSchema, object);
      const revision = Number(set.metadata.annotations[REVISION] ?? 0);
      return {
        revision,
        name: set.metadata.name,
        template: cleaned((plain(object['spec']) as { template: Json }).template),
        parsed: set.spec.template,
        image: imagesOf(set.spec.template),
        created: set.metadata.creationTimestamp,
        changeCause: set.metadata.annotations[CAUSE] ?? '',
        current: String(revision) === current,
        replicas: set.spec.replicas,
        ready: set.status.readyReplicas,
      };
    });
}

async function ofOthers(found: FoundWorkload): Promise<readonly Revision[]> {
  const objects = await found.cluster.list({ apiVersion: 'apps/v1', kind: 'ControllerRevision' });
  const own = objects
    .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === found.object.metadata.uid) === true)
    .map((object): ControllerRevision => parsed(controllerRevisionSchema, object));
  const newest = own.reduce((most, one) => Math.max(most, one.revision), 0);
  const { updateRevision } = found.workload.status;
  return own.map((one) => {
    const template = cleaned(plain(one.data.spec.template));
    const read = templateSchema.parse(template);
    return {
      revision: one.revision,
      name: one.metadata.name,
      template,
      parsed: read,
      image: imagesOf(read),
      created: one.metadata.creationTimestamp,
      changeCause: one.metadata.annotations[CAUSE] ?? '',
      current: updateRevision === '' ? one.revision === newest : one.metadata.name === updateRevision,
      replicas: 0,
      ready: 0,
    };
  });
}
