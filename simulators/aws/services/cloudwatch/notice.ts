import type { Alarm, AlarmState } from './state.ts';

/** What a region is called in the subjects of messages. */
const REGION_NAMES: Readonly<Record<string, string>> = {
  'eu-west-1': 'EU (Ireland)',
  'eu-central-1': 'EU (Frankfurt)',
  'us-east-1': 'US East (N. Virginia)',
};

export function alarmSubject({ settings, state }: Alarm, region: string): string {
  return `${state}: "${settings.AlarmName}" in ${REGION_NAMES[region] ?? region}`.slice(0, 100);
}

/** The text that CloudWatch publishes when an alarm changes; CloudWatch user guide, "Notifying users on alarm changes". */
export function alarmMessage(account: { readonly id: string; readonly region: string }, arn: string, alarm: Alarm, old: AlarmState): string {
  const { settings } = alarm;
  return JSON.stringify({
    AlarmName: settings.AlarmName,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: account.id,
    AlarmConfigurationUpdatedTimestamp: stamp(alarm.configured),
    NewStateValue: alarm.state,
    NewStateReason: alarm.reason,
    StateChangeTime: stamp(alarm.since),
    Region: REGION_NAMES[account.region] ?? account.region,
    AlarmArn: arn,
    OldStateValue: old,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    Trigger: {
      MetricName: settings.MetricName,
      Namespace: settings.Namespace,
      StatisticType: 'Statistic',
      Statistic: settings.Statistic.toUpperCase(),
      Unit: settings.Unit ?? null,
      Dimensions: (settings.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
      Period: settings.Period,
      EvaluationPeriods: settings.EvaluationPeriods,
      ComparisonOperator: settings.ComparisonOperator,
      Threshold: settings.Threshold,
      TreatMissingData: settings.TreatMissingData ?? 'missing',
      EvaluateLowSampleCountPercentile: '',
    },
  });
}

function stamp(time: Date): string {
  return time.toISOString().replace('Z', '+0000');
}
