import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { QBusinessClient } from '@aws-sdk/client-qbusiness';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import { ADMIN, type AwsSimulator, type AwsSimulatorOptions, startAwsSimulator } from '../../aws/index.ts';

export const START = Date.parse('2026-11-21T12:00:00Z');
export const MINUTE = 60_000;

/** A simulator whose account stands still at `START` until somebody moves it. */
export async function startStill(options: Omit<AwsSimulatorOptions, 'now'> = {}): Promise<AwsSimulator & { pass(ms: number): Promise<void> }> {
  let time = START;
  // The two look-ups a second are of the machine's time, which a test gives.
  let wall = Date.now();
  const simulator = await startAwsSimulator({ wall: () => (wall += 501), ...options, now: () => time });
  return Object.assign(simulator, {
    async pass(ms: number) {
      time += ms;
      await simulator.settle();
    },
  });
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The SDK's own clients, as they are, but for the address and for trying once. */
export function clientsOf(simulator: AwsSimulator, { accessKeyId, secretAccessKey }: Keys = ADMIN) {
  const config = { region: simulator.region, endpoint: simulator.url, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
  const clients = {
    qbusiness: new QBusinessClient(config),
    cloudtrail: new CloudTrailClient(config),
    cloudwatch: new CloudWatchClient(config),
    logs: new CloudWatchLogsClient(config),
    events: new EventBridgeClient(config),
    iam: new IAMClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sns: new SNSClient(config),
    sts: new STSClient(config),
  };
  return { ...clients, close: () => Object.values(clients).forEach((client) => client.destroy()) };
}

export type Clients = ReturnType<typeof clientsOf>;

/** What a call was refused with. */
export async function refused(
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as { name: string; message: string; $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode, message };
  }
  throw new Error('The call was not refused.');
}
