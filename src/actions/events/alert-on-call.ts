import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import type { EventBus } from '../../ports/aws.ts';
import { aws, awsAll } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { diffObjects } from '../shared/diff.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { type AlertInput, type AlertState, alertInput, alertPattern, alertProblems, alertState } from './alert.ts';
import { ruleArn } from './rights.ts';

const output = z.strictObject({ already: z.boolean(), in_force: z.boolean(), problems: z.array(z.string()) });

/** The target's id within the rule, and the statement's within the topic's policy: how our own are known. */
const TARGET_ID = 'tocsin-alert';
const SID = 'TocsinAlertsFromEventBridge';

const snapshotSchema = z.object({
  rule: z.object({ pattern: z.json(), enabled: z.boolean(), description: z.string() }).nullable(),
  target: z.boolean(),
  policy: z.boolean(),
});

/**
 * Makes sure that an API call raises an alert (VO-11): an EventBridge rule on CloudTrail's event, with the topic as its target, and a topic that lets
 * EventBridge publish. What is there already stays.
 */
export const eventsAlertOnCall = changeAction({
  name: 'events.alert-on-call',
  about: 'Makes an API call raise an alert: an EventBridge rule that publishes to an SNS topic.',
  effect: 'change',
  input: alertInput,
  output,
  targets: ({ target, topic }) => [target, topic],
  permissions: ({ target, topic }, context) => [
    ...awsAll(READS, ruleArn(context, target)),
    ...awsAll([...WRITES, 'events:DeleteRule', 'events:RemoveTargets'], ruleArn(context, target)),
    ...awsAll(['sns:GetTopicAttributes', 'sns:SetTopicAttributes'], context.target(topic, 'topic').topic),
  ],
  preflight: (given, context) => {
    const look = async () => {
      const problems = alertProblems(await alertState(given, context));
      return problems.length === 0 ? `The alert on ${given.event} is in force` : `The alert can be made: ${problems.join(' ')}`;
    };
    return awsPreflight(context.aws(context.target(given.target, 'rule').region), look, [
      ...awsAll(WRITES, ruleArn(context, given.target)),
      aws('sns:SetTopicAttributes', context.target(given.topic, 'topic').topic),
    ]);
  },

  async plan(given, context): Promise<Planned> {
    const state = await alertState(given, context);
    assertSameRegion(given, context);
    const needed = neededOf(state);
    const nothing = !needed.rule && !needed.target && !needed.policy;
    const notes = [
      'CloudTrail must have a trail that logs management events: without one, EventBridge sees no calls.',
      ...(state.topic.confirmed === 0 ? ['Nobody has subscribed to the topic yet.'] : []),
      ...(needed.rule && state.rule !== null && !state.patternRight
        ? ['The rule’s pattern is replaced: it no longer matches what it matched until now.']
        : []),
      ...(state.topicLets === 'maybe' ? ['The topic’s policy has a condition that Tocsin cannot judge; it is left as it is.'] : []),
    ];
    return {
      summary: nothing
        ? `${given.event} already raises an alert through the rule ${state.ruleName}.`
        : `Makes ${given.event} raise an alert through the rule ${state.ruleName}`,
      diff: nothing ? null : diffObjects(picture(state), pictureAfter(state, given)),
      noPlan: nothing ? 'Nothing would change.' : null,
      notes,
      touches: touchesOf(state),
      changes: !nothing,
      scope: { ...needed },
      snapshot: {
        rule: state.rule === null ? null : { pattern: state.rule.pattern, enabled: state.rule.enabled, description: state.rule.description },
        target: state.targetId !== null,
        policy: state.topicLets !== 'no',
      },
    };
  },

  async apply(given, planned, context) {
    const before = await alertState(given, context);
    const needed = neededOf(before);
    const already = !needed.rule && !needed.target && !needed.policy;
    const scope = z.object({ rule: z.boolean(), target: z.boolean(), policy: z.boolean() }).parse(planned.scope);
    // What a try that was cut off has done already is as it shall be; nothing else may differ.
    const begun = (scope.rule && !needed.rule) || (scope.target && !needed.target) || (scope.policy && !needed.policy);
    if (!already && !begun) assertFresh(planned, touchesOf(before));
    const { events } = busOf(given, context);
    if (needed.policy) await events.setTopicPolicy(before.topic.arn, withStatement(before));
    if (needed.rule) await events.putRule(wantedRule(before, given));
    if (needed.target) await events.putTarget(before.ruleName, { id: TARGET_ID, arn: before.topic.arn });
    const problems = alertProblems(already ? before : await alertState(given, context));
    return {
      output: { already, in_force: problems.length === 0, problems },
      summary: `The rule ${before.ruleName} ${already ? 'already catches' : 'now catches'} ${given.event}.${problems.length === 0 ? '' : ` ${problems.join(' ')}`}`,
    };
  },

  async revert(given, planned, context, force) {
    const before = snapshotSchema.parse(planned.snapshot);
    const now = await alertState(given, context);
    const { events } = busOf(given, context);
    const ours = { policy: !before.policy && hasStatement(now.topic.policy), target: !before.target && now.targetId === TARGET_ID };
    const rule = now.rule === null ? 'gone' : isAsBefore(now, before.rule) ? 'as-before' : now.patternRight && now.rule.enabled ? 'ours' : 'changed';
    if (rule === 'changed' && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody changed the rule ${now.ruleName} meanwhile.`,
        diff: diffObjects(ruleFields(now.rule), before.rule),
      };
    }
    if (!ours.policy && !ours.target && (rule === 'as-before' || (rule === 'gone' && before.rule === null)))
      return { kind: 'already', summary: `The rule ${now.ruleName} and the topic are as before.` };
    if (ours.target) await events.removeTarget(now.ruleName, TARGET_ID);
    if (before.rule === null) await deleteIfEmpty(events, now);
    else if (rule !== 'as-before') await events.putRule({ name: now.ruleName, ...before.rule });
    if (ours.policy) await events.setTopicPolicy(now.topic.arn, withoutStatement(now.topic.policy));
    return { kind: 'reverted', summary: `The rule ${now.ruleName} and the topic are as before.` };
  },
});

const READS = ['events:DescribeRule', 'events:ListTargetsByRule'];
const WRITES = ['events:PutRule', 'events:PutTargets'];

function busOf(given: AlertInput, context: ActionContext) {
  return context.aws(context.target(given.target, 'rule').region);
}

function neededOf({ rule, patternRight, targetId, topicLets }: AlertState) {
  return { rule: rule === null || !rule.enabled || !patternRight, target: targetId === null, policy: topicLets === 'no' };
}

function wantedRule({ ruleName, rule, patternRight }: AlertState, given: AlertInput) {
  return {
    name: ruleName,
    pattern: rule !== null && patternRight ? rule.pattern : alertPattern(given),
    enabled: true,
    description: rule === null || rule.description === '' ? `Alerts on ${given.event}.` : rule.description,
  };
}

/** @throws UserError `region-differs` */
function assertSameRegion(given: AlertInput, context: ActionContext): void {
  const { region } = busOf(given, context);
  const there = context.target(given.topic, 'topic').topic.split(':')[3];
  if (there === region) return;
  throw new UserError('region-differs', `The topic is in ${there}, the rule in ${region}: a rule publishes only to topics of its own region.`);
}

function picture({ rule, targetId, topicLets, ruleName, topic }: AlertState): Json {
  return {
    [`rule ${ruleName}`]: ruleFields(rule),
    target: targetId === null ? null : topic.arn,
    'events.amazonaws.com may publish': topicLets,
  };
}

function pictureAfter(state: AlertState, given: AlertInput): Json {
  const { pattern, enabled, description } = wantedRule(state, given);
  return {
    [`rule ${state.ruleName}`]: { pattern, enabled, description },
    target: state.topic.arn,
    'events.amazonaws.com may publish': state.topicLets === 'no' ? 'yes' : state.topicLets,
  };
}

function ruleFields(rule: AlertState['rule']): Json {
  return rule === null ? null : { pattern: rule.pattern, enabled: rule.enabled, description: rule.description };
}

function touchesOf(state: AlertState): Touch[] {
  return [
    touch(`rule/${state.ruleName}`, state.ruleArn, 'its pattern and state, and whether the topic is its target', {
      rule: ruleFields(state.rule),
      target: state.targetId !== null,
    }),
    touch(state.topic.arn, state.topic.arn, 'its policy', state.topic.policy),
  ];
}

function isAsBefore(now: AlertState, before: z.infer<typeof snapshotSchema>['rule']): boolean {
  return diffObjects(ruleFields(now.rule), before) === '';
}

/** Somebody else may use the rule by now: then it stays. */
async function deleteIfEmpty(events: EventBus, { rule, ruleName }: AlertState): Promise<void> {
  if (rule === null || (await events.targets(ruleName)).length > 0) return;
  await events.deleteRule(ruleName);
}

const documentSchema = z.looseObject({ Statement: z.union([z.array(z.json()), z.json().transform((one) => [one])]).default([]) });

function withStatement({ topic, ruleArn: arn }: AlertState): Json {
  const parsed = documentSchema.parse(topic.policy ?? { Version: '2012-10-17' });
  const ours = {
    Sid: SID,
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sns:Publish',
    Resource: topic.arn,
    Condition: { ArnEquals: { 'aws:SourceArn': arn } },
  };
  return { ...parsed, Statement: [...parsed.Statement.filter((one) => !isOurs(one)), ours] };
}

function withoutStatement(policy: Json): Json {
  const parsed = documentSchema.parse(policy);
  return { ...parsed, Statement: parsed.Statement.filter((one) => !isOurs(one)) };
}

function hasStatement(policy: Json): boolean {
  const parsed = documentSchema.safeParse(policy);
  return parsed.success && parsed.data.Statement.some(isOurs);
}

function isOurs(statement: unknown): boolean {
  return z.looseObject({ Sid: z.literal(SID) }).safeParse(statement).success;
}
