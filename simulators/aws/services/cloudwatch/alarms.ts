import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { text } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { Dimensions, invalidToken, Name, Namespace, Period, StatisticName, Unit } from './schema.ts';
import type { Alarm } from './state.ts';

const Actions = z.array(text(1, 1024)).max(5).optional();
const State = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
const AlarmName = text(1, 255);
/** A state that somebody set lasts until the next evaluation, ms. */
const UNTIL_EVALUATED = 60_000;

export const alarmOperations: readonly Operation[] = [
  operation({
    name: 'DescribeAlarms',
    input: z.strictObject({
      AlarmNames: z.array(AlarmName).max(100).optional(),
      AlarmNamePrefix: text(1, 255).optional(),
      AlarmTypes: z.array(z.enum(['CompositeAlarm', 'MetricAlarm'])).optional(),
      StateValue: State.optional(),
      ActionPrefix: text(1, 1024).optional(),
      MaxRecords: z.number().int().min(1).max(100).optional(),
      NextToken: z.string().optional(),
    }),
    resource: (_input, { account }) => account.cloudwatch.arn('*'),
    run(input, { account }) {
      if (input.AlarmNames !== undefined && input.AlarmNamePrefix !== undefined) {
        throw new ApiError(400, 'ValidationError', 'AlarmNames and AlarmNamePrefix cannot be specified together.');
      }
      const found = [...account.cloudwatch.alarms.values()].filter(
        ({ settings, state }) =>
          (input.AlarmNames ?? [settings.AlarmName]).includes(settings.AlarmName) &&
          settings.AlarmName.startsWith(input.AlarmNamePrefix ?? '') &&
          (input.StateValue ?? state) === state &&
          (input.AlarmTypes ?? ['MetricAlarm']).includes('MetricAlarm') &&
          (input.ActionPrefix === undefined || settings.AlarmActions?.some((action) => action.startsWith(input.ActionPrefix ?? '')) === true),
      );
      const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
      return {
        MetricAlarms: items.map((alarm) => shape(alarm, account.cloudwatch.arn(alarm.settings.AlarmName))),
        CompositeAlarms: [],
        NextToken: next,
      };
    },
  }),
  operation({
    name: 'DescribeAlarmHistory',
    input: z.strictObject({
      AlarmName: AlarmName.optional(),
      AlarmTypes: z.array(z.enum(['CompositeAlarm', 'MetricAlarm'])).optional(),
      HistoryItemType: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']).optional(),
      ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
      MaxRecords: z.number().int().min(1).max(100).optional(),
      NextToken: z.string().optional(),
    }),
    resource: (input, { account }) => account.cloudwatch.arn(input.AlarmName ?? '*'),
    run(input, { account }) {
      const found = [...account.cloudwatch.alarms.values()]
        .filter(({ settings }) => (input.AlarmName ?? settings.AlarmName) === settings.AlarmName)
        .flatMap(({ settings, history }) =>
          // Only changes of the state are played.
          (input.HistoryItemType ?? 'StateUpdate') === 'StateUpdate' ? history.map((change) => ({ ...change, name: settings.AlarmName })) : [],
        )
        .sort((left, right) => (input.ScanBy === 'TimestampAscending' ? 1 : -1) * (left.at.getTime() - right.at.getTime()));
      const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
      return {
        AlarmHistoryItems: items.map(({ name, at, from, to }) => ({
          AlarmName: name,
          AlarmType: 'MetricAlarm',
          Timestamp: at,
          HistoryItemType: 'StateUpdate',
          HistorySummary: `Alarm updated from ${from} to ${to}`,
        })),
        NextToken: next,
      };
    },
  }),
  operation({
    name: 'PutMetricAlarm',
    changes: true,
    input: z.strictObject({
      AlarmName,
      AlarmDescription: text(0, 1024).optional(),
      ActionsEnabled: z.boolean().optional(),
      OKActions: Actions,
      AlarmActions: Actions,
      InsufficientDataActions: Actions,
      MetricName: Name,
      Namespace,
      Statistic: StatisticName,
      Dimensions: Dimensions.optional(),
      Period,
      Unit: Unit.optional(),
      EvaluationPeriods: z.number().int().min(1),
      DatapointsToAlarm: z.number().int().min(1).optional(),
      Threshold: z.number(),
      ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold']),
      TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).optional(),
    }),
    resource: (input, { account }) => account.cloudwatch.arn(input.AlarmName),
    run(input, { account }) {
      account.cloudwatch.putAlarm(input);
      account.cloudwatch.evaluate();
      return undefined;
    },
  }),
  operation({
    name: 'SetAlarmState',
    changes: true,
    input: z.strictObject({ AlarmName, StateValue: State, StateReason: text(0, 1023), StateReasonData: text(0, 4000).optional() }),
    resource: (input, { account }) => account.cloudwatch.arn(input.AlarmName),
    run(input, { account }) {
      const alarm = account.cloudwatch.alarms.get(input.AlarmName);
      if (alarm === undefined) throw new ApiError(404, 'ResourceNotFound', `Alarm ${input.AlarmName} does not exist.`);
      alarm.held = { state: input.StateValue, reason: input.StateReason, until: account.now() + UNTIL_EVALUATED };
      account.cloudwatch.evaluate();
      return undefined;
    },
  }),
];

function shape({ settings, configured, state, reason, since }: Alarm, arn: string): unknown {
  return {
    ...settings,
    AlarmArn: arn,
    AlarmConfigurationUpdatedTimestamp: configured,
    ActionsEnabled: settings.ActionsEnabled ?? true,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    Dimensions: settings.Dimensions ?? [],
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: since,
    StateTransitionedTimestamp: since,
  };
}
