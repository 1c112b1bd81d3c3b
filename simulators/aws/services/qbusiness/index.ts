import { ApiError } from '../../protocol/error.ts';
import type { Service } from '../../protocol/service.ts';
import { applicationOperations } from './applications.ts';
import { chatSync } from './chat.ts';
import { chatControlOperations } from './chat-controls.ts';
import { dataSourceOperations } from './data-sources.ts';
import { documentOperations } from './documents.ts';
import { validation } from './find.ts';

/** Amazon Q Business. */
export const qbusiness: Service = {
  name: 'qbusiness',
  prefix: 'qbusiness',
  source: 'qbusiness.amazonaws.com',
  protocol: { kind: 'rest-json' },
  invalid: ({ kind, text }) => (kind === 'type' ? new ApiError(400, 'SerializationException', text) : validation(text)),
  operations: [...applicationOperations, ...chatControlOperations, ...dataSourceOperations, ...documentOperations, chatSync],
};
