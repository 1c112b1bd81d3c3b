import { find, read } from './files.ts';
import { linksIn, sections, tableRows } from './markdown.ts';

/** The page that has a row for each requirement. */
export const PAGE = 'docs/requirements.md';

const ID = /\b(?:AU|PF|SK|VO|VQ)-\d{2}\b/g;
/** The ids at the beginning of a text, as a title of a test has them: `[AU-11] [AU-14] a restart`. */
const TITLE = /['"`]((?:\[[A-Z]{2}-\d{2}\] ?)+)/g;
const STATES = ['done', 'part', 'not yet'] as const;

type State = (typeof STATES)[number];

/** One row of the page. Paths are from the root. */
export interface Requirement {
  readonly id: string;
  readonly asks: string;
  readonly where: readonly string[];
  readonly tests: readonly string[];
  readonly state: State;
  /** What is missing; empty where the state says all. */
  readonly missing: string;
}

/** Every row of a page like docs/requirements.md, platform after platform. @throws Error for a state that there is not */
export function requirementsIn(markdown: string): readonly Requirement[] {
  return [...sections(markdown, 2).values()].flatMap(tableRows).map(([id = '', asks = '', where = '', tests = '', said = '']) => {
    const [word = '', ...missing] = said.split(': ');
    const state = STATES.find((one) => one === word);
    if (state === undefined) throw new Error(`${id} is ${JSON.stringify(said)}; say one of ${STATES.join(', ')}.`);
    return { id, asks, where: pathsOf(where), tests: pathsOf(tests), state, missing: missing.join(': ') };
  });
}

/** The ids in a text, each once. */
export function idsIn(text: string): readonly string[] {
  return [...new Set(text.match(ID))];
}

/** Every id that the repository's files name, with the files that do. */
export function idsNamed(): ReadonlyMap<string, readonly string[]> {
  const files = find('{src,commands,blocks,runbooks,demo,simulators,test,docs,deploy}/**/*.{ts,yml,yaml,md,json}', '*.{md,yml}');
  return byId(files.filter((path) => path !== PAGE).flatMap((path) => idsIn(read(path)).map((id) => [id, path] as const)));
}

/** Every id in a test's title, with the tests that have it. */
export function idsInTitles(): ReadonlyMap<string, readonly string[]> {
  const tests = find('{test,simulators/test}/**/*.test.ts');
  return byId(tests.flatMap((path) => titleIdsIn(read(path)).map((id) => [id, path] as const)));
}

/** The ids in the titles of a test's text. */
export function titleIdsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(TITLE)].flatMap(([, ids = '']) => idsIn(ids)))];
}

function byId(pairs: readonly (readonly [id: string, path: string])[]): ReadonlyMap<string, readonly string[]> {
  return new Map([...Map.groupBy(pairs, ([id]) => id)].map(([id, found]) => [id, found.map(([, path]) => path)]));
}

function pathsOf(cell: string): readonly string[] {
  return linksIn(cell).map((link) => link.replace(/^\.\.\//, ''));
}
