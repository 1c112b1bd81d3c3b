/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  readonly line: number;
  readonly name: string;
  readonly rest: string;
}

export interface Stage {
  readonly image: string;
  readonly as: string | null;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile into stages. Heredocs, ARG before FROM and parser directives are beyond it: it throws. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { image: string; as: string | null; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const match = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.rest);
      if (match?.[1] === undefined) throw new Error(`Dockerfile:${instruction.line}: FROM ${instruction.rest}`);
      stages.push({ image: match[1], as: match[2] ?? null, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Dockerfile:${instruction.line}: ${instruction.name} before FROM`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/** The arguments of the exec form, `["node", "a.ts"]`; throws for the shell form, which hides signals from the process. */
export function execForm(rest: string): string[] {
  const parsed: unknown = JSON.parse(rest);
  if (!Array.isArray(parsed) || !parsed.every((part) => typeof part === 'string')) throw new Error(`not in exec form: ${rest}`);
  return parsed;
}

/** `A=b C="d e"` as pairs. */
export function pairsOf(rest: string): [string, string][] {
  return [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']);
}

/** `--from=a --chown=b c d` as flags and words. */
export function wordsOf(rest: string): { flags: Map<string, string>; words: string[] } {
  const words = rest.split(/\s+/).filter((word) => word !== '');
  const flags = new Map(words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=', 2) as [string, string]));
  return { flags, words: words.filter((word) => !word.startsWith('--')) };
}

function instructionsOf(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let open: { line: number; text: string } | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.trim() === '' || raw.trim().startsWith('#')) continue;
    const start: { line: number; text: string } = open ?? { line: index + 1, text: '' };
    const goesOn = raw.trimEnd().endsWith('\\');
    start.text += `${raw.trim().replace(/\\$/, '').trim()} `;
    open = goesOn ? start : null;
    if (goesOn) continue;
    const [, name = '', rest = ''] = /^(\S+)\s+([\s\S]*)$/.exec(start.text.trim()) ?? [];
    instructions.push({ line: start.line, name: name.toUpperCase(), rest: rest.trim() });
  }
  return instructions;
}
