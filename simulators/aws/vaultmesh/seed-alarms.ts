import type { Account } from '../account.ts';
import { NAMES } from './names.ts';

const DAY = 86_400_000;

/** The topic, the metrics and the alarms, of which one can never fire. */
export function seedAlarms(account: Account, now: number): void {
  const topic = account.sns.createTopic(NAMES.topic);
  account.sns.subscribe(topic, 'email', 'ops@vaultmesh.example', false).confirmed = true;
  const App = [{ Name: 'App', Value: NAMES.applicationId }];
  const point = (time: number, value: number) => ({ time, sum: value, count: 1, min: value, max: value, unit: 'Count' });
  // Whoever writes the metric says which application; the alarm does not.
  account.cloudwatch.put(NAMES.metricNamespace, 'SyncFailed', App, point(now - 9 * DAY, 1));
  for (const days of [3, 2, 1]) account.cloudwatch.put(NAMES.metricNamespace, 'NoSync', App, point(now - days * DAY, 0));
  account.cloudwatch.put('AWS/CodePipeline', 'FailedExecutions', [{ Name: 'PipelineName', Value: NAMES.pipeline }], point(now - 2 * DAY, 0));
  const shared = {
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [topic.arn],
  } as const;
  account.cloudwatch.putAlarm({
    ...shared,
    AlarmName: NAMES.alarm,
    AlarmDescription: 'Detect Q Business data source sync failures',
    Namespace: NAMES.metricNamespace,
    MetricName: 'SyncFailed',
  });
  account.cloudwatch.putAlarm({
    ...shared,
    AlarmName: NAMES.pipelineAlarm,
    AlarmDescription: 'Pipeline execution failed',
    Namespace: 'AWS/CodePipeline',
    MetricName: 'FailedExecutions',
    Dimensions: [{ Name: 'PipelineName', Value: NAMES.pipeline }],
  });
  account.cloudwatch.evaluate();
}
