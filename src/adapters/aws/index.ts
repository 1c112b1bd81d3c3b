import { UserError } from '../../domain/errors.ts';
import type { Aws } from '../../ports/aws.ts';
import { clientsOf } from './clients.ts';
import type { AwsEnvironment } from './credentials.ts';
import { eventsOf } from './events.ts';
import { iamOf } from './iam.ts';
import { linkTo } from './link.ts';
import { qbusinessOf } from './qbusiness.ts';
import { storageOf } from './s3.ts';
import { trailOf } from './trail.ts';
import { watchOf } from './watch.ts';

export { closeAws } from './clients.ts';

export interface AwsOptions {
  readonly region: string | undefined;
  readonly service: string;
  readonly environment: AwsEnvironment;
  readonly signal: AbortSignal;
}

/**
 * AWS for one step. Asks nothing yet and loads nothing yet: the clients are the process's own, one set for each region and credentials.
 * @throws UserError `no-aws`
 */
export function openAws({ region, service, environment, signal }: AwsOptions): Aws {
  if (region === undefined) throw new UserError('no-aws', `The service ${service} has no region. Set services.${service}.aws.region in tocsin.yml.`);
  const link = linkTo(region, clientsOf({ region, environment }), signal);
  return {
    region,
    identity: link.identity,
    qbusiness: qbusinessOf(link),
    s3: storageOf(link),
    trail: trailOf(link),
    watch: watchOf(link),
    iam: iamOf(link),
    events: eventsOf(link),
  };
}
