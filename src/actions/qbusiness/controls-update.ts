import { TocsinError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import type { ChatControlsUpdate } from '../../ports/qbusiness.ts';
import { type Controls, type People, parseControls, type Rule, type Topic, topicDigest } from './controls.ts';

/**
 * Limits of the API (UpdateChatControlsConfiguration; BlockedPhrasesConfiguration: "maximum of 36 characters", "maximum of 20 phrases";
 * TopicConfiguration, Rule, ContentRetrievalRule).
 */
const MAX_PHRASES = 20;
const MAX_PHRASE = 36;
const MAX_TEXT = 350;
const MAX_TOPICS = 10;
const MAX_EXAMPLES = 5;
const MAX_RULES = 10;
const MAX_SOURCES = 5;
const TOPIC_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,35}$/;
/** `\P{C}*`: neither control characters nor unassigned ones. */
const OTHER = /\p{C}/u;

/** Why the API would refuse these controls; empty when it would take them. */
export function limitProblems(controls: Controls): string[] {
  const { phrases, topics } = controls;
  const names = (topics ?? []).map(({ name }) => name);
  return [
    ...((phrases?.length ?? 0) > MAX_PHRASES ? [`${phrases?.length} blocked phrases; the service takes ${MAX_PHRASES}.`] : []),
    ...(phrases ?? []).flatMap((phrase) => textProblems(`The blocked phrase ${JSON.stringify(phrase)}`, phrase, MAX_PHRASE)),
    ...(phrases ?? []).filter((phrase) => phrase.trim() === '').map(() => 'A blocked phrase is empty.'),
    ...textProblems('The message for blocked phrases', controls.message ?? '', MAX_TEXT),
    ...(names.length > MAX_TOPICS ? [`${names.length} topics; the service takes ${MAX_TOPICS}.`] : []),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `The topic ${name} occurs twice.`),
    ...(topics ?? []).flatMap(topicProblems),
    ...choice('response scope', controls.scope, ['ENTERPRISE_CONTENT_ONLY', 'EXTENDED_KNOWLEDGE_ENABLED']),
    ...choice('orchestration', controls.orchestration, ['ENABLED', 'DISABLED']),
    ...choice('creator mode', controls.creatorMode, ['ENABLED', 'DISABLED']),
    ...choice('hallucination reduction', controls.hallucinationReduction, ['ENABLED', 'DISABLED']),
  ];
}

/**
 * The calls that make `wanted` out of `live`, none when both are the same. The API merges: what is too much is named for deletion. One call, unless
 * the limits demand more: old phrases and topics then go first, as there is no room for the new beside them.
 */
export function updatesFor(live: Controls, wanted: Controls): ChatControlsUpdate[] {
  const phrases = { live: live.phrases ?? [], wanted: wanted.phrases ?? [] };
  const topics = { live: live.topics ?? [], wanted: wanted.topics ?? [] };
  const add = phrases.wanted.filter((one) => !phrases.live.includes(one));
  const drop = phrases.live.filter((one) => !phrases.wanted.includes(one));
  const set = topics.wanted.filter((one) => !topics.live.some((there) => topicDigest(there) === topicDigest(one)));
  const lose = topics.live.filter(({ name }) => !topics.wanted.some((one) => one.name === name));
  const rest = {
    ...(wanted.scope === null || wanted.scope === live.scope ? {} : { responseScope: wanted.scope }),
    ...(wanted.orchestration === null || wanted.orchestration === live.orchestration
      ? {}
      : { orchestrationConfiguration: { control: wanted.orchestration } }),
    ...(wanted.creatorMode === null || wanted.creatorMode === live.creatorMode
      ? {}
      : { creatorModeConfiguration: { creatorModeControl: wanted.creatorMode } }),
    ...(wanted.hallucinationReduction === null || wanted.hallucinationReduction === live.hallucinationReduction
      ? {}
      : { hallucinationReductionConfiguration: { hallucinationReductionControl: wanted.hallucinationReduction } }),
  };
  const message = wanted.message === null || wanted.message === (live.message ?? '') ? {} : { systemMessageOverride: wanted.message };
  const crowded = phrases.live.length + add.length > MAX_PHRASES || topics.live.length + set.length > MAX_TOPICS;
  if (!crowded) return [updateOf(add, drop, message, set, lose, rest)].filter(isSomething);
  return [
    ...inTens(lose).map((some, index) => updateOf([], index === 0 ? drop : [], {}, [], some, {})),
    updateOf(add, [], message, set, [], rest),
  ].filter(isSomething);
}

/** What the API makes of an update, to know where a try that was cut off has left it. */
export function merged(live: Controls, update: ChatControlsUpdate): Controls {
  const phrases = update.blockedPhrasesConfigurationUpdate;
  const gone = new Set(phrases?.blockedPhrasesToDelete ?? []);
  const kept = (live.phrases ?? []).filter((one) => !gone.has(one));
  const nameOf = (topic: Json) => (topic as { readonly name: string }).name;
  const lost = new Set([...(update.topicConfigurationsToDelete ?? []), ...(update.topicConfigurationsToCreateOrUpdate ?? [])].map(nameOf));
  const come = (update.topicConfigurationsToCreateOrUpdate ?? []).map(fromApi);
  return {
    scope: update.responseScope ?? live.scope,
    phrases: [...new Set([...kept, ...(phrases?.blockedPhrasesToCreateOrUpdate ?? [])])],
    message: phrases?.systemMessageOverride ?? live.message,
    topics: [...(live.topics ?? []).filter(({ name }) => !lost.has(name)), ...come],
    orchestration: update.orchestrationConfiguration?.control ?? live.orchestration,
    creatorMode: update.creatorModeConfiguration?.creatorModeControl ?? live.creatorMode,
    hallucinationReduction: update.hallucinationReductionConfiguration?.hallucinationReductionControl ?? live.hallucinationReduction,
  };
}

/** A topic as the API takes it. */
export function apiTopic({ name, description, examples, rules }: Topic): Json {
  return {
    name,
    ...(description === '' ? {} : { description }),
    ...(examples.length === 0 ? {} : { exampleChatMessages: examples }),
    rules: rules.map(apiRule),
  };
}

function apiRule({ type, included, excluded, message, sources }: Rule): Json {
  const configuration = {
    ...(type !== 'CONTENT_BLOCKER_RULE' && message === null
      ? {}
      : { contentBlockerRule: message === null ? {} : { systemMessageOverride: message } }),
    ...(sources === null ? {} : { contentRetrievalRule: { eligibleDataSources: sources.map(apiSource) } }),
  };
  return {
    ruleType: type,
    ...(included === null ? {} : { includedUsersAndGroups: apiPeople(included) }),
    ...(excluded === null ? {} : { excludedUsersAndGroups: apiPeople(excluded) }),
    ...(Object.keys(configuration).length === 0 ? {} : { ruleConfiguration: configuration }),
  };
}

function apiPeople({ users, groups }: People): Json {
  return { ...(users.length === 0 ? {} : { userIds: users }), ...(groups.length === 0 ? {} : { userGroups: groups }) };
}

function apiSource(text: string): Json {
  const [indexId = '', dataSourceId = ''] = text.split('/');
  return { ...(indexId === '' ? {} : { indexId }), ...(dataSourceId === '' ? {} : { dataSourceId }) };
}

function fromApi(topic: Json): Topic {
  const parsed = parseControls({ topicConfigurations: [topic] });
  const [read] = parsed.ok ? (parsed.controls.topics ?? []) : [];
  if (read === undefined) throw new TocsinError('topic-shape', 'A topic that was made here cannot be read again.');
  return read;
}

function updateOf(
  add: readonly string[],
  drop: readonly string[],
  message: { readonly systemMessageOverride?: string },
  set: readonly Topic[],
  lose: readonly Topic[],
  rest: ChatControlsUpdate,
): ChatControlsUpdate {
  const phrases = {
    ...(add.length === 0 ? {} : { blockedPhrasesToCreateOrUpdate: add }),
    ...(drop.length === 0 ? {} : { blockedPhrasesToDelete: drop }),
    ...message,
  };
  return {
    ...rest,
    ...(Object.keys(phrases).length === 0 ? {} : { blockedPhrasesConfigurationUpdate: phrases }),
    ...(set.length === 0 ? {} : { topicConfigurationsToCreateOrUpdate: set.map(apiTopic) }),
    ...(lose.length === 0 ? {} : { topicConfigurationsToDelete: lose.map(apiTopic) }),
  };
}

function isSomething(update: ChatControlsUpdate): boolean {
  return Object.keys(update).length > 0;
}

/** At least one, for the phrases that go with the first. */
function inTens(topics: readonly Topic[]): (readonly Topic[])[] {
  const calls = Math.max(1, Math.ceil(topics.length / MAX_TOPICS));
  return Array.from({ length: calls }, (_, call) => topics.slice(call * MAX_TOPICS, (call + 1) * MAX_TOPICS));
}

function topicProblems({ name, description, examples, rules }: Topic): string[] {
  const called = `The topic ${name}`;
  return [
    ...(TOPIC_NAME.test(name) ? [] : [`${called}: a name has letters, digits and dashes, 36 at most.`]),
    ...textProblems(`The description of ${name}`, description, MAX_TEXT),
    ...(examples.length > MAX_EXAMPLES ? [`${called} has ${examples.length} examples; the service takes ${MAX_EXAMPLES}.`] : []),
    ...examples.flatMap((example) => textProblems(`An example of ${name}`, example, MAX_TEXT)),
    ...(rules.length > MAX_RULES ? [`${called} has ${rules.length} rules; the service takes ${MAX_RULES}.`] : []),
    ...rules.flatMap((rule) => textProblems(`A message of ${name}`, rule.message ?? '', MAX_TEXT)),
    ...rules
      .filter(({ sources }) => (sources?.length ?? 0) > MAX_SOURCES)
      .map(() => `A rule of ${name} names more than ${MAX_SOURCES} data sources.`),
    ...rules.flatMap(({ type }) => choice(`rule of ${name}`, type, ['CONTENT_BLOCKER_RULE', 'CONTENT_RETRIEVAL_RULE'])),
  ];
}

function textProblems(what: string, text: string, max: number): string[] {
  return [
    ...(text.length > max ? [`${what} has ${text.length} characters; the service takes ${max}.`] : []),
    ...(OTHER.test(text) ? [`${what} has a control character, which the service refuses.`] : []),
  ];
}

function choice(what: string, value: string | null, known: readonly string[]): string[] {
  return value === null || known.includes(value) ? [] : [`The ${what} is ${value}; the service knows ${known.join(' and ')}.`];
}
