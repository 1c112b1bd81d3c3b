import type { IndexedDocument, QBusiness } from '../../ports/qbusiness.ts';
import { timeOf } from './json.ts';
import type { Link } from './link.ts';
import { indexArn } from './qbusiness-names.ts';

/** What an index of Amazon Q Business holds. */
export function indexOf(link: Link): Pick<QBusiness, 'index' | 'documents'> {
  return {
    async index(application, index) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:GetIndex', resource: indexArn(link, application, index) };
      const found = await link.ask(asked, (options) => client.send(new sdk.GetIndexCommand({ applicationId: application, indexId: index }), options));
      const text = found.indexStatistics?.textDocumentStatistics;
      return {
        name: found.displayName ?? '',
        status: found.status ?? '',
        documents: text?.indexedTextDocumentCount ?? 0,
        bytes: text?.indexedTextBytes ?? 0,
        updated: timeOf(found.updatedAt),
        error: found.error?.errorMessage ?? found.error?.errorCode ?? null,
      };
    },

    async *documents(application, index, dataSource): AsyncIterable<IndexedDocument> {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:ListDocuments', resource: indexArn(link, application, index) };
      const input = { applicationId: application, indexId: index, ...(dataSource === undefined ? {} : { dataSourceIds: [dataSource] }) };
      let nextToken: string | undefined;
      do {
        const more = nextToken === undefined ? {} : { nextToken };
        const page = await link.ask(asked, (options) => client.send(new sdk.ListDocumentsCommand({ ...input, ...more }), options));
        for (const one of page.documentDetailList ?? []) {
          const error = one.error?.errorMessage ?? one.error?.errorCode ?? null;
          yield { id: one.documentId ?? '', status: one.status ?? '', updated: timeOf(one.updatedAt), error };
        }
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },
  };
}
