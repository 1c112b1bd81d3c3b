import { mapTexts } from '../../domain/json.ts';
import type { Json } from '../../domain/record.ts';
import type { HeavyWork } from '../../ports/threads.ts';
import { createRedactor, type Redactor } from './redact.ts';

interface Asked {
  readonly text: string;
  readonly secrets: readonly string[];
}

interface AskedAll {
  readonly value: Json;
  readonly secrets: readonly string[];
}

/** The redactor of the work before: texts of one step know the same secrets. */
let prepared: { readonly secrets: string; readonly redactor: Redactor } | null = null;

/** Redacts one long text, in whichever thread it runs. */
export function redactApart({ text, secrets }: Asked): string {
  return redactorFor(secrets).redactText(text).value;
}

/** Redacts each text of a value, at any depth. */
export function redactAllApart({ value, secrets }: AskedAll): Json {
  const redactor = redactorFor(secrets);
  return mapTexts(value, (text) => redactor.redactText(text).value);
}

function redactorFor(secrets: readonly string[]): Redactor {
  const key = JSON.stringify(secrets);
  if (prepared?.secrets !== key) prepared = { secrets: key, redactor: createRedactor(secrets) };
  return prepared.redactor;
}

/** How many characters a value has in its texts. */
function charactersOf(value: Json): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce<number>((sum, field: Json) => sum + charactersOf(field), 0);
}

/** redactApart as work for a thread of its own. */
export const REDACT: HeavyWork<Asked, string> = {
  module: import.meta.url,
  name: 'redactApart',
  run: redactApart,
  size: ({ text }) => text.length,
};

/** redactAllApart as work for a thread of its own. */
export const REDACT_ALL: HeavyWork<AskedAll, Json> = {
  module: import.meta.url,
  name: 'redactAllApart',
  run: redactAllApart,
  size: ({ value }) => charactersOf(value),
};
