import { describe, expect, test } from '@jest/globals';
import { stateAfter } from '../../src/app/replaying.ts';
import { TocsinError } from '../../src/domain/errors.ts';
import type { StoredRecord } from '../../src/domain/record.ts';
import { declared } from './helpers/incidents.ts';

const [first] = declared().records;
const stored = first as StoredRecord<string, Record<string, unknown>>;

function refusalOf(record: Partial<StoredRecord>, stream = stored.incident_id): string {
  try {
    stateAfter(stream, null, { ...stored, ...record });
  } catch (error) {
    if (error instanceof TocsinError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('A record that is read back', () => {
  test('is taken as it is, also with what a newer release has added', () => {
    expect(refusalOf({})).toBe('none');
    expect(refusalOf({ data: { ...stored.data, more: 1 } })).toBe('none');
    // As the first release with reverts wrote it.
    const reverted = { plan: 'PLN-1', late_ms: 0, verified: true, summary: 'All is as before.' };
    expect(refusalOf({ type: 'remedy.reverted', data: reverted })).toBe('none');
  });

  test('is refused where this release does not know its type, its version or what it carries, and says which it is', () => {
    const { title: _, ...untitled } = stored.data;
    const end = 'A newer Tocsin wrote it: use that version.';
    expect(refusalOf({ type: 'incident.split', seq: 7 })).toBe(
      `record-too-new: Record 7 of INC-2026-0001 is incident.split, a type that this Tocsin does not know. ${end}`,
    );
    expect(refusalOf({ v: 2 })).toBe(
      `record-too-new: Record 1 of INC-2026-0001 is incident.declared, version 2, of which this Tocsin knows 1. ${end}`,
    );
    expect(refusalOf({ data: untitled })).toMatch(
      /^record-too-new: Record 1 of INC-2026-0001 is incident\.declared, which does not fit .*data\.title/,
    );
    expect(refusalOf({ type: 'constructor' })).toContain('record-too-new');
  });

  test('of the system is looked at where it changes the alerts', () => {
    expect(refusalOf({ type: 'alert.overdue', data: { alert: 'ALR-1' } }, 'system')).toContain('data.late_ms');
    expect(refusalOf({ type: 'alert.overdue', data: { alert: 'ALR-1', late_ms: 5 } }, 'system')).toBe('none');
    expect(refusalOf({ type: 'something.else', v: 3 }, 'system')).toBe('none');
  });
});
