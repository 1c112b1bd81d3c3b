import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { asJson } from '../../domain/json.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { AwsError } from '../../ports/aws.ts';
import type { ChatControlsUpdate } from '../../ports/qbusiness.ts';
import { applicationArn, aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { readUntil } from '../aws/wait.ts';
import { isLate, targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { type Controls, controlsDigest, overLive, parseControls, unmanaged } from './controls.ts';
import { diffControls } from './controls-diff.ts';
import { limitProblems, merged, updatesFor } from './controls-update.ts';
import { sayControlsChange } from './controls-words.ts';
import { readLive } from './live.ts';

const input = z.strictObject({
  target: targetField.describe('The application.'),
  source: z.json().describe('The source of truth: JSON, or its text, as the API takes it or as it answers.'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({ equal: z.boolean(), already: z.boolean(), calls: z.number().int(), digest: z.string() });

const setting = z.string().nullable();
const people = z.object({ users: z.array(z.string()), groups: z.array(z.string()) }).nullable();
const controlsSchema: z.ZodType<Controls> = z.object({
  scope: setting,
  phrases: z.array(z.string()).nullable(),
  message: setting,
  topics: z
    .array(
      z.object({
        name: z.string(),
        description: z.string(),
        examples: z.array(z.string()),
        rules: z.array(z.object({ type: z.string(), included: people, excluded: people, message: setting, sources: z.array(z.string()).nullable() })),
      }),
    )
    .nullable(),
  orchestration: setting,
  creatorMode: setting,
  hallucinationReduction: setting,
});
const scopeSchema = z.object({ before: controlsSchema, wanted: controlsSchema });

/**
 * Takes an application's chat controls back to their source (VO-09). The API merges, so what the source does not have is named for deletion; its
 * limits are looked at before anything is sent; what is there is read back until it is equal.
 */
export const qbusinessApplyChatControls = changeAction({
  name: 'qbusiness.apply-chat-controls',
  about: 'Makes the chat controls of an application match their source, and removes what the source does not have.',
  effect: 'destructive',
  input,
  output,
  permissions: ({ target }, context) => {
    const arn = applicationArn(context, context.target(target, 'application'));
    return [aws('qbusiness:GetChatControlsConfiguration', arn), aws('qbusiness:UpdateChatControlsConfiguration', arn)];
  },
  preflight: ({ target }, context) => {
    const application = context.target(target, 'application');
    const look = async () =>
      `The application ${target} can be read: ${plural((await readLive(context, target)).controls.phrases?.length ?? 0, 'blocked phrase')}`;
    return awsPreflight(context.aws(application.region), look, [
      aws('qbusiness:UpdateChatControlsConfiguration', applicationArn(context, application)),
    ]);
  },

  async plan(given, context): Promise<Planned> {
    const source = sourceOf(given);
    const { controls: live } = await readLive(context, given.target);
    const wanted = overLive(source, live);
    const problems = limitProblems(wanted);
    if (problems.length > 0)
      throw new UserError('controls-limits', `Amazon Q Business would refuse the source: ${problems.slice(0, 5).join(' ')} Fix the source first.`);
    const calls = updatesFor(live, wanted);
    const label = `the chat controls of ${given.target}`;
    const left = unmanaged(source, live);
    return {
      summary: calls.length === 0 ? `${label} match the source.` : `Makes ${label} match the source: ${sayControlsChange(live, wanted, 'planned')}`,
      diff: calls.length === 0 ? null : diffControls(live, wanted).join('\n'),
      noPlan: calls.length === 0 ? 'Nothing would change.' : null,
      notes: [
        ...(left.length === 0 ? [] : [`The source does not set ${left.join(', ')}: that stays unchanged.`]),
        ...(calls.length > 1 ? [`The API’s limits need ${calls.length} calls: for some seconds between them, less is blocked than before.`] : []),
      ],
      touches: [touchOf(context, given.target, live)],
      changes: calls.length > 0,
      scope: asJson({ before: live, wanted }),
      snapshot: asJson(live),
    };
  },

  async apply({ target }, planned, context) {
    const { before, wanted } = scopeSchema.parse(planned.scope);
    const { controls: live } = await readLive(context, target);
    const left = restOf(before, wanted, live);
    if (left === null) assertFresh(planned, [touchOf(context, target, live)]);
    const calls = left ?? [];
    await send(context, target, calls);
    const after = await readBack(context, target, wanted);
    return {
      output: { equal: true, already: calls.length === 0, calls: calls.length, digest: controlsDigest(after) },
      summary: `The chat controls of ${target} ${calls.length === 0 ? 'already match' : 'match'} the source, read back: ${plural(after.phrases?.length ?? 0, 'blocked phrase')}, ${plural(after.topics?.length ?? 0, 'topic')}.`,
    };
  },

  async revert({ target }, planned, context, force) {
    const { wanted } = scopeSchema.parse(planned.scope);
    const before = controlsSchema.parse(planned.snapshot);
    const { controls: live } = await readLive(context, target);
    const back = overLive(before, live);
    if (same(live, back)) return { kind: 'already', summary: `The chat controls of ${target} are as before.` };
    const left = restOf(wanted, before, live) ?? restOf(before, wanted, live);
    if (left === null && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody changed the chat controls of ${target} meanwhile.`,
        diff: diffControls(live, back).join('\n'),
      };
    }
    await send(context, target, updatesFor(live, back));
    await readBack(context, target, back);
    return { kind: 'reverted', summary: `The chat controls of ${target} are as before, read back.` };
  },
});

/** @throws UserError `source-missing`, `source-shape` */
function sourceOf({ source }: Input): Controls {
  if (source === null || (typeof source === 'string' && isLate(source)))
    throw new UserError(
      'source-missing',
      'The source of the chat controls could not be read, so there is nothing to apply. Check the step that reads it.',
    );
  const parsed = parseControls(source);
  if (!parsed.ok) throw new UserError('source-shape', `The source does not contain chat controls: ${parsed.why}. Fix the file first.`);
  const { phrases, topics } = parsed.controls;
  if (phrases === null && topics === null)
    throw new UserError('source-shape', 'The source names neither blocked phrases nor topics. Is it the right file?');
  return parsed.controls;
}

/**
 * The calls that are left to get from `before` to `wanted`, seen from what is live: all, some after a try that was cut off, none. `null` when what is
 * live is on no such way: somebody else changed it.
 */
function restOf(before: Controls, wanted: Controls, live: Controls): ChatControlsUpdate[] | null {
  const calls = updatesFor(before, wanted);
  let there = before;
  if (same(live, wanted)) return [];
  for (const [index, call] of calls.entries()) {
    if (same(live, there)) return calls.slice(index);
    there = merged(there, call);
  }
  return null;
}

function same(left: Controls, right: Controls): boolean {
  return controlsDigest(left) === controlsDigest(right);
}

/** Sending the same twice changes nothing more, so that a token is needed for no more than one call. An answer that was lost is no failure yet: reading back tells. */
async function send(context: ActionContext, target: string, calls: readonly ChatControlsUpdate[]): Promise<void> {
  const { application, region } = context.target(target, 'application');
  for (const [index, call] of calls.entries()) {
    try {
      await context.aws(region).qbusiness.updateChatControls(application, call, randomUUID());
    } catch (error) {
      if (!(error instanceof AwsError) || error.reason !== 'uncertain' || index < calls.length - 1) throw error;
    }
    context.say(`Sent ${index + 1} of ${plural(calls.length, 'change')}`);
  }
}

/** @throws UserError `controls-differ` */
async function readBack(context: ActionContext, target: string, wanted: Controls): Promise<Controls> {
  const read = async () => (await readLive(context, target)).controls;
  const live = await readUntil(read, (controls) => same(overLive(wanted, controls), controls), context.signal);
  const differences = diffControls(live, overLive(wanted, live));
  if (differences.length === 0) return live;
  throw new UserError(
    'controls-differ',
    `The change was sent, but ${target} still differs: ${differences.slice(0, 5).join('; ')}. Check it in the console.`,
  );
}

function touchOf(context: ActionContext, target: string, live: Controls): Touch {
  return touch(
    `the chat controls of ${target}`,
    context.target(target, 'application').application,
    'phrases, topics, rules, scope and messages',
    live,
  );
}
