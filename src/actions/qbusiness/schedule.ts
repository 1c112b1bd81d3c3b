import { z } from 'zod';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { readUntil } from '../aws/wait.ts';
import { targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';

const input = z.strictObject({
  target: targetField.describe('The data source.'),
  schedule: z
    .union([z.literal('off'), z.string().regex(/^(cron|rate)\([^()]{1,200}\)$/, 'expected off, cron(...) or rate(...)')])
    .default('off')
    .describe('`off`: on demand only; undoing that brings the old schedule back.'),
});
type Input = z.infer<typeof input>;
const output = z.strictObject({ schedule: z.string().describe('Empty: on demand only.'), before: z.string(), already: z.boolean() });
const snapshotSchema = z.object({ schedule: z.string() });

/** The schedule of a data source's syncs (VQ-08). What was set is kept with the plan; that there is none is said. */
export const qbusinessSchedule = changeAction({
  name: 'qbusiness.schedule',
  about: 'Turns the sync schedule of a data source off, or sets it; undoing brings the old one back.',
  effect: 'change',
  input,
  output,
  permissions: ({ target }, context) => onDataSource(context, target, 'GetDataSource', 'UpdateDataSource'),
  preflight: ({ target, schedule }, context) => {
    const { aws } = dataSourceOf(context, target);
    const look = async () => {
      const there = await read(context, target);
      return there === '' && schedule === 'off'
        ? `${target} has no schedule: there is nothing to turn off`
        : `The schedule of ${target} is ${say(there)}`;
    };
    return awsPreflight(aws, look, onDataSource(context, target, 'UpdateDataSource'));
  },

  async plan(given, context): Promise<Planned> {
    const { target } = given;
    const there = await read(context, target);
    const wanted = wantedOf(given);
    const same = there === wanted;
    return {
      summary: !same
        ? wanted === ''
          ? `Turns the schedule of ${target} off`
          : `Sets the schedule of ${target} to ${wanted}`
        : wanted === ''
          ? `${target} has no schedule: there is nothing to turn off.`
          : `The schedule of ${target} is already ${wanted}.`,
      diff: same ? null : `- schedule: ${say(there)}\n+ schedule: ${say(wanted)}`,
      noPlan: same ? 'Nothing would change.' : null,
      notes: same
        ? []
        : wanted === ''
          ? ['Until it is restored, the index gets older: somebody has to start each sync.', 'A running sync continues.']
          : [],
      touches: [touchOf(context, target, there)],
      changes: !same,
      scope: { schedule: wanted },
      snapshot: { schedule: there },
    };
  },

  async apply(given, planned, context) {
    const { target } = given;
    const { schedule: before } = snapshotSchema.safeParse(planned.snapshot).data ?? { schedule: '' };
    const there = await read(context, target);
    const wanted = wantedOf(given);
    const already = there === wanted;
    if (!already) {
      assertFresh(planned, [touchOf(context, target, there)]);
      await write(context, target, wanted);
    }
    return {
      output: { schedule: wanted, before, already },
      summary: `The schedule of ${target} is ${say(wanted)}${already ? ' already' : `; it was ${say(there)}`}.`,
    };
  },

  async revert(given, planned, context, force) {
    const { target } = given;
    const { schedule } = snapshotSchema.parse(planned.snapshot);
    const there = await read(context, target);
    if (there === schedule) return { kind: 'already', summary: `The schedule of ${target} is ${say(schedule)}.` };
    if (there !== wantedOf(given) && !force) {
      const diff = `- schedule: ${say(there)}\n+ schedule: ${say(schedule)}`;
      return { kind: 'conflict', summary: `Somebody changed the schedule of ${target} meanwhile.`, diff };
    }
    await write(context, target, schedule);
    return { kind: 'reverted', summary: `The schedule of ${target} is ${say(schedule)} again.` };
  },
});

function wantedOf({ schedule }: Input): string {
  return schedule === 'off' ? '' : schedule;
}

async function read(context: ActionContext, target: string): Promise<string> {
  const { aws, ref } = dataSourceOf(context, target);
  return (await aws.qbusiness.dataSource(ref)).schedule;
}

async function write(context: ActionContext, target: string, schedule: string): Promise<void> {
  const { aws, ref } = dataSourceOf(context, target);
  await aws.qbusiness.updateDataSource(ref, { schedule });
  await readUntil(
    () => read(context, target),
    (there) => there === schedule,
    context.signal,
  );
}

function touchOf(context: ActionContext, target: string, schedule: string): Touch {
  return touch(`the data source ${target}`, dataSourceOf(context, target).ref.dataSource, 'its schedule', { schedule });
}

function say(schedule: string): string {
  return schedule === '' ? 'none (on demand only)' : schedule;
}
