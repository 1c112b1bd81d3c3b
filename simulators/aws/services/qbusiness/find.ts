import type { Account } from '../../account.ts';
import { ApiError } from '../../protocol/error.ts';
import type { Application, DataSource, Index } from './state.ts';

export function findApplication({ qbusiness }: Account, { applicationId }: { readonly applicationId: string }): Application {
  return qbusiness.applications.get(applicationId) ?? missing('Application', applicationId, 'APPLICATION');
}

export function findIndex(account: Account, ids: { readonly applicationId: string; readonly indexId: string }): Index {
  return findApplication(account, ids).indices.get(ids.indexId) ?? missing('Index', ids.indexId, 'INDEX');
}

export function findDataSource(
  account: Account,
  ids: { readonly applicationId: string; readonly indexId: string; readonly dataSourceId: string },
): { readonly index: Index; readonly dataSource: DataSource } {
  const index = findIndex(account, ids);
  return { index, dataSource: index.dataSources.get(ids.dataSourceId) ?? missing('DataSource', ids.dataSourceId, 'DATA_SOURCE') };
}

function missing(kind: string, id: string, resourceType: string): never {
  throw new ApiError(404, 'ResourceNotFoundException', `${kind} with id ${id} not found.`, { resourceId: id, resourceType });
}

export function validation(message: string): ApiError {
  return new ApiError(400, 'ValidationException', message, { reason: 'FIELD_VALIDATION_FAILED' });
}

/** ARNs as policies name them; service authorization reference, Amazon Q Business. */
export const arn = {
  application: ({ region, id }: Account, { applicationId }: { readonly applicationId: string }): string =>
    `arn:aws:qbusiness:${region}:${id}:application/${applicationId}`,
  index: (account: Account, ids: { readonly applicationId: string; readonly indexId: string }): string =>
    `${arn.application(account, ids)}/index/${ids.indexId}`,
  dataSource: (account: Account, ids: { readonly applicationId: string; readonly indexId: string; readonly dataSourceId: string }): string =>
    `${arn.index(account, ids)}/data-source/${ids.dataSourceId}`,
};
