import type { ActionContext, Permission } from '../../ports/action.ts';
import type { BucketTarget, DataSourceTarget, TargetKinds } from '../../ports/targets.ts';

/** One permission of IAM. The account is `*` where it is not known before AWS is asked. */
export function aws(action: string, resource: string): Permission {
  return { provider: 'aws', action, resource };
}

/** Several actions on one resource. */
export function awsAll(actions: readonly string[], resource: string): Permission[] {
  return actions.map((action) => aws(action, resource));
}

export function applicationArn(context: ActionContext, { application, region }: TargetKinds['application'] | DataSourceTarget): string {
  return `arn:aws:qbusiness:${context.aws(region).region}:*:application/${application}`;
}

export function indexArn(context: ActionContext, target: DataSourceTarget): string {
  return `${applicationArn(context, target)}/index/${target.index}`;
}

export function dataSourceArn(context: ActionContext, target: DataSourceTarget): string {
  return `${indexArn(context, target)}/data-source/${target.data_source}`;
}

export function bucketArn({ bucket }: Pick<BucketTarget, 'bucket'>): string {
  return `arn:aws:s3:::${bucket}`;
}

/** Everything of a target's objects. */
export function objectsArn({ bucket, prefix }: BucketTarget): string {
  return `arn:aws:s3:::${bucket}/${prefix}*`;
}

export function roleArn(name: string): string {
  return `arn:aws:iam::*:role/${name}`;
}
