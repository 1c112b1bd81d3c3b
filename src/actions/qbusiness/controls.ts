import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import { withoutNulls } from '../aws/nulls.ts';
import { digestOf } from '../shared/digest.ts';

/** Chat controls in one shape, whichever of the API's two they came in, in the order they came in. `null`: nothing is said of it. */
export interface Controls {
  readonly scope: string | null;
  readonly phrases: readonly string[] | null;
  /** What people read who used a blocked phrase; empty: the service's own words. */
  readonly message: string | null;
  readonly topics: readonly Topic[] | null;
  readonly orchestration: string | null;
  readonly creatorMode: string | null;
  readonly hallucinationReduction: string | null;
}

export interface Topic {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly type: string;
  readonly included: People | null;
  readonly excluded: People | null;
  /** Of a rule that blocks. */
  readonly message: string | null;
  /** Of a rule that says which data sources answer: `index/data source`. */
  readonly sources: readonly string[] | null;
}

export interface People {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** `get`: as GetChatControlsConfiguration answers. `update`: as UpdateChatControlsConfiguration takes it, which is how the source file is written. */
export type Shape = 'get' | 'update';

export type ParsedControls =
  | { readonly ok: true; readonly controls: Controls; readonly shape: Shape; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly why: string };

const texts = z.array(z.string());
const people = z.object({ userIds: texts.default([]), userGroups: texts.default([]) });
const rule = z.object({
  ruleType: z.string(),
  includedUsersAndGroups: people.optional(),
  excludedUsersAndGroups: people.optional(),
  ruleConfiguration: z
    .object({
      contentBlockerRule: z.object({ systemMessageOverride: z.string().default('') }).optional(),
      contentRetrievalRule: z
        .object({ eligibleDataSources: z.array(z.object({ indexId: z.string().default(''), dataSourceId: z.string().default('') })).default([]) })
        .optional(),
    })
    .default({}),
});
const topic = z.object({ name: z.string(), description: z.string().default(''), exampleChatMessages: texts.default([]), rules: z.array(rule) });
const phrasesUpdate = z.object({
  blockedPhrasesToCreateOrUpdate: texts.optional(),
  blockedPhrasesToDelete: texts.optional(),
  systemMessageOverride: z.string().optional(),
});
const eitherShape = z.object({
  responseScope: z.string().optional(),
  blockedPhrases: z.object({ blockedPhrases: texts.optional(), systemMessageOverride: z.string().optional() }).optional(),
  topicConfigurations: z.array(topic).optional(),
  blockedPhrasesConfigurationUpdate: phrasesUpdate.optional(),
  // The drift workflow's second source (vaultmesh-guardrails.json) has what belongs into the update at the top.
  ...phrasesUpdate.shape,
  topicConfigurationsToCreateOrUpdate: z.array(topic).optional(),
  topicConfigurationsToDelete: z.array(z.unknown()).optional(),
  orchestrationConfiguration: z.object({ control: z.string() }).optional(),
  creatorModeConfiguration: z.object({ creatorModeControl: z.string() }).optional(),
  hallucinationReductionConfiguration: z.object({ hallucinationReductionControl: z.string() }).optional(),
});
/** Fields that say nothing of what is controlled: which application, and how often it was asked. */
const NO_CONTROLS = new Set(['applicationId', 'clientToken', 'nextToken']);
/** What only an update has. */
const UPDATES = ['blockedPhrasesConfigurationUpdate', 'blockedPhrasesToCreateOrUpdate', 'topicConfigurationsToCreateOrUpdate'];

/**
 * Reads chat controls in either shape (platform-facts, VaultMesh: the drift workflow compares one with the other). A text is read as JSON.
 * `applicationId` is left out: the source has `${APP_ID}` there. A member that is `null` is not there. An object that says nothing of what is
 * controlled is no chat controls, whatever else it may be.
 */
export function parseControls(given: Json): ParsedControls {
  const value = typeof given === 'string' ? jsonIn(given) : withoutNulls(given);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, why: 'it is no JSON object' };
  const parsed = eitherShape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { ok: false, why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}` };
  }
  const known = parsed.data;
  const ignored = Object.keys(value).filter((key) => !(key in eitherShape.shape) && !NO_CONTROLS.has(key));
  const update = known.blockedPhrasesConfigurationUpdate;
  const phrases = joined(known.blockedPhrases?.blockedPhrases, update?.blockedPhrasesToCreateOrUpdate, known.blockedPhrasesToCreateOrUpdate);
  const topics = joined(known.topicConfigurations, known.topicConfigurationsToCreateOrUpdate);
  const controls: Controls = {
    scope: known.responseScope ?? null,
    phrases: phrases === null ? null : once(phrases),
    message: update?.systemMessageOverride ?? known.systemMessageOverride ?? known.blockedPhrases?.systemMessageOverride ?? null,
    topics: topics === null ? null : topics.map(topicOf),
    orchestration: known.orchestrationConfiguration?.control ?? null,
    creatorMode: known.creatorModeConfiguration?.creatorModeControl ?? null,
    hallucinationReduction: known.hallucinationReductionConfiguration?.hallucinationReductionControl ?? null,
  };
  if (Object.values(controls).every((said) => said === null)) return { ok: false, why: 'it says nothing of chat controls' };
  return { ok: true, shape: UPDATES.some((name) => name in value) ? 'update' : 'get', ignored, controls };
}

/** Live controls: what the service does not mention is not there. */
export function liveControls(controls: Controls): Controls {
  return { ...controls, phrases: controls.phrases ?? [], message: controls.message ?? '', topics: controls.topics ?? [] };
}

/** What would be there if the source alone were in force: live, where the source says nothing. */
export function overLive(source: Controls, live: Controls): Controls {
  return {
    scope: source.scope ?? live.scope,
    phrases: source.phrases ?? live.phrases,
    message: source.message ?? live.message,
    topics: source.topics ?? live.topics,
    orchestration: source.orchestration ?? live.orchestration,
    creatorMode: source.creatorMode ?? live.creatorMode,
    hallucinationReduction: source.hallucinationReduction ?? live.hallucinationReduction,
  };
}

/** What the source says nothing of although there is something live, for people. */
export function unmanaged(source: Controls, live: Controls): string[] {
  const sayings: (readonly [string, unknown, unknown])[] = [
    ['the response scope', source.scope, live.scope],
    ['blocked phrases', source.phrases, live.phrases?.length === 0 ? null : live.phrases],
    ['the message of blocked phrases', source.message, live.message === '' ? null : live.message],
    ['topics', source.topics, live.topics?.length === 0 ? null : live.topics],
    ['orchestration', source.orchestration, live.orchestration],
    ['creator mode', source.creatorMode, live.creatorMode],
    ['hallucination reduction', source.hallucinationReduction, live.hallucinationReduction],
  ];
  return sayings.filter(([, said, there]) => said === null && there !== null).map(([name]) => name);
}

/** The same digest, the same controls: the order of phrases, topics, examples, rules and people means nothing. */
export function controlsDigest(controls: Controls): string {
  const topics = controls.topics === null ? null : sortedBy(controls.topics.map(canonicalTopic));
  return digestOf({ ...controls, phrases: controls.phrases === null ? null : sorted(controls.phrases), topics });
}

export function topicDigest(topic: Topic): string {
  return digestOf(canonicalTopic(topic));
}

function canonicalTopic({ name, description, examples, rules }: Topic): Topic {
  return { name, description, examples: sorted(examples), rules: sortedBy(rules.map(canonicalRule)) };
}

function canonicalRule({ type, included, excluded, message, sources }: Rule): Rule {
  return {
    type,
    included: canonicalPeople(included),
    excluded: canonicalPeople(excluded),
    message,
    sources: sources === null ? null : sorted(sources),
  };
}

function canonicalPeople(people: People | null): People | null {
  return people === null ? null : { users: sorted(people.users), groups: sorted(people.groups) };
}

function topicOf(one: z.infer<typeof topic>): Topic {
  return { name: one.name, description: one.description, examples: once(one.exampleChatMessages), rules: one.rules.map(ruleOf) };
}

function ruleOf(one: z.infer<typeof rule>): Rule {
  const { contentBlockerRule: blocker, contentRetrievalRule: retrieval } = one.ruleConfiguration;
  return {
    type: one.ruleType,
    included: peopleOf(one.includedUsersAndGroups),
    excluded: peopleOf(one.excludedUsersAndGroups),
    message: blocker === undefined || blocker.systemMessageOverride === '' ? null : blocker.systemMessageOverride,
    sources: retrieval === undefined ? null : once(retrieval.eligibleDataSources.map(({ indexId, dataSourceId }) => `${indexId}/${dataSourceId}`)),
  };
}

function peopleOf(given: z.infer<typeof people> | undefined): People | null {
  if (given === undefined || given.userIds.length + given.userGroups.length === 0) return null;
  return { users: once(given.userIds), groups: once(given.userGroups) };
}

function joined<T>(...lists: readonly (readonly T[] | undefined)[]): T[] | null {
  const said = lists.filter((list) => list !== undefined);
  return said.length === 0 ? null : said.flat();
}

function once(list: readonly string[]): string[] {
  return [...new Set(list)];
}

function sorted(list: readonly string[]): string[] {
  return once(list).sort(compare);
}

/** By what they say, and each only once. */
function sortedBy<T>(list: readonly T[]): T[] {
  const byText = new Map(list.map((one) => [JSON.stringify(one), one]));
  return [...byText].sort(([left], [right]) => compare(left, right)).map(([, one]) => one);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function jsonIn(text: string): Json {
  try {
    return withoutNulls(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}
