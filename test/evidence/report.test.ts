import { describe, expect, test } from '@jest/globals';
import type { StoredRecord } from '../../src/domain/record.ts';
import { type ReportOptions, renderReport } from '../../src/evidence/pack/report.ts';

const ADA = { kind: 'person', id: 'U0ADA' } as const;
const OPTIONS: ReportOptions = {
  people: { U0ADA: 'Ada' },
  describe: ({ type, data }) => (type === 'note.added' ? `<@U0ADA> noted: ${(data as { text: string }).text}` : type),
  time: '2026-11-30T12:00:00.000Z',
};

function records(...told: readonly (readonly [type: string, data: object])[]): StoredRecord[] {
  return told.map(([type, data], i) => ({
    type,
    v: 1,
    actor: ADA,
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

const DECLARED = ['incident.declared', { title: 'A guard tripped', service_name: 'Provability-Fabric', severity: 'P1', detected: null }] as const;
const ASKED = { capsule: 'sha256:3f', tenant: 'tenant-123', risk: '0.92', misses: '' };

describe('[PF-30] the incident report', () => {
  test('is the template, filled from the record; what nobody said stands in brackets', () => {
    const report = renderReport('INC-2026-0001', records(DECLARED, ['diagnosis.requested', { arguments: ASKED }]), OPTIONS);
    expect(report).toContain('**Date:** 2026-11-30 12:00 UTC');
    expect(report).toContain('**Incident:** INC-2026-0001: A guard tripped');
    expect(report).toContain('**Capsule Hash:** sha256:3f');
    expect(report).toContain('**Heartbeat Misses:** unknown');
    expect(report).toContain('- 2026-11-30 11:00 UTC: **Incident detected**');
    expect(report).toContain('[Describe root cause]');
    expect(report).toContain('[Document lessons learned]');
    for (const item of ['Update monitoring rules', 'Improve detection logic', 'Update runbooks']) expect(report).toContain(`- [ ] ${item}`);
  });

  test('has the rollback, the recovery, the cause, and what people noted; what was detected earlier comes first', () => {
    const report = renderReport(
      'INC-2026-0001',
      records(
        ['incident.declared', { ...DECLARED[1], detected: '2026-11-30T10:30:00.000Z' }],
        ['change.applied', { uses: 'fabric.start-rollback' }],
        ['change.applied', { uses: 'k8s.scale' }],
        ['note.added', { text: 'lesson: budgets need an alert' }],
        ['note.added', { text: 'Action: alert at 80 %' }],
        ['follow-up.added', { text: 'Name an owner', plan: null }],
        ['checklist.ticked', { item: 'a', done: true }],
        ['incident.resolved', { summary: 'A release spent without a limit' }],
      ),
      OPTIONS,
    );
    expect(report).toContain('- 2026-11-30 10:30 UTC: **Incident detected**');
    expect(report.match(/\*\*Rollback initiated\*\*/g)).toHaveLength(1);
    expect(report).toContain('- 2026-11-30 11:07 UTC: **Recovery completed**');
    expect(report).toMatch(/## Root Cause\n\nA release spent without a limit\n/);
    expect(report).toMatch(/## Lessons Learned\n\n- budgets need an alert\n/);
    for (const item of ['Name an owner', 'alert at 80 %']) expect(report).toContain(`- [ ] ${item}`);
    expect(report).not.toContain('checklist.ticked');
    expect(report).toContain('U0ADA (Ada) noted');
  });

  test('names every guard that tripped in the incident, each once', () => {
    const asked = (capsule: string, tenant: string) => ['diagnosis.finished', { arguments: { tenant, capsule } }] as const;
    const report = renderReport('INC-2026-0001', records(DECLARED, asked('sha256:3f', 'a'), asked('sha256:9c', 'a'), asked('', 'a')), OPTIONS);
    expect(report).toMatch(/\*\*Capsule Hash:\*\* sha256:3f, sha256:9c {2}\n\*\*Tenant ID:\*\* a {2}\n/);
  });

  test('of an incident that was reopened has no cause yet', () => {
    const report = renderReport(
      'INC-2026-0001',
      records(DECLARED, ['incident.resolved', { summary: 'Over' }], ['incident.reopened', { reason: 'It is back' }]),
      OPTIONS,
    );
    expect(report).toContain('[Describe root cause]');
  });

  test('what people typed is text, never markup: no line of it is a heading or an item', () => {
    const report = renderReport('INC-2026-0001', records(DECLARED, ['note.added', { text: 'Lesson: x\n# Incident Report\n- [x] done' }]), OPTIONS);
    expect(report.match(/^# Incident Report$/gm)).toHaveLength(1);
    expect(report).not.toContain('- [x]');
  });
});
