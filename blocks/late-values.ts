const LATE = /⟨([^⟩]*)⟩/g;

/**
 * Values that a plan cannot know yet, in words (DESIGN, Approvals: never a raw expression). They stand in a difference as `⟨expression⟩`; what is words
 * already stays as it is.
 */
export function sayLate(text: string): string {
  return text.replaceAll(LATE, (whole, expression: string) => (/^[a-z][a-z ]*$/.test(expression) ? whole : `⟨${inWords(expression)}⟩`));
}

function inWords(expression: string): string {
  const [, role] = /^approval\("([a-z-]+)"\)\.id$/.exec(expression) ?? [];
  if (role !== undefined) return `set when it runs: the id of who approves as ${role.replaceAll('-', ' ')}`;
  if (expression.startsWith('run.summary')) return 'set when it runs: what was done, when, and who approved it';
  return /\b(?:now|stamp)\(\)/.test(expression) ? 'set when it runs, with the time' : 'set when it runs';
}
