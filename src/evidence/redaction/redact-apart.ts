import type { HeavyWork } from '../../ports/threads.ts';
import { createRedactor, type Redactor } from './redact.ts';

interface Asked {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** The redactor of the work before: texts of one step know the same secrets. */
let prepared: { readonly secrets: string; readonly redactor: Redactor } | null = null;

/** Redacts one long text, in whichever thread it runs. */
export function redactApart({ text, secrets }: Asked): string {
  const key = JSON.stringify(secrets);
  if (prepared?.secrets !== key) prepared = { secrets: key, redactor: createRedactor(secrets) };
  return prepared.redactor.redactText(text).value;
}

/** redactApart as work for a thread of its own. */
export const REDACT: HeavyWork<Asked, string> = {
  module: import.meta.url,
  name: 'redactApart',
  run: redactApart,
  size: ({ text }) => text.length,
};
