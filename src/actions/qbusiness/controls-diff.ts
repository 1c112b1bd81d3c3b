import type { Controls, People, Rule, Topic } from './controls.ts';

/**
 * What makes `after` out of `before`, for people: lines that begin with `+ `, `- ` or two blanks. Empty when both are the same. Texts are quoted,
 * so that two that differ never look the same.
 */
export function diffControls(before: Controls, after: Controls): string[] {
  return [
    ...single('response scope', before.scope, after.scope),
    ...listed('blocked phrase', before.phrases ?? [], after.phrases ?? []),
    ...single('message for blocked phrases', quoted(before.message), quoted(after.message)),
    ...topicLines(before.topics ?? [], after.topics ?? []),
    ...single('orchestration', before.orchestration, after.orchestration),
    ...single('creator mode', before.creatorMode, after.creatorMode),
    ...single('hallucination reduction', before.hallucinationReduction, after.hallucinationReduction),
  ];
}

/** How much there is in a diff. */
export function countLines(lines: readonly string[]): { readonly added: number; readonly removed: number } {
  return { added: lines.filter((line) => line.startsWith('+ ')).length, removed: lines.filter((line) => line.startsWith('- ')).length };
}

function topicLines(before: readonly Topic[], after: readonly Topic[]): string[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const old = before.filter((topic) => topic.name === name);
    const young = after.filter((topic) => topic.name === name);
    const [gone, come] = [old.flatMap(sayTopic), young.flatMap(sayTopic)];
    if (old.length === 0) return [`+ topic ${name}`, ...come.map((line) => `+   ${line}`)];
    if (young.length === 0) return [`- topic ${name}`, ...gone.map((line) => `-   ${line}`)];
    const lines = listed('', gone, come, '  ');
    return lines.length === 0 ? [] : [`  topic ${name}`, ...lines];
  });
}

/** One line a detail: each topic's lines together say all of it. */
function sayTopic(topic: Topic): string[] {
  return [
    `description ${JSON.stringify(topic.description)}`,
    ...topic.examples.map((example) => `example ${JSON.stringify(example)}`),
    ...topic.rules.map(sayRule),
  ];
}

function sayRule({ type, included, excluded, message, sources }: Rule): string {
  const what =
    type === 'CONTENT_BLOCKER_RULE' ? 'rule blocks' : type === 'CONTENT_RETRIEVAL_RULE' ? 'rule answers from enterprise data' : `rule ${type}`;
  const from = sources === null ? '' : `, data sources ${sources.length === 0 ? 'any' : quotedList(sources)}`;
  return `${what}${from} for ${sayPeople(included) ?? 'everybody'}${excluded === null ? '' : ` except ${sayPeople(excluded)}`}${message === null ? '' : `, says ${JSON.stringify(message)}`}`;
}

function sayPeople(people: People | null): string | null {
  if (people === null) return null;
  const groups = people.groups.length === 0 ? [] : [`groups ${quotedList(people.groups)}`];
  const users = people.users.length === 0 ? [] : [`users ${quotedList(people.users)}`];
  return [...groups, ...users].join(' and ');
}

function quotedList(list: readonly string[]): string {
  return list
    .map((one) => JSON.stringify(one))
    .sort()
    .join(' ');
}

function single(name: string, before: string | null, after: string | null): string[] {
  if (before === after) return [];
  return [...(before === null ? [] : [`- ${name}: ${before}`]), ...(after === null ? [] : [`+ ${name}: ${after}`])];
}

function listed(name: string, before: readonly string[], after: readonly string[], indent = ''): string[] {
  const label = name === '' ? '' : `${name}: `;
  const say = (one: string) => (name === '' ? one : JSON.stringify(one));
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `- ${indent}${label}${say(one)}`),
    ...after.filter((one) => !before.includes(one)).map((one) => `+ ${indent}${label}${say(one)}`),
  ];
}

function quoted(text: string | null): string | null {
  return text === null ? null : JSON.stringify(text);
}
