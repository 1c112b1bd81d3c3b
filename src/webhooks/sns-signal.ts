import { z } from 'zod';
import type { Link } from '../domain/records/data/alerts.ts';
import type { Signal } from '../engine/alerts/signal.ts';
import type { SnsMessage } from './sns.ts';

/** A CloudWatch alarm's message, as far as it is read (docs.aws.amazon.com/AmazonCloudWatch: Alarm events over SNS). */
const alarmSchema = z.object({
  AlarmName: z.string().min(1),
  AlarmArn: z.string().optional(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string().default(''),
});

/** A call that CloudTrail saw, as an EventBridge rule hands it on (docs.aws.amazon.com/eventbridge: AWS API call events via CloudTrail). */
const callSchema = z.object({
  'detail-type': z.literal('AWS API Call via CloudTrail'),
  detail: z.object({
    eventName: z.string().min(1),
    eventTime: z.string(),
    sourceIPAddress: z.string().nullish(),
    errorCode: z.string().nullish(),
    userIdentity: z.object({ userName: z.string().nullish(), arn: z.string().nullish(), invokedBy: z.string().nullish() }).nullish(),
  }),
});

/** What an SNS notification tells: a CloudWatch alarm, a call that EventBridge hands on, or a plain message (VQ-01, VQ-02, VO-11). */
export function signalOf({ TopicArn, Subject, Message }: Extract<SnsMessage, { Type: 'Notification' }>): Signal {
  const json = parsed(Message);
  const alarm = alarmSchema.safeParse(json).data;
  const call = callSchema.safeParse(json).data;
  if (call !== undefined) return { source: 'sns', topic: TopicArn, subject: Subject ?? `Call of ${call.detail.eventName}`, message: sayCall(call) };
  if (alarm === undefined) return { source: 'sns', topic: TopicArn, subject: Subject ?? '', message: Message };
  return {
    source: 'cloudwatch',
    topic: TopicArn,
    alarm: alarm.AlarmName,
    state: alarm.NewStateValue,
    reason: alarm.NewStateReason,
    links: consoleLink(alarm.AlarmArn, alarm.AlarmName),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sayCall({ detail }: z.infer<typeof callSchema>): string {
  const { eventName, eventTime, sourceIPAddress, errorCode, userIdentity } = detail;
  const who = userIdentity?.userName ?? userIdentity?.arn?.split('/').at(-1) ?? userIdentity?.invokedBy ?? 'Somebody';
  const from = sourceIPAddress == null ? '' : ` from ${sourceIPAddress}`;
  return `${who} called ${eventName} at ${eventTime}${from}${errorCode == null ? '' : `, and was refused (${errorCode})`}.`;
}

/** The alarm in Amazon's console. */
function consoleLink(arn: string | undefined, name: string): readonly Link[] {
  const region = arn?.split(':')[3];
  if (region === undefined || !/^[a-z0-9-]+$/.test(region)) return [];
  const url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name)}`;
  return [{ title: 'Alarm in CloudWatch', url }];
}
