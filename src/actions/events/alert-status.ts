import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import { aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { alertInput, alertProblems, alertState } from './alert.ts';
import { ruleArn } from './rights.ts';

const output = z.strictObject({
  in_force: z.boolean(),
  rule: z.boolean(),
  enabled: z.boolean(),
  catches: z.boolean(),
  target: z.boolean(),
  topic_lets: z.enum(['yes', 'no', 'maybe']),
  subscribers: z.number().int(),
  problems: z.array(z.string()),
});

/** Whether an alert on an API call is in force (VO-11): rule, pattern, target, the topic's policy, subscribers. */
export const eventsAlertStatus = readAction({
  name: 'events.alert-status',
  about: 'Tells whether an API call raises an alert: the rule, its target, the topic’s policy and subscribers.',
  input: alertInput,
  output,
  targets: ({ target, topic }) => [target, topic],
  permissions: ({ target, topic }, context) => [
    aws('events:DescribeRule', ruleArn(context, target)),
    aws('events:ListTargetsByRule', ruleArn(context, target)),
    aws('sns:GetTopicAttributes', context.target(topic, 'topic').topic),
  ],
  preflight: (given, context) =>
    awsPreflight(context.aws(context.target(given.target, 'rule').region), async () => {
      const problems = alertProblems(await alertState(given, context));
      return problems.length === 0 ? `The alert on ${given.event} is in force` : problems.join(' ');
    }),

  async run(given, context) {
    const state = await alertState(given, context);
    const problems = alertProblems(state);
    return {
      state: problems.length === 0 ? 'good' : 'bad',
      output: {
        in_force: problems.length === 0,
        rule: state.rule !== null,
        enabled: state.rule?.enabled ?? false,
        catches: state.patternRight,
        target: state.targetId !== null,
        topic_lets: state.topicLets,
        subscribers: state.topic.confirmed,
        problems,
      },
      summary:
        problems.length === 0
          ? `${given.event} raises an alert through the rule ${state.ruleName}.`
          : `${given.event} raises no alert: ${problems.join(' ')}`,
    };
  },
});
