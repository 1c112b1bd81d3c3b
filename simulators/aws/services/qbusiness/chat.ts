import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { text } from '../../protocol/input.ts';
import { operation } from '../../protocol/service.ts';
import { arn, findApplication, validation } from './find.ts';
import { ClientToken, Id, listOf } from './schema.ts';
import type { Application, IndexedDocument, Topic } from './state.ts';

const NOTHING = "Sorry, I couldn't find relevant information to complete your request.";
const BLOCKED = 'Sorry, this topic is restricted.';
const STOP_WORDS = new Set(
  'a an and are at be by can do does for from has have how in is it of on or our that the this to was what when where which who why with you'.split(
    ' ',
  ),
);

export const chatSync = operation({
  name: 'ChatSync',
  http: 'POST /applications/{applicationId}/conversations?sync',
  query: { userId: 'userId', userGroups: 'userGroups' },
  input: z.strictObject({
    applicationId: Id,
    userId: text(1, 1024).optional(),
    userGroups: listOf(text(1, 2048)).optional(),
    userMessage: text(1, 7000).optional(),
    conversationId: Id.optional(),
    parentMessageId: Id.optional(),
    chatMode: z.enum(['RETRIEVAL_MODE', 'CREATOR_MODE']).optional(),
    clientToken: ClientToken,
  }),
  resource: (input, { account }) => arn.application(account, input),
  run(input, { account, principal }) {
    const application = findApplication(account, input);
    if (application.identityType !== 'ANONYMOUS' && principal.identityAware !== true) {
      throw new ApiError(
        403,
        'AccessDeniedException',
        'The operation requires identity-aware credentials of a user with a subscription to the application.',
      );
    }
    if (input.userMessage === undefined) throw validation('The user message is missing.');
    return {
      conversationId: input.conversationId ?? randomUUID(),
      userMessageId: randomUUID(),
      systemMessageId: randomUUID(),
      ...answer(application, input.userMessage),
      failedAttachments: [],
    };
  },
});

function answer(application: Application, message: string): { readonly systemMessage: string; readonly sourceAttributions: readonly unknown[] } {
  const blocked = blockedBy(application, message);
  if (blocked !== null) return { systemMessage: blocked, sourceAttributions: [] };
  const found = [...application.indices.values()].flatMap((index) =>
    [...index.documents.values()].map((document) => ({ index, document, score: scoreOf(document, message) })),
  );
  const [best] = found.filter(({ score }) => score > 0).sort((left, right) => right.score - left.score);
  if (best === undefined) return { systemMessage: NOTHING, sourceAttributions: [] };
  const { document, index } = best;
  const snippet = snippetOf(document, message);
  return {
    systemMessage: snippet,
    sourceAttributions: [
      {
        title: document.title,
        snippet,
        url: document.id.replace(/^s3:\/\/([^/]+)\//, 'https://$1.s3.amazonaws.com/'),
        citationNumber: 1,
        updatedAt: document.updated,
        textMessageSegments: [{ beginOffset: 0, endOffset: snippet.length, snippetExcerpt: { text: snippet } }],
        documentId: document.id,
        indexId: index.id,
        ...(document.dataSourceId === null ? {} : { datasourceId: document.dataSourceId }),
      },
    ],
  };
}

/** The message that stands in for an answer; topics are told by their example messages. */
function blockedBy({ controls }: Application, message: string): string | null {
  const said = message.toLowerCase();
  const { blockedPhrases, systemMessageOverride } = controls.blockedPhrases;
  if (blockedPhrases.some((phrase) => said.includes(phrase.toLowerCase()))) return systemMessageOverride ?? BLOCKED;
  const topic = controls.topicConfigurations.find(({ exampleChatMessages }) => exampleChatMessages?.some((one) => one.toLowerCase() === said));
  return topic === undefined ? null : blockerOf(topic);
}

function blockerOf({ rules }: Topic): string | null {
  for (const rule of rules as { ruleType?: string; ruleConfiguration?: { contentBlockerRule?: { systemMessageOverride?: string } } }[]) {
    if (rule.ruleType === 'CONTENT_BLOCKER_RULE') return rule.ruleConfiguration?.contentBlockerRule?.systemMessageOverride ?? BLOCKED;
  }
  return null;
}

function wordsOf(said: string): Set<string> {
  return new Set((said.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !STOP_WORDS.has(word)));
}

function scoreOf({ title, text: content }: IndexedDocument, message: string): number {
  const known = wordsOf(`${title} ${content}`);
  return [...wordsOf(message)].filter((word) => known.has(word)).length;
}

/** The sentence of a document that has most of the question's words. */
function snippetOf(document: IndexedDocument, message: string): string {
  const asked = wordsOf(message);
  const sentences = document.text.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => sentence.trim() !== '');
  const score = (sentence: string): number => [...wordsOf(sentence)].filter((word) => asked.has(word)).length;
  const [best = document.title] = sentences.sort((left, right) => score(right) - score(left));
  return best.trim().slice(0, 2000);
}
