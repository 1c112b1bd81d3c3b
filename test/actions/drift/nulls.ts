import type { Json } from '../../../src/domain/record.ts';

/** Members that the API or the source may have, wherever they belong, and one that nobody knows. */
const NAMES = [
  'applicationId',
  'responseScope',
  'blockedPhrases',
  'topicConfigurations',
  'blockedPhrasesConfigurationUpdate',
  'blockedPhrasesToCreateOrUpdate',
  'blockedPhrasesToDelete',
  'topicConfigurationsToCreateOrUpdate',
  'topicConfigurationsToDelete',
  'orchestrationConfiguration',
  'creatorModeConfiguration',
  'hallucinationReductionConfiguration',
  'systemMessageOverride',
  'description',
  'exampleChatMessages',
  'includedUsersAndGroups',
  'excludedUsersAndGroups',
  'ruleConfiguration',
  'contentBlockerRule',
  'contentRetrievalRule',
  'userIds',
  'userGroups',
  'nextToken',
  'unheardOf',
];

/** The same with members that are `null` in each object within, which ones `seed` says. */
export function withNulls(value: Json, seed: number): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item, index) => withNulls(item, seed + index));
  const added = NAMES.filter((name, index) => !(name in value) && Math.abs((seed * 31 + index * 17) % 3) > 0);
  const members = Object.entries(value).map(([name, member], index) => [name, withNulls(member, seed + index)] as const);
  return Object.fromEntries([...added.map((name) => [name, null] as const), ...members]);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
