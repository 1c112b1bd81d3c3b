import { Signer } from '@aws-sdk/rds-signer';
import { type AwsEnvironment, awsCredentials } from './credentials.ts';

export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string;
  readonly environment: AwsEnvironment;
}

/** A password of Amazon RDS for one login: a request that is signed here and good for 15 minutes (Amazon RDS, IAM database authentication). */
export function databaseToken({ host, port, user, region, environment }: DatabaseLogin): Promise<string> {
  const credentials = awsCredentials(environment);
  return new Signer({ hostname: host, port, username: user, region, ...(credentials === undefined ? {} : { credentials }) }).getAuthToken();
}
