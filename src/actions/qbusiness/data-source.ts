import type { ActionContext, Permission } from '../../ports/action.ts';
import type { Aws } from '../../ports/aws.ts';
import type { DataSourceRef } from '../../ports/qbusiness.ts';
import type { DataSourceTarget } from '../../ports/targets.ts';
import { awsAll, dataSourceArn } from '../aws/permissions.ts';

/** A data source as a target names it, and the AWS that has it. */
export function dataSourceOf(
  context: ActionContext,
  target: string,
): { readonly aws: Aws; readonly ref: DataSourceRef; readonly found: DataSourceTarget } {
  const found = context.target(target, 'data-source');
  const { application, index, data_source: dataSource, region } = found;
  return { aws: context.aws(region), ref: { application, index, dataSource }, found };
}

/** Permissions on a data source: `GetDataSource` stands for `qbusiness:GetDataSource`. */
export function onDataSource(context: ActionContext, target: string, ...actions: readonly string[]): Permission[] {
  return awsAll(
    actions.map((action) => `qbusiness:${action}`),
    dataSourceArn(context, context.target(target, 'data-source')),
  );
}
