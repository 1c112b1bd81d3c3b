import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, type Lacking, type Reading, readAction } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { durationField, durationMs, integer } from '../k8s/fields.ts';
import { ageSeconds, sayAge } from '../k8s/moments.ts';
import { rightOn } from '../k8s/resource-name.ts';
import { besideRight } from '../k8s/rights.ts';
import { listServed, sayNotServed } from '../k8s/served.ts';
import { countsOf } from '../k8s/state.ts';
import { containerOf, findWithPods, findWorkload, podRights, workloadPlace } from '../shared/pods.ts';
import { type Decision, lastDecision } from './decisions.ts';
import { shortHash } from './hash.ts';
import { isOver, ROLLBACK, type Rollback, rollbackOf } from './rollback-objects.ts';

const SHOWN = 20;
const SHORT = 300;

const input = z.strictObject({
  log: z.string().min(1).optional().describe('The incident bot, a workload: its log says whether it decided a rollback that the cluster refused'),
  controller: z.string().min(1).optional().describe('The rollback controller, a workload: without pods no rollback begins'),
  capsule: z.string().default('').describe('Only decisions and rollbacks about this capsule; empty: all'),
  name: z.string().default('').describe('Only the rollback of this name; empty: all'),
  tail: integer.min(1).max(10_000).default(500).describe('Lines of the log, the newest'),
  stuck_after: durationField.default('5m').describe('A rollback that is not over after this is stuck'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({
  served: z.boolean(),
  count: integer,
  /** Not over yet. */
  active: integer,
  /** Not over for too long, or with nobody to carry them out. */
  stuck: integer,
  /** The newest one: its name, phase (`''` while no controller has seen it), message. Empty without one. */
  newest: z.string(),
  phase: z.string(),
  message: z.string(),
  over: z.boolean(),
  /** Whether the incident bot decided a rollback by its log; false when no log is asked for. */
  decided: z.boolean(),
  decision: z.string(),
  /** The cluster refused what the incident bot wrote, and why. */
  refused: z.boolean(),
  refusal: z.string(),
  refused_fields: z.array(z.string()),
  /** Ready pods of the controller; 0 when none is asked for. */
  controllers: integer,
  says: z.string(),
});
type Output = z.infer<typeof output>;

export const fabricRollbacks = readAction({
  name: 'fabric.rollbacks',
  about: 'Rollbacks of Provability-Fabric, the newest first, and whether its incident bot decided one that the cluster refused.',
  input,
  output,
  targets: ({ log, controller }) => [log, controller].filter((one) => one !== undefined),
  rights: ({ log, controller }, context) => [
    rightOn(ROLLBACK, '*', 'list'),
    ...(log === undefined ? [] : [...podRights(context, log), { ...besideRight(context, log, '', 'pods', 'get'), subresource: 'log' }]),
    ...(controller === undefined ? [] : podRights(context, controller)),
  ],
  async run(asked, context) {
    const now = await context.now();
    const [objects, decision, controllers] = await Promise.all([
      listServed(context.cluster(), ROLLBACK),
      asked.log === undefined ? null : decisionIn(context, asked.log, asked),
      asked.controller === undefined ? null : controllersOf(context, asked.controller),
    ]);
    if (objects === null) return { state: 'unknown', output: { served: false, says: sayNotServed(ROLLBACK) }, summary: sayNotServed(ROLLBACK) };
    const all = objects
      .map(rollbackOf)
      .filter(
        (one) => (asked.capsule === '' || one.capsule === '' || one.capsule === asked.capsule) && (asked.name === '' || one.name === asked.name),
      )
      .sort((one, other) => ageSeconds(one.created, now) - ageSeconds(other.created, now) || other.name.localeCompare(one.name));
    return readingOf(asked, all, decision, controllers, now);
  },
});

function readingOf(
  asked: Input,
  all: readonly Rollback[],
  decision: Decision | 'unread' | null,
  controllers: number | null,
  now: number,
): Reading<Output> | Lacking<Output> {
  const [newest] = all;
  const active = all.filter((one) => !isOver(one));
  const stuck = active.filter((one) => controllers === 0 || ageSeconds(one.created, now) * 1_000 > durationMs(asked.stuck_after));
  const decided = decision === 'unread' ? null : decision;
  // A Rollback that came after the decision shows that somebody else wrote a valid one. Its time is in whole seconds.
  const later = newest !== undefined && Date.parse(newest.created) + 1_000 > (decided?.at ?? 0);
  const refused = decided !== null && decided.refusal !== null && !later;
  const says = [...sayRollbacks(newest, all.length, stuck, controllers), ...sayDecision(decided, refused, decision === 'unread')].join(' ');
  const values = {
    served: true,
    count: all.length,
    active: active.length,
    stuck: stuck.length,
    newest: newest?.name ?? '',
    phase: newest?.phase ?? '',
    message: newest?.message ?? '',
    over: newest !== undefined && isOver(newest),
    controllers: controllers ?? 0,
    says,
  };
  const shown = { summary: says, ...(all.length === 0 ? {} : { table: tableOf(all, now) }) };
  if (decision === 'unread') return { ...shown, state: stuck.length > 0 ? 'bad' : 'unknown', output: values };
  const bad = stuck.length > 0 || refused || newest?.phase === 'Failed';
  const told = {
    decided: decided !== null,
    decision: clamp(decided?.line ?? '', SHORT),
    refused,
    refusal: clamp(decided?.refusal ?? '', SHORT),
    refused_fields: [...(decided?.fields ?? [])],
  };
  return { ...shown, state: bad ? 'bad' : newest?.phase === 'Completed' ? 'good' : 'seen', output: { ...values, ...told } };
}

/** The bot's newest decision to roll back by its log; `unread` when nothing of it could be read. */
async function decisionIn(context: ActionContext, log: string, { tail, capsule }: Input): Promise<Decision | 'unread' | null> {
  const { found, pods } = await findWithPods(workloadPlace(context, log));
  if (found === null) return 'unread';
  const texts = await Promise.all(
    pods.map(async (pod) => {
      try {
        const container = containerOf(pod, found.target.container, found.label);
        return (await found.cluster.logs({ pod: pod.metadata.name, container, tail, timestamps: true })).text;
      } catch (error) {
        if (error instanceof ClusterError && ['invalid', 'not-found', 'unreachable', 'timeout'].includes(error.reason)) return '';
        throw error;
      }
    }),
  );
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
  return lines.length === 0 ? 'unread' : lastDecision(lines, capsule);
}

/** Ready pods of the controller; 0 when there is none. @throws ClusterError when it cannot be read */
async function controllersOf(context: ActionContext, controller: string): Promise<number> {
  const found = await findWorkload(workloadPlace(context, controller));
  return found === null ? 0 : countsOf(found.workload).ready;
}

function sayRollbacks(newest: Rollback | undefined, count: number, stuck: readonly Rollback[], controllers: number | null): string[] {
  const nobody = controllers === 0 ? ['The rollback controller has no ready pod, so no rollback begins.'] : [];
  if (newest === undefined) return ['There is no Rollback in this cluster.', ...nobody];
  const phase = newest.phase === '' ? 'not begun' : newest.phase;
  const message = newest.message === '' ? '' : `: ${newest.message.replace(/\.$/, '')}`;
  const others = count === 1 ? '' : ` There ${count === 2 ? 'is 1 other' : `are ${count - 1} others`}.`;
  const late = stuck.length === 0 || controllers === 0 ? [] : [`${plural(stuck.length, 'rollback is', 'rollbacks are')} stuck.`];
  return [`Rollback ${newest.name} is ${phase}${message}.${others}`, ...late, ...nobody];
}

function sayDecision(decision: Decision | null, refused: boolean, unread: boolean): string[] {
  if (unread) return ['The incident bot has no log to read, so whether it decided a rollback is not known.'];
  if (decision === null) return [];
  if (!refused) return ['The incident bot decided a rollback.'];
  const fields = decision.fields.length === 0 ? '' : ` It refused ${decision.fields.join(' and ')}.`;
  return [`The incident bot decided a rollback, but the cluster refused what it wrote, so it rolled nothing back.${fields}`];
}

function tableOf(all: readonly Rollback[], now: number): { columns: readonly string[]; rows: readonly (readonly string[])[] } {
  return {
    columns: ['Rollback', 'Phase', 'Reason', 'Target', 'Capsule', 'Age'],
    rows: all
      .slice(0, SHOWN)
      .map((one) => [
        one.name,
        one.phase === '' ? 'not begun' : one.phase,
        one.reason,
        shortHash(one.target),
        shortHash(one.capsule),
        sayAge(ageSeconds(one.created, now)),
      ]),
  };
}
