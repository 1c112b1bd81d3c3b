import { z } from 'zod';
import { textInteger } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { arn, findApplication, findIndex } from './find.ts';
import { Id, NextToken } from './schema.ts';

export const applicationOperations: readonly Operation[] = [
  operation({
    name: 'ListApplications',
    http: 'GET /applications',
    query: { maxResults: 'maxResults', nextToken: 'nextToken' },
    input: z.strictObject({ maxResults: textInteger(1, 100).optional(), nextToken: NextToken }),
    resource: () => '*',
    run(input, { account }) {
      const { items, next } = page([...account.qbusiness.applications.values()], input.nextToken, input.maxResults ?? 100);
      const applications = items.map(({ id, displayName, created, updated, identityType }) => ({
        applicationId: id,
        displayName,
        createdAt: created,
        updatedAt: updated,
        status: 'ACTIVE',
        identityType,
      }));
      return { applications, nextToken: next };
    },
  }),
  operation({
    name: 'GetApplication',
    http: 'GET /applications/{applicationId}',
    input: z.strictObject({ applicationId: Id }),
    resource: (input, { account }) => arn.application(account, input),
    run(input, { account }) {
      const { id, displayName, description, identityType, roleArn, created, updated } = findApplication(account, input);
      return {
        displayName,
        applicationId: id,
        applicationArn: arn.application(account, { applicationId: id }),
        identityType,
        roleArn,
        status: 'ACTIVE',
        description,
        createdAt: created,
        updatedAt: updated,
        attachmentsConfiguration: { attachmentsControlMode: 'DISABLED' },
      };
    },
  }),
  operation({
    name: 'ListIndices',
    http: 'GET /applications/{applicationId}/indices',
    query: { maxResults: 'maxResults', nextToken: 'nextToken' },
    input: z.strictObject({ applicationId: Id, maxResults: textInteger(1, 100).optional(), nextToken: NextToken }),
    resource: (input, { account }) => arn.application(account, input),
    run(input, { account }) {
      const { items, next } = page([...findApplication(account, input).indices.values()], input.nextToken, input.maxResults ?? 100);
      const indices = items.map(({ id, displayName, created, updated }) => ({
        indexId: id,
        displayName,
        createdAt: created,
        updatedAt: updated,
        status: 'ACTIVE',
      }));
      return { indices, nextToken: next };
    },
  }),
  operation({
    name: 'GetIndex',
    http: 'GET /applications/{applicationId}/indices/{indexId}',
    input: z.strictObject({ applicationId: Id, indexId: Id }),
    resource: (input, { account }) => arn.index(account, input),
    run(input, { account }) {
      const index = findIndex(account, input);
      const documents = [...index.documents.values()];
      return {
        ...input,
        displayName: index.displayName,
        indexArn: arn.index(account, input),
        status: 'ACTIVE',
        type: index.type,
        createdAt: index.created,
        updatedAt: index.updated,
        capacityConfiguration: { units: index.units },
        indexStatistics: {
          textDocumentStatistics: {
            indexedTextBytes: documents.reduce((sum, { bytes }) => sum + bytes, 0),
            indexedTextDocumentCount: documents.length,
          },
        },
      };
    },
  }),
];
