import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration, toIso } from '../../lib/time.ts';
import { type ActionContext, type Check, readAction } from '../../ports/action.ts';
import { type Alarm, AwsError, type Watch } from '../../ports/aws.ts';
import { aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { oneLine, targetField } from '../shared/fields.ts';

const input = z.strictObject({ targets: z.array(targetField).min(1).max(50).describe('The alarms.') });

const alarmSchema = z.strictObject({
  target: z.string(),
  name: z.string(),
  exists: z.boolean(),
  state: z.string().describe('OK, ALARM or INSUFFICIENT_DATA; empty when there is none.'),
  since: z.string(),
  minutes: z.number().int().describe('How long it is in that state.'),
  can_fire: z.enum(['yes', 'no', 'unknown']),
  why: z.string().describe('Why it cannot fire, or why that is not known.'),
  problem: z.string().describe('What keeps it from alerting anybody, as a sentence; empty where nothing is known to.'),
  tells_recovery: z.boolean().describe('Whether it has an action for OK: without one, recovery must be looked for.'),
});
const output = z.strictObject({
  alarms: z.array(alarmSchema),
  all_ok: z.boolean(),
  firing: z.number().int(),
  cannot_fire: z.number().int(),
});
type Judged = z.infer<typeof alarmSchema>;

/** The state of alarms (VQ-14, VQ-19), and whether they can fire at all: an alarm whose dimensions are not its metric's never does. */
export const cloudwatchAlarms = readAction({
  name: 'cloudwatch.alarms',
  about: 'Reads the state of alarms, and whether each can fire at all.',
  input,
  output,
  targets: ({ targets }) => targets,
  permissions: ({ targets }, context) => [
    // Asked by name or not: IAM judges it by all alarms.
    ...targets.map((target) => aws('cloudwatch:DescribeAlarms', alarmsArn(context, target))),
    ...targets.map((target) => aws('cloudwatch:DescribeAlarmHistory', alarmsArn(context, target))),
    aws('cloudwatch:ListMetrics', '*'),
  ],
  preflight: async ({ targets }, context) =>
    (
      await Promise.all(
        targets.map(async (target) => {
          let judged: Judged | undefined;
          const [look] = await awsPreflight(context.aws(context.target(target, 'alarm').region), async () => {
            judged = await judge(target, context);
            return `The alarm ${judged.name} is ${judged.state}`;
          });
          return judged === undefined ? (look === undefined ? [] : [look]) : checksOf(judged);
        }),
      )
    ).flat(),

  async run({ targets }, context) {
    const alarms = await Promise.all(targets.map((target) => judge(target, context)));
    const firing = alarms.filter(({ state }) => state === 'ALARM');
    const dead = alarms.filter(({ exists, can_fire }) => !exists || can_fire === 'no');
    const ok = alarms.filter(({ state }) => state === 'OK');
    return {
      state: ok.length === alarms.length && dead.length === 0 ? 'good' : 'bad',
      output: { alarms, all_ok: ok.length === alarms.length, firing: firing.length, cannot_fire: dead.length },
      summary: [
        firing.length === 0
          ? `${ok.length} of ${plural(alarms.length, 'alarm')} OK`
          : firing.map(({ name, minutes }) => `${name} fires for ${sayDuration(minutes * 60_000)}`).join(', '),
        ...dead.map(({ problem }) => problem),
      ].join('; '),
      table: {
        columns: ['alarm', 'state', 'since', 'can fire', 'why', 'tells recovery'],
        rows: alarms.map((one) => [
          one.name,
          one.state || 'missing',
          one.since,
          one.can_fire,
          oneLine(one.why),
          one.tells_recovery ? 'yes' : 'no, look for it',
        ]),
      },
    };
  },
});

async function judge(target: string, context: ActionContext): Promise<Judged> {
  const { alarm: name, region } = context.target(target, 'alarm');
  const { watch } = context.aws(region);
  const [alarm] = await watch.alarms([name]);
  if (alarm === undefined) {
    const why = 'There is no such alarm.';
    const problem = `There is no alarm ${name}.`;
    return { target, name, exists: false, state: '', since: '', minutes: 0, can_fire: 'no', why, problem, tells_recovery: false };
  }
  const dimensions = alarm.metric === null ? null : await dimensionsOf(watch, alarm.metric);
  const alone = canFire(alarm, dimensions, 'never');
  const { can_fire, why } = alone.can_fire === 'no' ? canFire(alarm, dimensions, await firedBefore(watch, name)) : alone;
  return {
    target,
    name,
    exists: true,
    state: alarm.state,
    since: alarm.since === null ? '' : toIso(alarm.since),
    minutes: alarm.since === null ? 0 : Math.max(0, Math.floor(((await context.now()) - alarm.since) / 60_000)),
    can_fire,
    why,
    problem: can_fire !== 'no' ? '' : tellsNobody(alarm) ? `${name} alerts nobody: ${why}` : `${name} cannot fire: ${why}`,
    tells_recovery: alarm.okActions.length > 0,
  };
}

type Dimensions = Readonly<Record<string, string>>;

/** Whether an alarm is known to have fired; `unknown` where its history may not be read. */
type Fired = 'never' | 'before' | 'unknown';

async function firedBefore(watch: Pick<Watch, 'lastFired'>, name: string): Promise<Fired> {
  try {
    return (await watch.lastFired(name)) === null ? 'never' : 'before';
  } catch (error) {
    if (error instanceof AwsError && error.reason === 'denied') return 'unknown';
    throw error;
  }
}

/** Whether nobody hears of it, even while it fires. */
function tellsNobody({ enabled, alarmActions }: Alarm): boolean {
  return !enabled || alarmActions.length === 0;
}

/** `null` where the metrics may not be listed. */
async function dimensionsOf(
  watch: { metricDimensions(namespace: string, name: string): Promise<Dimensions[]> },
  metric: NonNullable<Alarm['metric']>,
) {
  try {
    return await watch.metricDimensions(metric.namespace, metric.name);
  } catch (error) {
    if (error instanceof AwsError && error.reason === 'denied') return null;
    throw error;
  }
}

/**
 * A metric is its name and exactly its dimensions (CloudWatch user guide, "Dimensions"): data with others is another metric. Of an alarm that has fired
 * nobody says that it cannot.
 */
export function canFire(
  alarm: Alarm,
  existing: readonly Dimensions[] | null,
  fired: Fired,
): { readonly can_fire: 'yes' | 'no' | 'unknown'; readonly why: string } {
  const { metric } = alarm;
  // What fires can.
  if (alarm.state === 'ALARM' && alarm.enabled && alarm.alarmActions.length > 0) return { can_fire: 'yes', why: '' };
  if (!alarm.enabled) return { can_fire: 'no', why: 'Its actions are disabled.' };
  if (alarm.alarmActions.length === 0) return { can_fire: 'no', why: 'It has no action: nobody is notified.' };
  if (metric === null) return { can_fire: 'unknown', why: 'It is made of several metrics or alarms.' };
  if (existing === null) return { can_fire: 'unknown', why: 'Metrics may not be listed (cloudwatch:ListMetrics).' };
  if (existing.some((dimensions) => same(dimensions, metric.dimensions))) return { can_fire: 'yes', why: '' };
  if (existing.length === 0) return { can_fire: 'unknown', why: `${metric.namespace} ${metric.name} has had no data in two weeks.` };
  const there = [...new Set(existing.slice(0, 5).map(say))].join('; ');
  const why = `${metric.namespace} ${metric.name} has data with ${there} only, and the alarm watches it with ${say(metric.dimensions)}.`;
  if (fired === 'before') return { can_fire: 'yes', why: `It has fired before, but ${why}` };
  if (fired === 'unknown') return { can_fire: 'unknown', why: `${why} Whether it has ever fired may not be read (cloudwatch:DescribeAlarmHistory).` };
  return { can_fire: 'no', why };
}

function checksOf(judged: Judged): Check[] {
  if (!judged.exists) {
    return [{ state: 'failure', what: `There is no alarm ${judged.name}`, advice: 'Correct the name of the alarm in `targets` of tocsin.yml.' }];
  }
  const what = `The alarm ${judged.name} is ${judged.state}`;
  if (judged.can_fire === 'no') {
    return [
      {
        state: 'warning',
        what: `The alarm ${judged.problem}`,
        advice: 'Give the alarm the dimensions of its metric, and an action.',
      },
    ];
  }
  return [
    { state: 'ok', what: judged.tells_recovery ? what : `${what}; it does not notify when it recovers, so Tocsin checks that itself`, advice: null },
  ];
}

function same(left: Dimensions, right: Dimensions): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

function say(dimensions: Dimensions): string {
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? 'no dimensions' : pairs.join(', ');
}

function alarmsArn(context: ActionContext, target: string): string {
  return `arn:aws:cloudwatch:${context.aws(context.target(target, 'alarm').region).region}:*:alarm:*`;
}
