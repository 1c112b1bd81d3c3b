import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Alarm, LogEvent, Watch } from '../../ports/aws.ts';
import { timeOf } from './json.ts';
import type { Link } from './link.ts';

/** Most names in one DescribeAlarms. */
const ALARMS_A_CALL = 100;
const HISTORY_A_PAGE = 100;
const EVENTS_A_PAGE = 1_000;
/** A log group may hold anything: beyond this many pages the rest is left, and said. */
const MAX_PAGES = 50;

/** CloudWatch's alarms and metrics, and CloudWatch Logs. */
export function watchOf(link: Link): Watch {
  return {
    async alarms(names) {
      const { client, sdk } = await link.clients.cloudwatch();
      const asked = { permission: 'cloudwatch:DescribeAlarms', resource: `arn:aws:cloudwatch:${link.region}:*:alarm:*` };
      const found: Alarm[] = [];
      for (let at = 0; at < names.length; at += ALARMS_A_CALL) {
        const input = { AlarmNames: names.slice(at, at + ALARMS_A_CALL), AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] };
        const answer = await link.ask(asked, (options) => client.send(new sdk.DescribeAlarmsCommand(input), options));
        found.push(...(answer.MetricAlarms ?? []).map(alarmOf), ...(answer.CompositeAlarms ?? []).map(alarmOf));
      }
      return found;
    },

    async lastFired(name) {
      const { client, sdk } = await link.clients.cloudwatch();
      const asked = { permission: 'cloudwatch:DescribeAlarmHistory', resource: `arn:aws:cloudwatch:${link.region}:*:alarm:${name}` };
      return link.ask(asked, async ({ abortSignal }) => {
        let next: string | undefined;
        let pages = 0;
        do {
          const input = {
            AlarmName: name,
            AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
            HistoryItemType: 'StateUpdate' as const,
            ScanBy: 'TimestampDescending' as const,
            MaxRecords: HISTORY_A_PAGE,
            ...(next === undefined ? {} : { NextToken: next }),
          };
          const page = await client.send(new sdk.DescribeAlarmHistoryCommand(input), { abortSignal });
          const fired = (page.AlarmHistoryItems ?? []).find(({ HistorySummary: summary = '' }) => /\bto ALARM$/.test(summary.trim()));
          if (fired !== undefined) return timeOf(fired.Timestamp) ?? 0;
          next = page.NextToken;
          pages += 1;
        } while (next !== undefined && pages < MAX_PAGES);
        return null;
      });
    },

    async metricDimensions(namespace, name) {
      const { client, sdk } = await link.clients.cloudwatch();
      const asked = { permission: 'cloudwatch:ListMetrics', resource: '*' };
      return link.ask(asked, async ({ abortSignal }) => {
        const found: Readonly<Record<string, string>>[] = [];
        let next: string | undefined;
        do {
          const input = { Namespace: namespace, MetricName: name, ...(next === undefined ? {} : { NextToken: next }) };
          const page = await client.send(new sdk.ListMetricsCommand(input), { abortSignal });
          found.push(...(page.Metrics ?? []).map((metric) => dimensionsOf(metric.Dimensions)));
          next = page.NextToken;
        } while (next !== undefined);
        return found;
      });
    },

    async logs(group, { from, to, filter, limit }) {
      const { client, sdk } = await link.clients.logs();
      const asked = { permission: 'logs:FilterLogEvents', resource: `arn:aws:logs:${link.region}:*:log-group:${group}:*` };
      const input = {
        logGroupName: group,
        startTime: from,
        endTime: to,
        limit: EVENTS_A_PAGE,
        ...(filter === undefined || filter === '' ? {} : { filterPattern: filter }),
      };
      return link.ask(asked, async ({ abortSignal }) => {
        let events: LogEvent[] = [];
        let seen = 0;
        let next: string | undefined;
        let pages = 0;
        do {
          const page = await client.send(new sdk.FilterLogEventsCommand({ ...input, ...(next === undefined ? {} : { nextToken: next }) }), {
            abortSignal,
          });
          const more = (page.events ?? []).map((event) => ({
            time: event.timestamp ?? 0,
            stream: event.logStreamName ?? '',
            message: event.message ?? '',
          }));
          seen += more.length;
          events = [...events, ...more].sort((left, right) => left.time - right.time).slice(-limit);
          next = page.nextToken;
          pages += 1;
        } while (next !== undefined && pages < MAX_PAGES);
        return { events, complete: next === undefined && seen <= limit };
      });
    },
  };
}

/** Metric and composite alarms share these fields. */
function alarmOf(alarm: MetricAlarm): Alarm {
  const { Namespace: namespace, MetricName: name } = alarm;
  return {
    name: alarm.AlarmName ?? '',
    arn: alarm.AlarmArn ?? '',
    state: alarm.StateValue ?? '',
    since: timeOf(alarm.StateTransitionedTimestamp) ?? timeOf(alarm.StateUpdatedTimestamp),
    reason: alarm.StateReason ?? '',
    enabled: alarm.ActionsEnabled !== false,
    alarmActions: alarm.AlarmActions ?? [],
    okActions: alarm.OKActions ?? [],
    metric: namespace === undefined || name === undefined ? null : { namespace, name, dimensions: dimensionsOf(alarm.Dimensions) },
    missingData: alarm.TreatMissingData ?? 'missing',
  };
}

function dimensionsOf(list: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']));
}
