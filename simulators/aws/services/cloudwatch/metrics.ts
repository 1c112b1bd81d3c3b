import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { text, timestamp } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { Dimensions, invalidToken, Name, Namespace, Period, StatisticName, Unit } from './schema.ts';
import { type Datapoint, type Metric, statistic } from './state.ts';

export const metricOperations: readonly Operation[] = [
  operation({
    name: 'ListMetrics',
    input: z.strictObject({
      Namespace: Namespace.optional(),
      MetricName: Name.optional(),
      Dimensions: z
        .array(z.strictObject({ Name, Value: text(1, 1024).optional() }))
        .max(10)
        .optional(),
      NextToken: z.string().optional(),
      RecentlyActive: z.literal('PT3H').optional(),
    }),
    resource: () => '*',
    run(input, { account }) {
      const found = account.cloudwatch
        .metrics()
        .filter(
          ({ namespace, name, dimensions }) =>
            (input.Namespace ?? namespace) === namespace &&
            (input.MetricName ?? name) === name &&
            (input.Dimensions ?? []).every((wanted) =>
              dimensions.some(({ Name, Value }) => Name === wanted.Name && (wanted.Value ?? Value) === Value),
            ),
        );
      const { items, next } = page(found, input.NextToken, 500, invalidToken);
      const Metrics = items.map(({ namespace, name, dimensions }) => ({ Namespace: namespace, MetricName: name, Dimensions: dimensions }));
      return { Metrics, NextToken: next };
    },
  }),
  operation({
    name: 'GetMetricStatistics',
    input: z.strictObject({
      Namespace,
      MetricName: Name,
      Dimensions: Dimensions.optional(),
      StartTime: timestamp,
      EndTime: timestamp,
      Period,
      Statistics: z.array(StatisticName).min(1).max(5).optional(),
      Unit: Unit.optional(),
    }),
    resource: () => '*',
    run(input, { account }) {
      if (input.Statistics === undefined) throw new ApiError(400, 'MissingParameter', 'Must specify Statistics or ExtendedStatistics.');
      const metric = account.cloudwatch.metric(input.Namespace, input.MetricName, input.Dimensions ?? []);
      const Datapoints = buckets(metric, input.StartTime, input.EndTime, input.Period).map(({ time, points }) => ({
        Timestamp: time,
        ...Object.fromEntries((input.Statistics ?? []).map((name) => [name, statistic(points, name)])),
        Unit: points[0]?.unit ?? 'None',
      }));
      return { Label: input.MetricName, Datapoints };
    },
  }),
  operation({
    name: 'GetMetricData',
    input: z.strictObject({
      MetricDataQueries: z.array(
        z.strictObject({
          Id: text(1, 255, /[a-z][a-zA-Z0-9_]*/),
          MetricStat: z.strictObject({
            Metric: z.strictObject({ Namespace, MetricName: Name, Dimensions: Dimensions.optional() }),
            Period,
            Stat: StatisticName,
            Unit: Unit.optional(),
          }),
          Label: z.string().optional(),
          ReturnData: z.boolean().optional(),
        }),
      ),
      StartTime: timestamp,
      EndTime: timestamp,
      NextToken: z.string().optional(),
      ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
      MaxDatapoints: z.number().int().optional(),
    }),
    resource: () => '*',
    run(input, { account }) {
      const MetricDataResults = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map(({ Id, Label, MetricStat }) => {
        const metric = account.cloudwatch.metric(MetricStat.Metric.Namespace, MetricStat.Metric.MetricName, MetricStat.Metric.Dimensions ?? []);
        const found = buckets(metric, input.StartTime, input.EndTime, MetricStat.Period);
        if (input.ScanBy !== 'TimestampAscending') found.reverse();
        return {
          Id,
          Label: Label ?? MetricStat.Metric.MetricName,
          Timestamps: found.map(({ time }) => time),
          Values: found.map(({ points }) => statistic(points, MetricStat.Stat)),
          StatusCode: 'Complete',
        };
      });
      return { MetricDataResults, Messages: [] };
    },
  }),
  operation({
    name: 'PutMetricData',
    input: z.strictObject({
      Namespace,
      MetricData: z
        .array(
          z.strictObject({
            MetricName: Name,
            Dimensions: Dimensions.optional(),
            Timestamp: timestamp.optional(),
            Value: z.number().optional(),
            StatisticValues: z.strictObject({ SampleCount: z.number(), Sum: z.number(), Minimum: z.number(), Maximum: z.number() }).optional(),
            Unit: Unit.optional(),
            StorageResolution: z.number().int().min(1).optional(),
          }),
        )
        .max(1000)
        .optional(),
    }),
    resource: () => '*',
    run(input, { account }) {
      for (const datum of input.MetricData ?? []) {
        account.cloudwatch.put(input.Namespace, datum.MetricName, datum.Dimensions ?? [], pointOf(datum, account.now()));
      }
      return undefined;
    },
  }),
];

function pointOf(
  datum: {
    readonly Timestamp?: Date | undefined;
    readonly Value?: number | undefined;
    readonly StatisticValues?: { readonly SampleCount: number; readonly Sum: number; readonly Minimum: number; readonly Maximum: number } | undefined;
    readonly Unit?: string | undefined;
  },
  now: number,
): Datapoint {
  const { Value, StatisticValues: set } = datum;
  if ((Value === undefined) === (set === undefined)) {
    throw new ApiError(400, 'InvalidParameterCombination', 'Exactly one of the parameters Value and StatisticValues must be specified.');
  }
  const time = datum.Timestamp?.getTime() ?? now;
  if (set !== undefined) return { time, sum: set.Sum, count: set.SampleCount, min: set.Minimum, max: set.Maximum, unit: datum.Unit };
  const value = Value ?? 0;
  return { time, sum: value, count: 1, min: value, max: value, unit: datum.Unit };
}

/** Datapoints by period, oldest first; periods without data are left out. */
function buckets(
  metric: Metric | undefined,
  start: Date,
  end: Date,
  period: number,
): { readonly time: Date; readonly points: readonly Datapoint[] }[] {
  const length = period * 1000;
  const found = new Map<number, Datapoint[]>();
  for (const point of metric?.points ?? []) {
    if (point.time < start.getTime() || point.time >= end.getTime()) continue;
    const from = Math.floor(point.time / length) * length;
    found.set(from, [...(found.get(from) ?? []), point]);
  }
  return [...found].sort(([left], [right]) => left - right).map(([time, points]) => ({ time: new Date(time), points }));
}
