import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { textInteger } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { arn, findApplication, validation } from './find.ts';
import { ClientToken, Id, NextToken, Phrase, Switch, SystemMessage, TopicInput } from './schema.ts';
import type { Application, ChatControls, Topic } from './state.ts';

/** Blocked phrases of one application; API reference, BlockedPhrasesConfiguration. */
const MAX_PHRASES = 20;
/** Topics of one application and of one request; API reference, UpdateChatControlsConfiguration. */
const MAX_TOPICS = 10;
const PAGE = 50;

const Update = z.strictObject({
  applicationId: Id,
  clientToken: ClientToken,
  responseScope: z.enum(['ENTERPRISE_CONTENT_ONLY', 'EXTENDED_KNOWLEDGE_ENABLED']).optional(),
  orchestrationConfiguration: z.strictObject({ control: Switch }).optional(),
  blockedPhrasesConfigurationUpdate: z
    .strictObject({
      blockedPhrasesToCreateOrUpdate: z.array(Phrase).optional(),
      blockedPhrasesToDelete: z.array(Phrase).optional(),
      systemMessageOverride: SystemMessage.optional(),
    })
    .optional(),
  topicConfigurationsToCreateOrUpdate: z.array(TopicInput).max(MAX_TOPICS).optional(),
  topicConfigurationsToDelete: z.array(TopicInput).max(MAX_TOPICS).optional(),
  creatorModeConfiguration: z.strictObject({ creatorModeControl: Switch }).optional(),
  hallucinationReductionConfiguration: z.strictObject({ hallucinationReductionControl: Switch.optional() }).optional(),
});

export type ChatControlsUpdate = z.output<typeof Update>;

export const chatControlOperations: readonly Operation[] = [
  operation({
    name: 'GetChatControlsConfiguration',
    http: 'GET /applications/{applicationId}/chatcontrols',
    query: { maxResults: 'maxResults', nextToken: 'nextToken' },
    input: z.strictObject({ applicationId: Id, maxResults: textInteger(1, 50).optional(), nextToken: NextToken }),
    resource: (input, { account }) => arn.application(account, input),
    run(input, { account }) {
      const { controls } = findApplication(account, input);
      const { items, next } = page(controls.topicConfigurations, input.nextToken, input.maxResults ?? PAGE);
      return { ...controls, topicConfigurations: items, nextToken: next };
    },
  }),
  operation({
    name: 'UpdateChatControlsConfiguration',
    http: 'PATCH /applications/{applicationId}/chatcontrols',
    changes: true,
    input: Update,
    resource: (input, { account }) => arn.application(account, input),
    run(input, { account }) {
      const application = findApplication(account, input);
      if (isRepeated(application, input)) return {};
      application.controls = mergeControls(application.controls, input);
      application.updated = new Date(account.now());
      return {};
    },
  }),
];

function isRepeated({ tokens, id }: Application, { clientToken, ...change }: ChatControlsUpdate): boolean {
  if (clientToken === undefined) return false;
  const text = JSON.stringify(change);
  const before = tokens.get(clientToken);
  if (before !== undefined && before !== text) {
    const message = 'The client token was used before with other parameters.';
    throw new ApiError(409, 'ConflictException', message, { resourceId: id, resourceType: 'APPLICATION' });
  }
  tokens.set(clientToken, text);
  return before !== undefined;
}

/** The controls after an update, which merges: what it does not name stays. */
export function mergeControls(controls: ChatControls, update: Omit<ChatControlsUpdate, 'applicationId'>): ChatControls {
  const phrases = update.blockedPhrasesConfigurationUpdate;
  return {
    ...controls,
    responseScope: update.responseScope ?? controls.responseScope,
    blockedPhrases: {
      ...controls.blockedPhrases,
      blockedPhrases: mergePhrases(
        controls.blockedPhrases.blockedPhrases,
        phrases?.blockedPhrasesToCreateOrUpdate ?? [],
        phrases?.blockedPhrasesToDelete ?? [],
      ),
      ...(phrases?.systemMessageOverride === undefined ? {} : { systemMessageOverride: phrases.systemMessageOverride }),
    },
    topicConfigurations: mergeTopics(
      controls.topicConfigurations,
      update.topicConfigurationsToCreateOrUpdate ?? [],
      update.topicConfigurationsToDelete ?? [],
    ),
    ...(update.orchestrationConfiguration && { orchestrationConfiguration: update.orchestrationConfiguration }),
    ...(update.creatorModeConfiguration && { creatorModeConfiguration: update.creatorModeConfiguration }),
    ...(update.hallucinationReductionConfiguration && { hallucinationReductionConfiguration: update.hallucinationReductionConfiguration }),
  };
}

function mergePhrases(before: readonly string[], wanted: readonly string[], unwanted: readonly string[]): readonly string[] {
  const both = wanted.find((phrase) => unwanted.includes(phrase));
  if (both !== undefined) throw validation(`The phrase '${both}' is both created and deleted.`);
  const merged = [...new Set([...before, ...wanted])].filter((phrase) => !unwanted.includes(phrase));
  if (merged.length > MAX_PHRASES) throw tooMany(`The number of blocked phrases exceeds the limit of ${MAX_PHRASES}.`);
  return merged;
}

type NewTopic = z.output<typeof TopicInput>;

function mergeTopics(before: readonly Topic[], wanted: readonly NewTopic[], unwanted: readonly NewTopic[]): readonly Topic[] {
  const names = wanted.map(({ name }) => name);
  if (new Set(names).size < names.length) throw validation('Topic names must be unique.');
  const both = unwanted.find(({ name }) => names.includes(name));
  if (both !== undefined) throw validation(`The topic '${both.name}' is both created and deleted.`);
  for (const topic of wanted) checkRules(topic);
  const kept = before.filter(({ name }) => !unwanted.some((topic) => topic.name === name));
  const updated = kept.map((topic) => wanted.find(({ name }) => name === topic.name) ?? topic);
  const merged = [...updated, ...wanted.filter(({ name }) => !kept.some((topic) => topic.name === name))];
  if (merged.length > MAX_TOPICS) throw tooMany(`The number of topic configurations exceeds the limit of ${MAX_TOPICS}.`);
  return merged;
}

function checkRules({ name, rules }: NewTopic): void {
  for (const { ruleType, ruleConfiguration, includedUsersAndGroups, excludedUsersAndGroups } of rules) {
    if (includedUsersAndGroups !== undefined && excludedUsersAndGroups !== undefined) {
      throw validation(`A rule of the topic '${name}' both includes and excludes users and groups.`);
    }
    const { contentBlockerRule, contentRetrievalRule } = ruleConfiguration ?? {};
    const wrong = ruleType === 'CONTENT_BLOCKER_RULE' ? contentRetrievalRule : contentBlockerRule;
    if (wrong !== undefined) throw validation(`The configuration of a rule of the topic '${name}' is not of the type ${ruleType}.`);
  }
}

function tooMany(message: string): ApiError {
  return new ApiError(402, 'ServiceQuotaExceededException', message, { resourceType: 'APPLICATION' });
}
