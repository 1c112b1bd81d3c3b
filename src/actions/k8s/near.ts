import { editDistance } from '../../lib/suggest.ts';
import type { KubeObject } from '../../ports/cluster.ts';

const MOST_NAMED = 4;

/** What may have been meant by a name that nothing has: same words in the name or in a label first, then a similar spelling. */
export function near(name: string, objects: readonly KubeObject[]): readonly string[] {
  return objects
    .map((object) => ({ object, score: score(name, object) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || compare(label(one.object), label(other.object)))
    .slice(0, MOST_NAMED)
    .map(({ object }) => label(object));
}

/** `deployment/aureus-frontend` */
export function label(object: { readonly kind: string; readonly metadata: { readonly name: string } }): string {
  return `${object.kind.toLowerCase()}/${object.metadata.name}`;
}

function score(name: string, object: KubeObject): number {
  if (object.metadata.name === name) return 100;
  const wanted = words(name);
  const theirs = new Set(words(object.metadata.name));
  const values = new Set(Object.values(object.metadata.labels ?? {}).flatMap(words));
  const shared = wanted.filter((word) => theirs.has(word)).length;
  const labelled = wanted.filter((word) => values.has(word)).length;
  const spelling = editDistance(name, object.metadata.name) <= Math.max(2, Math.floor(name.length / 4)) ? 3 : 0;
  return shared * 4 + labelled * 2 + spelling;
}

function words(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
