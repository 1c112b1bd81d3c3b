/** What a line of a file refers to that has to be in the repository. */
export interface Reference {
  /** `src/app/start.ts:12`. */
  readonly at: string;
  readonly to: string;
}

/** Paths from the root, such as `docs/how-to/restore.md#records-that-nobody-signed` or `test/docs/files.ts`; not what stands behind `../` or in an address. */
const PATH = /(?<![\w./@-])(?:src|commands|blocks|runbooks|simulators|demo|test|docs|deploy)\/[\w./-]*\.(?:ts|js|json|md|yml|yaml)\b(?:#[\w-]+)?/g;
/** Paths from `src`, as comments write them among each other. */
const INSIDE =
  /(?<![\w./@-])(?:actions|adapters|app|cli|config|domain|durable|engine|evidence|lib|ops|ports|rights|slack|store|webhooks)\/[\w/-]+\.ts\b/g;
const DECISION = /\bADR (\d+)\b/g;

/** The paths that comments name; with `everywhere`, those of texts too, as errors and settings name pages for people. */
export function pathsNamed(path: string, text: string, everywhere: boolean): readonly Reference[] {
  return lines(path, text).flatMap(({ at, line }) => {
    const scanned = everywhere && !/^\s*(?:import|export) .*from '/.test(line) ? line : commentOf(line);
    const inside = [...commentOf(line).matchAll(INSIDE)].map(([to]) => ({ at, to: `src/${to}` }));
    return [...[...scanned.matchAll(PATH)].map(([to]) => ({ at, to })), ...inside];
  });
}

/** The numbers of the decisions that a file names, as `ADR 7`. */
export function decisionsNamed(path: string, text: string): readonly Reference[] {
  return lines(path, text).flatMap(({ at, line }) => [...line.matchAll(DECISION)].map(([, number = '']) => ({ at, to: number })));
}

function lines(path: string, text: string): readonly { readonly at: string; readonly line: string }[] {
  return text.split('\n').map((line, index) => ({ at: `${path}:${index + 1}`, line }));
}

/** What of a line is a comment, in TypeScript, YAML, SQL and shell. */
function commentOf(line: string): string {
  return /^\s*(?:\/\*|\*)/.test(line) ? line : (/(?:^|\s)(?:\/\/|#|--|\/\*) (.*)$/.exec(line)?.[1] ?? '');
}
