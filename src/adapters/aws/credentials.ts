/** The services that are asked, as the SDK's variables name them: `AWS_ENDPOINT_URL_S3`. */
export const AWS_SERVICES = ['S3', 'QBUSINESS', 'CLOUDTRAIL', 'CLOUDWATCH', 'CLOUDWATCH_LOGS', 'IAM', 'EVENTBRIDGE', 'SNS', 'STS'] as const;

export type AwsService = (typeof AWS_SERVICES)[number];

export type AwsEnvironment = {
  readonly AWS_ENDPOINT_URL?: string | undefined;
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
} & { readonly [Name in `AWS_ENDPOINT_URL_${AwsService}`]?: string | undefined };

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The credentials that the environment names, temporary ones with their session token; `undefined` leaves it to the SDK's own chain. */
export function awsCredentials(environment: AwsEnvironment): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Where a service is: its own address, or the one for all of them; `undefined` leaves it to the SDK (its configuration file, then Amazon). */
export function awsEndpoint(environment: AwsEnvironment, service: AwsService): string | undefined {
  return environment[`AWS_ENDPOINT_URL_${service}`] ?? environment.AWS_ENDPOINT_URL;
}
