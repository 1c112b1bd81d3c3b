import { describe, expect, test } from '@jest/globals';
import type { StoredRecord } from '../../src/domain/record.ts';
import { renderRunbookEntry } from '../../src/evidence/pack/review/runbook-entry.ts';

const OPTIONS = {
  people: { U0ADA: 'Ada' },
  describe: ({ type, data }: StoredRecord) => `<@U0ADA> ${type} ${'title' in (data as object) ? (data as { title: string }).title : ''}`.trim(),
  without: 'shop/after',
};

function records(...told: readonly (readonly [type: string, data: object])[]): StoredRecord[] {
  return told.map(([type, data], i) => ({
    type,
    v: 1,
    actor: { kind: 'person', id: 'U0ADA' } as const,
    subject: 'INC-2026-0001',
    outcome: 'done',
    data,
    incident_id: 'INC-2026-0001',
    seq: i + 1,
    prev: '0'.repeat(64),
    event_id: `e${i}`,
    time: `2026-11-30T11:${String(i).padStart(2, '0')}:00.000Z`,
    artifacts: [],
  }));
}

const DECLARED = ['incident.declared', { title: 'Sync fails\n# <b>now</b>', service_name: 'Shop', severity: 'P2', detected: null }] as const;
const made = (plan: string, runbook: string) => ['plan.made', { plan, runbook, title: `Plan of ${runbook}` }] as const;

describe('[VQ-20] the entry of an incident for a runbook', () => {
  test('says what nobody recorded, and has nothing that people typed as markup', () => {
    expect(renderRunbookEntry('INC-2026-0001', records(DECLARED), OPTIONS)).toBe(`### 2026-11-30 INC-2026-0001: Sync fails \\# \\<b\\>now\\</b\\>

- **Severity:** P2
- **Duration:** not over: since 2026-11-30 11:00 UTC
- **Impact:** not recorded
- **Cause:** not recorded
- **Remediation:** not recorded
- **Timeline (UTC):**
  - 2026-11-30 11:00 UTC: U0ADA (Ada) incident.declared Sync fails \\# \\<b\\>now\\</b\\>`);
  });

  test('has impact, cause, what was done and the end; notes and the runbook’s own changes are not in it and do not change it', () => {
    const told = records(
      DECLARED,
      ['impact.changed', { impact: 'Answers are old', customer_impact: true, data_exposure: false }],
      ['status.changed', { to: 'identified', note: 'The role was gone' }],
      made('PLN-1', 'shop/sync'),
      ['remedy.applied', { plan: 'PLN-1' }],
      ['incident.resolved', { summary: 'The role is back' }],
    );
    const entry = renderRunbookEntry('INC-2026-0001', told, OPTIONS);
    for (const line of [
      '- **Duration:** 5 min (2026-11-30 11:00 UTC to 2026-11-30 11:05 UTC)',
      '- **Impact:** Answers are old; customers were affected',
      '- **Cause:** The role was gone',
      '- **Remediation:**\n  - The role is back\n  - Plan of shop/sync (PLN-1, applied)',
      '  - 2026-11-30 11:05 UTC: U0ADA (Ada) incident.resolved',
    ])
      expect(entry).toContain(line);
    const more = records(
      ...told.map(({ type, data }) => [type, data as object] as const),
      ['note.added', { text: 'secret' }],
      made('PLN-2', 'shop/after'),
      ['remedy.applied', { plan: 'PLN-2' }],
    );
    expect(renderRunbookEntry('INC-2026-0001', more, OPTIONS)).toBe(entry);
  });
});
