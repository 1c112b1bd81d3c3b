import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { type Controls, type Topic, topicDigest } from './controls.ts';

/** Names that stand in a sentence, and the length (characters) of one; more are counted. */
const NAMES = 3;
const NAME = 60;

/** How a change is told: as what happened, as what a plan does, or as a state, where nobody knows which side was changed. */
export type Telling = 'happened' | 'planned' | 'state';
type How = 'removed' | 'added' | 'changed' | 'set';

const STATES: Readonly<Record<How, string>> = { removed: 'missing', added: 'extra', changed: 'different', set: 'extra' };

/**
 * What makes `after` out of `before`, in words and without a full stop: `blocked phrase “x” was removed, 2 topics (“a”, “b”) were added`. Empty
 * when both mean the same.
 */
export function sayControlsChange(before: Controls, after: Controls, telling: Telling = 'happened'): string {
  const [old, young] = [before.phrases ?? [], after.phrases ?? []];
  return [
    listed(
      'blocked phrase',
      old.filter((one) => !young.includes(one)),
      'removed',
      telling,
    ),
    listed(
      'blocked phrase',
      young.filter((one) => !old.includes(one)),
      'added',
      telling,
    ),
    ...topics(before.topics ?? [], after.topics ?? [], telling),
    single('the message for blocked phrases', before.message, after.message, telling, false),
    single('the response scope', before.scope, after.scope, telling),
    single('orchestration', before.orchestration, after.orchestration, telling),
    single('creator mode', before.creatorMode, after.creatorMode, telling),
    single('hallucination reduction', before.hallucinationReduction, after.hallucinationReduction, telling),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function topics(before: readonly Topic[], after: readonly Topic[], telling: Telling): string[] {
  const [old, young] = [digestsByName(before), digestsByName(after)];
  const changed = [...old].filter(([name, digests]) => young.has(name) && young.get(name) !== digests).map(([name]) => name);
  return [
    listed(
      'topic',
      [...old.keys()].filter((name) => !young.has(name)),
      'removed',
      telling,
    ),
    listed(
      'topic',
      [...young.keys()].filter((name) => !old.has(name)),
      'added',
      telling,
    ),
    listed('topic', changed, 'changed', telling),
  ];
}

/** What is said of the topics of each name, whatever its order. */
function digestsByName(all: readonly Topic[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(all, ({ name }) => name);
  return new Map([...groups].map(([name, same]) => [name, [...new Set(same.map(topicDigest))].sort().join()]));
}

function listed(what: string, names: readonly string[], how: How, telling: Telling): string {
  const [first] = names;
  if (first === undefined) return '';
  if (names.length === 1) return `${what} ${quoted(first)} ${be(1, how, telling)}`;
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
  return `${plural(names.length, what)} (${names.slice(0, NAMES).map(quoted).join(', ')}${more}) ${be(names.length, how, telling)}`;
}

/** `was removed`, `are added`, `is missing` */
function be(count: number, how: How, telling: Telling): string {
  if (telling === 'happened') return `${count === 1 ? 'was' : 'were'} ${how}`;
  return `${count === 1 ? 'is' : 'are'} ${telling === 'state' ? STATES[how] : how}`;
}

/** A value that there is one of; a long one is not said. */
function single(what: string, before: string | null, after: string | null, telling: Telling, said = true): string {
  if ((before ?? '') === (after ?? '')) return '';
  const how = !after ? 'removed' : !before ? 'set' : 'changed';
  const values =
    !said || !after ? '' : telling === 'state' ? ` (${before || 'nothing'} and ${after})` : before ? ` from ${before} to ${after}` : ` to ${after}`;
  return `${what} ${be(1, how, telling)}${values}`;
}

function quoted(name: string): string {
  return `“${clamp(name, NAME)}”`;
}
