import { z } from 'zod';
import { text, textInteger } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { arn, findIndex } from './find.ts';
import { DocumentId, Id, listOf, NextToken } from './schema.ts';

/** Documents of an index. Changing them are data events, which CloudTrail's event history does not have. */
export const documentOperations: readonly Operation[] = [
  operation({
    name: 'ListDocuments',
    // One word differs from the other paths; API reference, ListDocuments.
    http: 'GET /applications/{applicationId}/index/{indexId}/documents',
    query: { dataSourceIds: 'dataSourceIds', nextToken: 'nextToken', maxResults: 'maxResults' },
    input: z.strictObject({
      applicationId: Id,
      indexId: Id,
      dataSourceIds: listOf(Id, 1, 1).optional(),
      nextToken: NextToken,
      maxResults: textInteger(1, 100).optional(),
    }),
    resource: (input, { account }) => arn.index(account, input),
    run(input, { account }) {
      const wanted = input.dataSourceIds ?? null;
      const all = [...findIndex(account, input).documents.values()].filter(
        ({ dataSourceId }) => wanted === null || (dataSourceId !== null && wanted.includes(dataSourceId)),
      );
      const { items, next } = page(all, input.nextToken, input.maxResults ?? 100);
      const documentDetailList = items.map(({ id, created, updated }) => ({
        documentId: id,
        status: 'INDEXED',
        createdAt: created,
        updatedAt: updated,
      }));
      return { documentDetailList, nextToken: next };
    },
  }),
  operation({
    name: 'BatchPutDocument',
    http: 'POST /applications/{applicationId}/indices/{indexId}/documents',
    input: z.strictObject({
      applicationId: Id,
      indexId: Id,
      documents: z
        .array(
          z.strictObject({
            id: DocumentId,
            title: text(1, 1024).optional(),
            contentType: z.enum(['PDF', 'HTML', 'MS_WORD', 'PLAIN_TEXT', 'PPT', 'RTF', 'XML', 'XSLT', 'MS_EXCEL', 'CSV', 'JSON', 'MD']).optional(),
            content: z.strictObject({ blob: z.base64() }).optional(),
          }),
        )
        .min(1)
        .max(10),
    }),
    resource: (input, { account }) => arn.index(account, input),
    run(input, { account }) {
      const index = findIndex(account, input);
      const time = new Date(account.now());
      for (const { id, title, content } of input.documents) {
        const bytes = Buffer.from(content?.blob ?? '', 'base64');
        const created = index.documents.get(id)?.created ?? time;
        const kept = { id, dataSourceId: null, title: title ?? id, etag: '', text: bytes.toString('utf8'), bytes: bytes.length };
        index.documents.set(id, { ...kept, created, updated: time });
      }
      return { failedDocuments: [] };
    },
  }),
  operation({
    name: 'BatchDeleteDocument',
    http: 'POST /applications/{applicationId}/indices/{indexId}/documents/delete',
    input: z.strictObject({
      applicationId: Id,
      indexId: Id,
      documents: z.array(z.strictObject({ documentId: DocumentId })),
      dataSourceSyncId: Id.optional(),
    }),
    resource: (input, { account }) => arn.index(account, input),
    run(input, { account }) {
      const index = findIndex(account, input);
      const failedDocuments = input.documents.flatMap(({ documentId }) => {
        const document = index.documents.get(documentId);
        if (document?.dataSourceId === null) index.documents.delete(documentId);
        // What a connector crawled goes when it is gone at its source.
        if (document?.dataSourceId == null) return [];
        const error = { errorCode: 'InvalidRequest', errorMessage: 'The document was not added by BatchPutDocument.' };
        return [{ id: documentId, error, dataSourceId: document.dataSourceId }];
      });
      return { failedDocuments };
    },
  }),
];
