import type { GroupKind } from './status.ts';
import { badRequest, invalid, unsupportedValue } from './status.ts';

/** Whether a write is a dry run. `options`: the kind that the refusal of another value names, such as `PatchOptions`. @throws ApiError 422 */
export function isDryRun(values: readonly string[], options: string): boolean {
  if (values.length === 0) return false;
  const kind: GroupKind = { group: 'meta.k8s.io', kind: options };
  const wrong = values.find((value) => value !== 'All');
  if (wrong !== undefined) throw invalid(kind, '', [unsupportedValue('dryRun', wrong, ['All'])]);
  return true;
}

/** How unknown fields are treated. @throws ApiError 422 */
export function fieldValidation(value: string | null, options: string): 'Ignore' | 'Warn' | 'Strict' {
  if (value === null || value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw invalid({ group: 'meta.k8s.io', kind: options }, '', [unsupportedValue('fieldValidation', value, ['Ignore', 'Strict', 'Warn'])]);
}

/** Refuses unknown fields where the client wants that, else gives the warnings to answer with. @throws ApiError 400 */
export function judgeUnknownFields(unknown: readonly string[], mode: 'Ignore' | 'Warn' | 'Strict', kind: string, version: string): string[] {
  if (unknown.length === 0 || mode === 'Ignore') return [];
  const texts = unknown.map((field) => `unknown field "${field}"`);
  if (mode === 'Warn') return texts;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${texts.join(', ')}`);
}
