import { hash } from 'node:crypto';
import type { NodeHttpHandler, NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { outbound } from '../../lib/outbound/outbound.ts';
import type { AwsIdentity } from '../../ports/aws.ts';
import { awsAgents } from './agents.ts';
import { AWS_SERVICES, type AwsEnvironment, type AwsService, awsCredentials, awsEndpoint } from './credentials.ts';
import { Limiter } from './limiter.ts';

/** The clients of one region and one set of credentials. Each is loaded when it is first used: the SDK is most of what there is to load. */
export type Clients = ReturnType<typeof createClients>;

export interface Place {
  readonly region: string;
  /** Its addresses and credentials; what is unset is left to the SDK's own chain of environment, files and roles. */
  readonly environment: AwsEnvironment;
}

const TRIES = 4;
const CONNECT_WITHIN = 3_000;
const ANSWER_WITHIN = 15_000;
/** S3 answers a copy of some gigabytes only when it is nearly done. In ms. */
const COPY_WITHIN = 300_000;
const LOOK_UPS = 2;
const LOOK_UP_WINDOW = 1_050;

const opened = new Map<string, Clients>();

/** The process's clients for a place; the same for everybody who asks. */
export function clientsOf(place: Place): Clients {
  const { region, environment } = place;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  const endpoints = AWS_SERVICES.map((service) => awsEndpoint(environment, service));
  const key = hash('sha256', JSON.stringify([region, endpoints, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN]));
  const known = opened.get(key);
  if (known !== undefined) return known;
  const clients = createClients(place);
  opened.set(key, clients);
  return clients;
}

/** Closes the connections of all clients. */
export function closeAws(): void {
  for (const clients of opened.values()) clients.close();
  opened.clear();
}

async function http1(options: NodeHttpHandlerOptions): Promise<NodeHttpHandler> {
  const { NodeHttpHandler: Handler } = await import('@smithy/node-http-handler');
  return new Handler(options);
}

function createClients({ region, environment }: Place) {
  const credentials = awsCredentials(environment);
  const closing: (() => void)[] = [];
  const common = {
    region,
    retryMode: 'adaptive',
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT_WITHIN, requestTimeout: ANSWER_WITHIN, throwOnRequestTimeout: true, ...awsAgents() },
    ...(credentials === undefined ? {} : { credentials }),
  };

  function at(service: AwsService) {
    const endpoint = awsEndpoint(environment, service);
    return endpoint === undefined ? common : { ...common, endpoint };
  }

  /** Loads once; a load that failed is tried again. */
  function once<S extends { readonly client: { destroy(): void } }>(load: () => Promise<S>): () => Promise<S> {
    let loading: Promise<S> | null = null;
    return () => {
      loading ??= load().then(
        (service) => {
          closing.push(() => service.client.destroy());
          return service;
        },
        (error: unknown) => {
          loading = null;
          throw error;
        },
      );
      return loading;
    };
  }

  return {
    qbusiness: once(async () => {
      const sdk = await import('@aws-sdk/client-qbusiness');
      // This client would speak HTTP/2, for conversations in both directions at once; Tocsin has none, and no proxy passes it on.
      const requestHandler = outbound() === null ? common.requestHandler : await http1(common.requestHandler);
      return { sdk, client: new sdk.QBusinessClient({ ...at('QBUSINESS'), requestHandler }) };
    }),
    s3: once(async () => {
      const sdk = await import('@aws-sdk/client-s3');
      const place = at('S3');
      const requestHandler = { ...common.requestHandler, requestTimeout: COPY_WITHIN };
      // Another S3 than Amazon's has no name of its own for each bucket: it then goes into the path.
      return { sdk, client: new sdk.S3Client({ ...place, requestHandler, ...('endpoint' in place ? { forcePathStyle: true } : {}) }) };
    }),
    cloudtrail: once(async () => {
      const sdk = await import('@aws-sdk/client-cloudtrail');
      return { sdk, client: new sdk.CloudTrailClient(at('CLOUDTRAIL')) };
    }),
    cloudwatch: once(async () => {
      const sdk = await import('@aws-sdk/client-cloudwatch');
      return { sdk, client: new sdk.CloudWatchClient(at('CLOUDWATCH')) };
    }),
    logs: once(async () => {
      const sdk = await import('@aws-sdk/client-cloudwatch-logs');
      return { sdk, client: new sdk.CloudWatchLogsClient(at('CLOUDWATCH_LOGS')) };
    }),
    iam: once(async () => {
      const sdk = await import('@aws-sdk/client-iam');
      return { sdk, client: new sdk.IAMClient(at('IAM')) };
    }),
    events: once(async () => {
      const sdk = await import('@aws-sdk/client-eventbridge');
      return { sdk, client: new sdk.EventBridgeClient(at('EVENTBRIDGE')) };
    }),
    sns: once(async () => {
      const sdk = await import('@aws-sdk/client-sns');
      return { sdk, client: new sdk.SNSClient(at('SNS')) };
    }),
    sts: once(async () => {
      const sdk = await import('@aws-sdk/client-sts');
      return { sdk, client: new sdk.STSClient(at('STS')) };
    }),
    /** Two look-ups a second for an account and region (CloudTrail, "Quotas"). */
    lookUps: new Limiter(LOOK_UPS, LOOK_UP_WINDOW),
    /** Who asks, once it is known. */
    identity: null as Promise<AwsIdentity> | null,
    close: () => {
      for (const close of closing.splice(0)) close();
    },
  };
}
