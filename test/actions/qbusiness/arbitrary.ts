import fc from 'fast-check';
import { type Controls, liveControls, parseControls } from '../../../src/actions/qbusiness/controls.ts';
import { apiTopic } from '../../../src/actions/qbusiness/controls-update.ts';
import type { Json } from '../../../src/domain/record.ts';

/** Few words, so that two arbitrary controls have some in common. */
const word = fc.constantFrom('password', 'api key', 'secret', 'token', 'a "b', "a' b", 'ä, b', 'Ω');
const words = (max: number) => fc.uniqueArray(word, { maxLength: max });
const people = fc.record({ userIds: words(2), userGroups: words(2) });

const rule = fc.oneof(
  fc.record({
    ruleType: fc.constant('CONTENT_BLOCKER_RULE'),
    includedUsersAndGroups: people,
    ruleConfiguration: fc.record({ contentBlockerRule: fc.record({ systemMessageOverride: fc.oneof(fc.constant(''), word) }) }),
  }),
  fc.record({
    ruleType: fc.constant('CONTENT_RETRIEVAL_RULE'),
    excludedUsersAndGroups: people,
    ruleConfiguration: fc.record({
      contentRetrievalRule: fc.record({
        eligibleDataSources: fc.array(fc.record({ indexId: fc.constantFrom('i1', 'i2'), dataSourceId: fc.constantFrom('d1', 'd2') }), {
          maxLength: 3,
        }),
      }),
    }),
  }),
);

const topic = (name: string) =>
  fc.record({
    name: fc.constant(name),
    description: fc.oneof(fc.constant(''), word),
    exampleChatMessages: words(3),
    rules: fc.array(rule, { maxLength: 2 }),
  });

/** Chat controls as the service may have them, in the one shape. */
export const controlsArbitrary: fc.Arbitrary<Controls> = fc
  .record({
    responseScope: fc.constantFrom('ENTERPRISE_CONTENT_ONLY', 'EXTENDED_KNOWLEDGE_ENABLED'),
    blockedPhrases: fc.record({ blockedPhrases: words(8), systemMessageOverride: fc.oneof(fc.constant(''), word) }),
    topicConfigurations: fc
      .tuple(fc.option(topic('one')), fc.option(topic('two')), fc.option(topic('three')))
      .map((topics) => topics.filter((found) => found !== null)),
    creatorModeConfiguration: fc.record({ creatorModeControl: fc.constantFrom('ENABLED', 'DISABLED') }),
  })
  .map((value) => {
    const parsed = parseControls(value);
    if (!parsed.ok) throw new Error(parsed.why);
    return liveControls(parsed.controls);
  });

/** As the source file has them, everything that is a set in an order that `seed` makes. */
export function updateShape(controls: Controls, seed: number): Json {
  return {
    applicationId: '${APP_ID}',
    responseScope: controls.scope,
    blockedPhrasesConfigurationUpdate: {
      blockedPhrasesToCreateOrUpdate: shuffled(controls.phrases ?? [], seed),
      systemMessageOverride: controls.message ?? '',
    },
    topicConfigurationsToCreateOrUpdate: shuffledDeep((controls.topics ?? []).map(apiTopic), seed),
    creatorModeConfiguration: { creatorModeControl: controls.creatorMode ?? 'DISABLED' },
  };
}

/** As the service answers them. */
export function getShape(controls: Controls, seed: number): Json {
  return {
    creatorModeConfiguration: { creatorModeControl: controls.creatorMode ?? 'DISABLED' },
    topicConfigurations: shuffledDeep((controls.topics ?? []).map(apiTopic), seed),
    blockedPhrases: {
      ...(controls.message === '' ? {} : { systemMessageOverride: controls.message }),
      blockedPhrases: shuffled(controls.phrases ?? [], seed),
    },
    responseScope: controls.scope,
  };
}

/** Every array within is in another order: in chat controls all of them are sets. */
function shuffledDeep(value: Json, seed: number): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return shuffled(value, seed).map((item) => shuffledDeep(item, seed + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shuffledDeep(item, seed + 1)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The same seed, the same order. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const left = [...list];
  const result: T[] = [];
  for (let at = Math.abs(seed % 1_000_003); left.length > 0; at = (at * 31 + 17) % 1_000_003) result.push(...left.splice(at % left.length, 1));
  return result;
}
