import type { Service } from '../protocol/service.ts';
import { cloudtrail } from './cloudtrail.ts';
import { cloudwatch } from './cloudwatch/index.ts';
import { events } from './events/index.ts';
import { iam } from './iam/index.ts';
import { logs } from './logs/index.ts';
import { qbusiness } from './qbusiness/index.ts';
import { sns } from './sns/index.ts';
import { sts } from './sts.ts';

/** Every service but S3, by signing name. */
export const SERVICES: ReadonlyMap<string, Service> = new Map(
  [qbusiness, cloudtrail, cloudwatch, logs, iam, events, sns, sts].map((service) => [service.name, service]),
);
