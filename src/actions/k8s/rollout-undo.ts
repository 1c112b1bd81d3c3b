import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import { changeAction } from '../../ports/action.ts';
import { diffObjects, shownValue } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { type FoundWorkload, findWorkload, podRights, workloadOf, workloadPlace } from '../shared/pods.ts';
import { assertFresh, changeObject, stale, touch } from './change.ts';
import { dependencies, rolloutNotes, rolls } from './describe-change.ts';
import { integer, targetField } from './fields.ts';
import { currentTemplate, earlierRevision, isLeftBehind, type Revision, revisionsOf } from './revisions.ts';
import { revisionRight, workloadRight } from './rights.ts';

const input = z.strictObject({
  target: targetField,
  revision: integer
    .min(1)
    .optional()
    .describe(
      'The newest earlier one with other pods unless told: a restart alone is none, nor is one that was rolled back from; k8s.history lists them',
    ),
});
const output = z.strictObject({ object: z.string(), revision: integer, image: z.string(), already: z.boolean() });

/** `template`: digest of the pod template that is gone back to. */
const scopeSchema = z.strictObject({ revision: integer, image: z.string(), template: z.string() });
const snapshotSchema = z.strictObject({ template: z.record(z.string(), z.unknown()) });

export const k8sRolloutUndo = changeAction({
  name: 'k8s.rollout-undo',
  about: 'Goes back to the pod template of an earlier revision.',
  effect: 'change',
  input,
  output,
  rights: ({ target }, context) => [...podRights(context, target), workloadRight(context, target, 'patch'), revisionRight(context, target)],
  async preflight({ target, revision }, context) {
    const found = await findWorkload(workloadPlace(context, target));
    if (found === null) return [];
    const revisions = await revisionsOf(found);
    if (revision !== undefined && !revisions.some((one) => !one.current && one.revision === revision)) {
      return [
        {
          state: 'failure',
          what: `${found.label} has no earlier revision ${revision}`,
          advice: 'Leave the revision out of the step to go back to the one before.',
        },
      ];
    }
    const earlier = revision === undefined ? earlierRevision(revisions, currentTemplate(found.object))?.revision : revision;
    return [
      earlier === undefined
        ? {
            state: 'warning',
            what: `${found.label} has no earlier revision with other pods`,
            advice: 'There is nothing to go back to until another version is deployed.',
          }
        : { state: 'ok', what: `${found.label} can go back to revision ${earlier}`, advice: null },
    ];
  },
  async plan({ target, revision }, context) {
    const found = await workloadOf(context, target);
    const now = currentTemplate(found.object);
    const revisions = await revisionsOf(found);
    const chosen = choose(revisions, revision, found, now);
    const undone = isLeftBehind(revisions, now, chosen)
      ? [`This undoes a rollback: revision ${chosen.revision} is newer than the pods that run now, and was rolled back from.`]
      : [];
    const answer = await found.cluster.patch(found.ref, { type: 'strategic', body: templateBody(chosen.template) }, { dryRun: true });
    return {
      summary: `Rolls ${found.label} back to revision ${chosen.revision} (${chosen.image}; ${rolls(found.workload)})`,
      diff: diffObjects(shown(now), shown(currentTemplate(answer))),
      noPlan: null,
      notes: [...undone, ...rolloutNotes(found.workload), ...restoredNotes(chosen)],
      touches: [touch(found.object, 'pod template', now)],
      changes: digestOf(now) !== digestOf(chosen.template),
      scope: { revision: chosen.revision, image: chosen.image, template: digestOf(chosen.template) },
      snapshot: { template: now },
    };
  },
  async apply({ target }, planned, context) {
    const scope = scopeSchema.parse(planned.scope);
    const found = await workloadOf(context, target);
    const revisions = await revisionsOf(found);
    const { already } = await changeObject(found.cluster, found.ref, (object) => {
      const now = currentTemplate(object);
      if (digestOf(now) === scope.template) return { done: true };
      assertFresh(planned.touches, object, now);
      // By its content: going back gives an old revision a new number.
      const wanted = revisions.find((one) => digestOf(one.template) === scope.template);
      if (wanted === undefined) throw stale(found.label, `revision ${scope.revision} is no longer kept`);
      return { done: false, patch: { type: 'strategic', body: templateBody(wanted.template) } };
    });
    return {
      output: { object: found.label, revision: scope.revision, image: scope.image, already },
      summary: `${found.label} ${already ? 'already is' : 'goes back'} to revision ${scope.revision} (${scope.image})`.replace(
        'already is to',
        'already is at',
      ),
    };
  },
  async revert({ target }, planned, context, force) {
    const scope = scopeSchema.parse(planned.scope);
    const before = snapshotSchema.parse(planned.snapshot).template as Readonly<Record<string, Json>>;
    const found = await workloadOf(context, target);
    const now = currentTemplate(found.object);
    if (digestOf(now) === digestOf(before)) return { kind: 'already', summary: `${found.label} already has the pod template again that it had` };
    if (digestOf(now) !== scope.template && !force) {
      return { kind: 'conflict', summary: `Somebody changed the pod template of ${found.label} since`, diff: diffObjects(shown(now), shown(before)) };
    }
    const seen = digestOf(now);
    await changeObject(found.cluster, found.ref, (object) => {
      const live = digestOf(currentTemplate(object));
      if (live === digestOf(before)) return { done: true };
      if (live !== seen && !force) throw stale(found.label, 'its pod template changed just now');
      return { done: false, patch: { type: 'strategic', body: templateBody(before) } };
    });
    return { kind: 'reverted', summary: `${found.label} has the pod template again that it had before` };
  },
  async recover({ target }, _planned, digest, context) {
    const found = await workloadOf(context, target);
    const snapshots = (await revisionsOf(found)).map((one) => ({ template: one.template }));
    return snapshots.find((snapshot) => digestOf(snapshot) === digest) ?? null;
  },
});

/** @throws UserError `no-revision` */
function choose(revisions: readonly Revision[], wanted: number | undefined, found: FoundWorkload, now: Readonly<Record<string, Json>>): Revision {
  const named = wanted === undefined ? earlierRevision(revisions, now) : revisions.find((one) => one.revision === wanted);
  if (named !== undefined) return named;
  const there = revisions.map((one) => `${one.revision}${one.current ? ' (current)' : ''}`).join(', ') || 'none';
  const which = wanted === undefined ? 'no earlier revision with other pods' : `no revision ${wanted}`;
  throw new UserError('no-revision', `${found.label} has ${which}. Revisions: ${there}.`, { refusal: true });
}

function templateBody(template: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return { spec: { template: { $patch: 'replace', ...template } } };
}

function restoredNotes(chosen: Revision): readonly string[] {
  const needs = dependencies(chosen.parsed);
  const names = [
    ...needs.configMaps.map((name) => `configmap/${name}`),
    ...needs.secrets.map((name) => `secret/${name}`),
    ...needs.claims.map((name) => `volume ${name}`),
  ];
  const restored = 'It restores the pod template only: image, command, environment, mounts.';
  return names.length === 0 ? [restored] : [restored, `It does not restore the content of ${names.join(', ')}.`];
}

/** A template as people may see it. */
function shown(template: Readonly<Record<string, Json>>): unknown {
  const copy = structuredClone(template) as {
    spec?: Record<'containers' | 'initContainers', { env?: { name: string; value?: string }[] }[] | undefined>;
  };
  for (const container of [...(copy.spec?.initContainers ?? []), ...(copy.spec?.containers ?? [])]) {
    for (const entry of container.env ?? []) if (entry.value !== undefined) entry.value = shownValue(entry.name, entry.value);
  }
  return copy;
}
