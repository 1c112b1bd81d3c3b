import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import { podRights, podsOf, workloadOf } from '../shared/pods.ts';
import { integer, targetInput } from './fields.ts';
import { problemsOf } from './pods.ts';
import { progressOf } from './state.ts';

const output = z.strictObject({
  complete: z.boolean(),
  desired: integer,
  updated: integer,
  ready: integer,
  available: integer,
  stuck: z.boolean(),
  message: z.string(),
});

/** Reasons that do not go away by waiting. */
const HOPELESS = ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'CreateContainerConfigError', 'CrashLoopBackOff', 'cannot be scheduled'];

export const k8sRolloutStatus = readAction({
  name: 'k8s.rollout-status',
  about: 'How far a rollout is, and whether it is stuck.',
  input: targetInput,
  output,
  rights: ({ target }, context) => podRights(context, target),
  async run({ target }, context) {
    const found = await workloadOf(context, target);
    const { complete, desired, updated, ready, available, stuck, message } = progressOf(found.workload);
    const problems = complete ? [] : (await podsOf(found, found)).flatMap(problemsOf);
    const hopeless = problems.find((problem) => HOPELESS.some((reason) => problem.includes(reason)));
    const said = hopeless === undefined ? message : `${message}; ${hopeless}`;
    const hangs = stuck || hopeless !== undefined;
    return {
      state: hangs ? 'bad' : complete ? 'good' : 'seen',
      output: { complete, desired, updated, ready, available, stuck: hangs, message: said },
      summary: said,
    };
  },
});
