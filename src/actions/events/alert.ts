import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { EventRule, Topic } from '../../ports/aws.ts';
import { judge, statementsOf } from '../aws/policies.ts';
import { matchesWildcard } from '../aws/wildcard.ts';
import { targetField } from '../shared/fields.ts';

export const alertInput = z.strictObject({
  target: targetField.describe('The EventBridge rule.'),
  topic: targetField.describe('The SNS topic that it publishes to.'),
  event: z
    .string()
    .regex(/^[A-Za-z0-9]{1,100}$/, 'expected the name of an API call')
    .default('UpdateChatControlsConfiguration'),
  source: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'expected the name of a service such as qbusiness')
    .default('qbusiness'),
});
export type AlertInput = z.infer<typeof alertInput>;

/** An alert on an API call as it is: the rule, its target, and whether the topic takes what it publishes. */
export interface AlertState {
  readonly ruleName: string;
  readonly ruleArn: string;
  readonly rule: EventRule | null;
  readonly targetId: string | null;
  readonly topic: Topic;
  readonly topicLets: 'yes' | 'no' | 'maybe';
  readonly patternRight: boolean;
}

/** @throws AwsError */
export async function alertState(given: AlertInput, context: ActionContext): Promise<AlertState> {
  const { rule: name, region } = context.target(given.target, 'rule');
  const { topic: arn } = context.target(given.topic, 'topic');
  const aws = context.aws(region);
  const { events } = aws;
  const [rule, topic] = await Promise.all([events.rule(name), events.topic(arn)]);
  const targets = rule === null ? [] : await events.targets(name);
  // A rule that is not there yet will be the account's own, as the topic is.
  const ruleArn = rule?.arn ?? `arn:aws:events:${aws.region}:${(await aws.identity()).account}:rule/${name}`;
  return {
    ruleName: name,
    ruleArn,
    rule,
    targetId: targets.find((target) => target.arn === arn)?.id ?? null,
    topic,
    topicLets: topicLets(topic, ruleArn),
    patternRight: rule !== null && covers(rule.pattern, given),
  };
}

/** What has to be before the alert can arrive; empty when all of it is. */
export function alertProblems({ rule, patternRight, targetId, topicLets: lets, topic, ruleName }: AlertState): string[] {
  return [
    ...(rule === null ? [`There is no rule ${ruleName}.`] : []),
    ...(rule !== null && !rule.enabled ? [`The rule ${ruleName} is disabled.`] : []),
    ...(rule !== null && !patternRight ? [`The rule ${ruleName} does not catch the call.`] : []),
    ...(rule !== null && targetId === null ? [`The rule ${ruleName} does not publish to the topic.`] : []),
    ...(lets === 'no' ? ['The topic does not allow events.amazonaws.com to publish.'] : []),
    ...(lets === 'maybe' ? ['The topic’s policy has a condition that Tocsin cannot judge: send a test event.'] : []),
    ...(topic.confirmed === 0
      ? [`Nobody has subscribed to the topic${topic.pending === 0 ? '' : `; ${topic.pending} subscriptions wait to be confirmed`}.`]
      : []),
  ];
}

/** The pattern that catches the call (EventBridge user guide, "AWS service events delivered via CloudTrail"). */
export function alertPattern({ event, source }: Pick<AlertInput, 'event' | 'source'>): Json {
  return {
    source: [`aws.${source}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: [`${source}.amazonaws.com`], eventName: [event] },
  };
}

const patternSchema = z.strictObject({
  source: z.array(z.unknown()).optional(),
  'detail-type': z.array(z.unknown()).optional(),
  detail: z.strictObject({ eventSource: z.array(z.unknown()).optional(), eventName: z.array(z.unknown()).optional() }).optional(),
});

/** Whether a pattern catches every such call: it may catch more, and must ask for nothing else besides. */
export function covers(pattern: Json, { event, source }: Pick<AlertInput, 'event' | 'source'>): boolean {
  const parsed = patternSchema.safeParse(pattern);
  if (!parsed.success) return false;
  const { source: sources, 'detail-type': types, detail } = parsed.data;
  return (
    accepts(sources, `aws.${source}`) &&
    accepts(types, 'AWS API Call via CloudTrail') &&
    accepts(detail?.eventSource, `${source}.amazonaws.com`) &&
    accepts(detail?.eventName, event)
  );
}

const matcherSchema = z.union([
  z.string().transform((text) => (value: string) => value === text),
  z.strictObject({ prefix: z.string() }).transform(
    ({ prefix }) =>
      (value: string) =>
        value.startsWith(prefix),
  ),
  z.strictObject({ suffix: z.string() }).transform(
    ({ suffix }) =>
      (value: string) =>
        value.endsWith(suffix),
  ),
  z.strictObject({ wildcard: z.string() }).transform(
    ({ wildcard }) =>
      (value: string) =>
        matchesWildcard(wildcard.replaceAll('?', ' '), value),
  ),
]);

function accepts(matchers: readonly unknown[] | undefined, value: string): boolean {
  if (matchers === undefined) return true;
  return matchers.some((matcher) => {
    const parsed = matcherSchema.safeParse(matcher);
    return parsed.success && parsed.data(value);
  });
}

function topicLets({ policy, arn }: Topic, ruleArn: string): 'yes' | 'no' | 'maybe' {
  const statements = statementsOf(policy);
  if (statements === null) return 'maybe';
  const account = ruleArn.split(':')[4] ?? '';
  return judge(statements, {
    action: 'sns:Publish',
    resource: arn,
    principal: { kind: 'Service', name: 'events.amazonaws.com' },
    keys: { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': account },
  }).allowed;
}
