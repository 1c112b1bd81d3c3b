import { z } from 'zod';
import { sayDuration, sayMoment, toIso } from '../../lib/time.ts';
import { type ActionContext, type Permission, readAction } from '../../ports/action.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { githubPreflight, permissions, workflowAt, workflowCheck } from '../github/place.ts';
import { isPassed } from '../github/runs.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { compareControls } from './compare.ts';
import { type DriftSet, groupByTime, missingParts } from './evidence-keys.ts';
import { evidencePermissions, fetchObjects, listObjects, placeFields, readObjects, sayPlace } from './evidence-objects.ts';

/** Different drifts that are compared, at most; one that lasts is the same each hour and counts once. */
const MAX_COMPARED = 40;
/** Passed runs that are looked at, at most: four days of an hourly workflow. */
const MAX_RUNS = 100;

const input = z.strictObject({
  ...placeFields,
  workflow: targetField
    .optional()
    .describe('The workflow that compares both. It leaves no evidence when they are the same: then it passes, which counts too.'),
  since: duration.default('30d').describe('How far to look back.'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({
  moments: z
    .array(z.string())
    .describe('When what is live was seen to be what the source said, the newest first: the newest evidence that shows it, and runs that passed.'),
  complete: z.boolean().describe('False when there were more differing drifts than are compared.'),
});

/** `actions: read` of GitHub. */
const RUNS = permissions(['actions', 'read']);

/** When what is live was last what its source said (VO-08): whoever changed it before did not make the difference of now. */
export const driftVerified = readAction({
  name: 'drift.verified',
  about: 'Finds when what is live was last seen to be what its source said: by drift evidence, and by runs of the workflow that passed.',
  input,
  output,
  targets: ({ target, workflow }) => (workflow === undefined ? [target] : [target, workflow]),
  permissions: (given, context): Permission[] => [...evidencePermissions(given, context), ...(given.workflow === undefined ? [] : RUNS)],
  async preflight(given, context) {
    const bucket = await awsPreflight(context.aws(context.target(given.target, 'bucket').region), async () => {
      const sets = await setsSince(given, context);
      return `${sets.length === 0 ? 'No' : sets.length} complete drifts of the last ${given.since} under ${sayPlace(given, context)}`;
    });
    if (given.workflow === undefined) return bucket;
    const place = workflowAt(context, given.workflow);
    return [...bucket, ...(await githubPreflight(place, RUNS, () => workflowCheck(place)))];
  },

  async run(given, context) {
    const [{ equal, complete }, passed] = await Promise.all([lastEqual(given, context), passedRuns(given, context)]);
    const moments = [...(equal === null ? [] : [equal]), ...passed].sort((left, right) => right - left);
    const [newest] = moments;
    const ago = newest === undefined ? '' : ` (${sayDuration((await context.now()) - newest)} ago)`;
    const found =
      newest === undefined
        ? `Nothing of the last ${given.since} shows that live matched the source.`
        : `Live last matched the source at ${sayMoment(newest)}${ago}, by ${newest === equal ? 'the evidence' : 'a run that passed'}.`;
    return {
      ...(newest === undefined && !complete ? { state: 'unknown' } : {}),
      output: { moments: moments.map(toIso), complete },
      summary: complete ? found : `${found} Older drifts were not compared: there are more than ${MAX_COMPARED} that differ.`,
    };
  },
});

/** Complete sets, the newest first, each with what tells its bytes from another's. */
async function setsSince(given: Input, context: ActionContext): Promise<readonly (DriftSet & { readonly digest: string })[]> {
  const since = toIso((await context.now()) - msOf(given.since)).slice(0, 19);
  const objects = await listObjects(given, context, since);
  const etags = new Map(objects.map(({ key, etag }) => [key, etag]));
  return groupByTime(etags.keys(), given.name)
    .filter((set) => missingParts(set).length === 0)
    .map((set) => ({ ...set, digest: `${etags.get(set.keys.local ?? '')} ${etags.get(set.keys.remote ?? '')}` }));
}

/** The newest evidence whose two files say the same and are what its drift file says. */
async function lastEqual(given: Input, context: ActionContext): Promise<{ readonly equal: number | null; readonly complete: boolean }> {
  const compared = new Set<string>();
  for (const set of await setsSince(given, context)) {
    if (compared.has(set.digest)) continue;
    if (compared.size === MAX_COMPARED) return { equal: null, complete: false };
    compared.add(set.digest);
    const { intact, local, remote } = readObjects(await fetchObjects(set, given, context));
    if (intact && compareControls(local, remote, 'the source', 'what is live').equal) return { equal: Date.parse(set.ts), complete: true };
  }
  return { equal: null, complete: true };
}

/** When runs that passed began to look, the newest first. A run for a pull request compares with a source that is not in force. */
async function passedRuns({ workflow, since }: Input, context: ActionContext): Promise<number[]> {
  if (workflow === undefined) return [];
  const { github, file, branch } = workflowAt(context, workflow);
  const runs = await github.runs({ workflow: file, branch: await branch(), status: 'success', limit: MAX_RUNS });
  const from = (await context.now()) - msOf(since);
  return runs.filter((run) => isPassed(run) && !run.event.startsWith('pull_request') && run.started >= from).map(({ started }) => started);
}
