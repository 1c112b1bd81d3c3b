import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { workloadOf } from '../shared/pods.ts';
import { integer, targetInput } from './fields.ts';
import { currentTemplate, earlierRevision, revisionsOf } from './revisions.ts';
import { revisionRight, workloadRight } from './rights.ts';

const output = z.strictObject({
  /** The revision that a rollback goes to; 0 when there is none. */
  back_to: integer,
  revisions: z.array(z.strictObject({ revision: integer, image: z.string(), created: z.string(), change_cause: z.string(), current: z.boolean() })),
});

export const k8sHistory = readAction({
  name: 'k8s.history',
  about: 'Revisions of a workload that can be gone back to.',
  input: targetInput,
  output,
  rights: ({ target }, context) => [workloadRight(context, target, 'get'), revisionRight(context, target)],
  async run({ target }, context) {
    const found = await workloadOf(context, target);
    const kept = await revisionsOf(found);
    const back = earlierRevision(kept, currentTemplate(found.object))?.revision ?? 0;
    const revisions = kept.map(({ revision, image, created, changeCause, current }) => ({
      revision,
      image,
      created,
      change_cause: changeCause,
      current,
    }));
    const current = revisions.find((one) => one.current);
    return {
      output: { back_to: back, revisions },
      summary: [
        `${plural(revisions.length, 'revision')} of ${found.label}`,
        ...(current === undefined ? [] : [`current is ${current.revision} (${current.image})`]),
        back === 0 ? 'none to roll back to' : `a rollback goes to ${back}`,
      ].join(', '),
      table: {
        columns: ['Revision', 'Image', 'Created', 'Change cause'],
        rows: revisions.map((one) => [`${one.revision}${one.current ? ' (current)' : ''}`, one.image, one.created, one.change_cause]),
      },
    };
  },
});
