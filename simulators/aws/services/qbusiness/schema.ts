import { z } from 'zod';
import { text } from '../../protocol/input.ts';

/** Shapes that several operations share; constraints as the Q Business API reference gives them. */
export const Id = text(36, 36, /[a-zA-Z0-9][a-zA-Z0-9-]{35}/);
export const NextToken = text(1, 800).optional();
export const ClientToken = text(1, 100).optional();

const PRINTABLE = /\P{C}*/u;
/** A list in a query string comes as one text when it has one item. */
export const listOf = <T extends z.ZodType>(item: T, min = 0, max = Number.MAX_SAFE_INTEGER): z.ZodPreprocess<z.ZodArray<T>> =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(min).max(max));

export const Phrase = text(0, 36, PRINTABLE);
export const SystemMessage = text(0, 350, PRINTABLE);
export const Switch = z.enum(['ENABLED', 'DISABLED']);

const UsersAndGroups = z.strictObject({
  userIds: z.array(text(1, 2048)).optional(),
  userGroups: z.array(text(1, 2048)).optional(),
});

const Rule = z.strictObject({
  includedUsersAndGroups: UsersAndGroups.optional(),
  excludedUsersAndGroups: UsersAndGroups.optional(),
  ruleType: z.enum(['CONTENT_BLOCKER_RULE', 'CONTENT_RETRIEVAL_RULE']),
  ruleConfiguration: z
    .strictObject({
      contentBlockerRule: z.strictObject({ systemMessageOverride: SystemMessage.optional() }).optional(),
      contentRetrievalRule: z
        .strictObject({
          eligibleDataSources: z
            .array(z.strictObject({ indexId: Id.optional(), dataSourceId: Id.optional() }))
            .max(5)
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

export const TopicInput = z.strictObject({
  name: text(1, 36, /[a-zA-Z0-9][a-zA-Z0-9-]{0,35}/),
  description: text(0, 350, PRINTABLE).optional(),
  exampleChatMessages: z
    .array(text(0, 350, PRINTABLE))
    .max(5)
    .optional(),
  rules: z.array(Rule).max(10),
});

export const DocumentId = text(1, 1825, PRINTABLE);
