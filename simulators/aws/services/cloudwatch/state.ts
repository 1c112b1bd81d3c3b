import type { Account } from '../../account.ts';
import type { SnsState } from '../sns/state.ts';
import { alarmMessage, alarmSubject } from './notice.ts';

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum';
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface Datapoint {
  /** ms */
  readonly time: number;
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string | undefined;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly points: Datapoint[];
}

/** What PutMetricAlarm says. */
export interface AlarmSettings {
  readonly AlarmName: string;
  readonly AlarmDescription?: string | undefined;
  readonly ActionsEnabled?: boolean | undefined;
  readonly OKActions?: readonly string[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
  readonly InsufficientDataActions?: readonly string[] | undefined;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Statistic: Statistic;
  readonly Dimensions?: readonly Dimension[] | undefined;
  /** s */
  readonly Period: number;
  readonly Unit?: string | undefined;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number | undefined;
  readonly Threshold: number;
  readonly ComparisonOperator: Comparison;
  readonly TreatMissingData?: string | undefined;
}

export type Comparison = 'GreaterThanOrEqualToThreshold' | 'GreaterThanThreshold' | 'LessThanThreshold' | 'LessThanOrEqualToThreshold';

export interface Alarm {
  settings: AlarmSettings;
  configured: Date;
  state: AlarmState;
  reason: string;
  /** When the state changed last. */
  since: Date;
  /** Each change of the state, the oldest first. */
  readonly history: { readonly at: Date; readonly from: AlarmState; readonly to: AlarmState }[];
  /** Somebody set the state; until this time, ms, it is not the metric that decides. */
  held: { readonly state: AlarmState; readonly reason: string; readonly until: number } | null;
}

const COMPARE: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Metrics and alarms of the account. */
export class CloudWatchState {
  readonly alarms = new Map<string, Alarm>();
  readonly #metrics = new Map<string, Metric>();
  readonly #account: Pick<Account, 'id' | 'region' | 'now'>;
  readonly #sns: SnsState;

  constructor(account: Pick<Account, 'id' | 'region' | 'now'>, sns: SnsState) {
    this.#account = account;
    this.#sns = sns;
  }

  metrics(): Metric[] {
    return [...this.#metrics.values()];
  }

  /** A metric is its namespace, its name and exactly these dimensions. */
  metric(namespace: string, name: string, dimensions: readonly Dimension[]): Metric | undefined {
    return this.#metrics.get(keyOf(namespace, name, dimensions));
  }

  put(namespace: string, name: string, dimensions: readonly Dimension[], point: Datapoint): void {
    const key = keyOf(namespace, name, dimensions);
    const metric = this.#metrics.get(key) ?? { namespace, name, dimensions, points: [] };
    this.#metrics.set(key, metric);
    metric.points.push(point);
    this.evaluate();
  }

  arn(name: string): string {
    return `arn:aws:cloudwatch:${this.#account.region}:${this.#account.id}:alarm:${name}`;
  }

  putAlarm(settings: AlarmSettings): Alarm {
    const now = new Date(this.#account.now());
    const before = this.alarms.get(settings.AlarmName);
    const fresh = { state: 'INSUFFICIENT_DATA' as const, reason: 'Unchecked: Initial alarm creation', since: now, history: [], held: null };
    const alarm: Alarm = { ...(before ?? fresh), settings, configured: now };
    this.alarms.set(settings.AlarmName, alarm);
    return alarm;
  }

  /** Looks at every alarm's metric and tells the alarm's topics of each change. */
  evaluate(): void {
    for (const alarm of this.alarms.values()) {
      const [state, reason] = this.#judge(alarm);
      this.change(alarm, state, reason);
    }
  }

  change(alarm: Alarm, state: AlarmState, reason: string): void {
    if (state === alarm.state) return;
    const old = alarm.state;
    alarm.history.push({ at: new Date(this.#account.now()), from: old, to: state });
    Object.assign(alarm, { state, reason, since: new Date(this.#account.now()) });
    const { settings } = alarm;
    if (settings.ActionsEnabled === false) return;
    const actions = { OK: settings.OKActions, ALARM: settings.AlarmActions, INSUFFICIENT_DATA: settings.InsufficientDataActions }[state] ?? [];
    for (const topic of actions) {
      const notice = {
        subject: alarmSubject(alarm, this.#account.region),
        message: alarmMessage(this.#account, this.arn(settings.AlarmName), alarm, old),
      };
      this.#sns.publishAs('cloudwatch.amazonaws.com', topic, notice, this.arn(settings.AlarmName));
    }
  }

  #judge({ settings, held, reason: before, state }: Alarm): readonly [AlarmState, string] {
    if (held !== null && this.#account.now() < held.until) return [held.state, held.reason];
    const values = this.#values(settings);
    const needed = settings.DatapointsToAlarm ?? settings.EvaluationPeriods;
    const missing = settings.TreatMissingData ?? 'missing';
    if (values.every((value) => value === null) && missing !== 'notBreaching' && missing !== 'breaching') {
      if (missing === 'ignore') return [state, before];
      return ['INSUFFICIENT_DATA', 'Insufficient Data: no datapoints were received.'];
    }
    const breaching = values.filter((value) =>
      value === null ? missing === 'breaching' : COMPARE[settings.ComparisonOperator](value, settings.Threshold),
    );
    const worded = settings.ComparisonOperator.replace('Threshold', '')
      .replace(/([A-Z])/g, ' $1')
      .trim()
      .toLowerCase();
    if (breaching.length >= needed) {
      const [value] = breaching;
      return [
        'ALARM',
        `Threshold Crossed: ${needed} datapoint [${value ?? 'missing'}] was ${worded} the threshold (${settings.Threshold.toFixed(1)}).`,
      ];
    }
    const reason = values.every((value) => value === null)
      ? `Threshold Crossed: no datapoints were received for ${settings.EvaluationPeriods} period and ${settings.EvaluationPeriods} missing datapoint was treated as [NonBreaching].`
      : `Threshold Crossed: ${settings.EvaluationPeriods} datapoint was not ${worded} the threshold (${settings.Threshold.toFixed(1)}).`;
    return ['OK', reason];
  }

  /** The statistic of each of the last periods, the newest first; `null` where there is no data. */
  #values({ Namespace, MetricName, Dimensions, Period, EvaluationPeriods, Statistic }: AlarmSettings): (number | null)[] {
    const points = this.metric(Namespace, MetricName, Dimensions ?? [])?.points ?? [];
    const now = this.#account.now();
    const period = Period * 1000;
    return Array.from({ length: EvaluationPeriods }, (_, index) => {
      const [from, until] = [now - (index + 1) * period, now - index * period];
      return statistic(
        points.filter(({ time }) => time > from && time <= until),
        Statistic,
      );
    });
  }
}

export function statistic(points: readonly Datapoint[], wanted: Statistic): number | null {
  if (points.length === 0) return null;
  const sum = points.reduce((total, point) => total + point.sum, 0);
  const count = points.reduce((total, point) => total + point.count, 0);
  switch (wanted) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return count;
    case 'Average':
      return sum / count;
    case 'Minimum':
      return Math.min(...points.map(({ min }) => min));
    case 'Maximum':
      return Math.max(...points.map(({ max }) => max));
  }
}

function keyOf(namespace: string, name: string, dimensions: readonly Dimension[]): string {
  const sorted = dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort();
  return JSON.stringify([namespace, name, sorted]);
}
