/**
 * Values that a plan cannot know yet, in words: an approver never reads a raw expression (ADR 7). They stand in a step's words as `⟨expression⟩`. Only what
 * the plan itself has put there is replaced: anything else between such marks is what will be applied, and stays as it is.
 */
export function sayLate(text: string, late: readonly string[] = []): string {
  return late.reduce(
    (said, expression) => placeholders(expression).reduce((one, mark) => one.replaceAll(mark, () => inWords(expression)), said),
    text,
  );
}

/** As it stands in a text, and within a string of JSON. */
function placeholders(expression: string): readonly string[] {
  return [`⟨${expression}⟩`, `⟨${JSON.stringify(expression).slice(1, -1)}⟩`];
}

function inWords(expression: string): string {
  const [, role] = /^approval\("([a-z-]+)"\)\.id$/.exec(expression) ?? [];
  if (role !== undefined) return `⟨set when it runs: the id of who approves as ${role.replaceAll('-', ' ')}⟩`;
  if (expression.startsWith('run.summary')) return '⟨set when it runs: what was done, when, and who approved it⟩';
  return /\b(?:now|stamp)\(\)/.test(expression) ? '⟨set when it runs, with the time⟩' : '⟨set when it runs⟩';
}
