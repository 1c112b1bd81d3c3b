import { describe, expect, test } from '@jest/globals';
import type { StoredRecord } from '../../src/domain/record.ts';
import { renderImpactAssessment } from '../../src/evidence/pack/review/impact-assessment.ts';
import { renderPostMortem } from '../../src/evidence/pack/review/post-mortem.ts';
import { renderRca } from '../../src/evidence/pack/review/rca.ts';

const OPTIONS = { people: { U0ADA: 'Ada' }, describe: ({ type }: StoredRecord) => type };
const ID = 'INC-2026-0001';

function records(...told: readonly (readonly [type: string, data: object, outcome?: 'done' | 'refused'])[]): StoredRecord[] {
  return told.map(([type, data, outcome = 'done'], i) => ({
    type,
    v: 1,
    actor: { kind: 'person', id: 'U0ADA' },
    subject: ID,
    outcome,
    data,
    incident_id: ID,
    seq: i + 1,
    prev: '0'.repeat(64),
    event_id: `e${i}`,
    time: `2026-11-30T11:${String(i).padStart(2, '0')}:00.000Z`,
    artifacts: [],
  }));
}

const DECLARED = [
  'incident.declared',
  {
    title: 'Frontend is down',
    service_name: 'AUREUS',
    severity: 'P2',
    detected: '2026-11-30T10:30:00.000Z',
    impact: 'Pages fail',
    customer_impact: false,
  },
] as const;
const ACKNOWLEDGED = ['incident.acknowledged', { within_ms: 60_000, target_ms: 900_000 }] as const;
const PLAN = {
  plan: 'PLN-2026-0001',
  kind: 'change',
  title: 'Enable policy bypass',
  runbook: 'aureus/policy-engine-failure',
  risk: 'emergency',
  requester: 'U0ADA',
  requester_roles: ['incident-commander'],
  reason: 'Nobody can work',
  steps: [{ summary: 'Sets POLICY_BYPASS_MODE', diff: '--- before\n+++ after\n-a\n+b\n+c' }],
};

describe('[SK-72] the post-mortem', () => {
  const whole = renderPostMortem(
    ID,
    records(
      DECLARED,
      ACKNOWLEDGED,
      ['severity.changed', { from: 'P2', to: 'P1', reason: 'All regions' }],
      ['plan.made', PLAN],
      ['approval.given', { plan: PLAN.plan, roles: ['security'] }],
      ['follow-up.added', { text: 'Review in the post-mortem: Enable policy bypass', plan: PLAN.plan }],
      ['remedy.applied', { plan: PLAN.plan }],
      ['remedy.reverted', { plan: PLAN.plan }],
      ['breach.recorded', { target: 'update', due: '2026-11-30T11:05:00.000Z', late_ms: 300_000 }],
      ['update.posted', { automatic: true, late_ms: 300_000 }],
      ['update.posted', { automatic: false, late_ms: 600_000 }],
      ['status.changed', { to: 'identified', note: 'A bad release' }],
      ['note.added', { text: 'Lesson: canaries help' }],
      ['note.added', { text: 'Action: add a canary' }],
      ['incident.resolved', { summary: 'Rolled back' }],
    ),
    OPTIONS,
  );

  test('has the sections of the template, in their order', () => {
    const sections = [...whole.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
    expect(sections).toEqual([
      'Incident Summary',
      'Timeline',
      'Root Cause',
      'Impact',
      'Severity History',
      'Targets Missed',
      'Changes',
      'Resolution',
      'Lessons Learned',
      'Action Items',
    ]);
  });

  test('is filled from the record', () => {
    for (const line of [
      '- **Duration:** 44 min (2026-11-30 10:30 UTC to 2026-11-30 11:14 UTC)',
      '- **Severity:** P2, then P1',
      '- **Services Affected:** AUREUS',
      '| 2026-11-30 10:30 UTC | **Incident detected** |',
      '| 2026-11-30 11:06 UTC | **Fix deployed:** remedy.applied |',
      '| 2026-11-30 11:11 UTC | **Root cause identified:** status.changed |',
      '| 2026-11-30 11:14 UTC | **Services restored:** incident.resolved |',
      '- A bad release (U0ADA (Ada), 2026-11-30 11:11 UTC)',
      '| 2026-11-30 11:00 UTC | U0ADA (Ada) | Pages fail |',
      '| 2026-11-30 11:02 UTC | P2 to P1 | All regions (U0ADA (Ada)) |',
      '| update | 2026-11-30 11:05 UTC | 5 min |',
      '### Enable policy bypass (PLN-2026-0001): reverted',
      '- Approved by: U0ADA (Ada) as incident-commander, U0ADA (Ada) as security',
      String.raw`- Step: Sets POLICY\_BYPASS\_MODE (lines: +2 -1)`,
      '- canaries help',
    ])
      expect(whole).toContain(`${line}\n`);
    expect(whole).toContain('\n## Resolution\n\nRolled back\n');
  });

  test('says by the figures what went well, and what did not', () => {
    const [, well, improvable] = /What went well:([\s\S]*)What could be improved:([\s\S]*)## Action/.exec(whole) ?? [];
    expect(well).toContain('- Time to acknowledge: 1 min; the target was 15 min.');
    expect(improvable).toContain('- Updates: 1 status update by people, 1 late, by 10 min at most, 1 by Tocsin in place of a late one, 1 breach.');
    const silent = renderPostMortem(ID, records(DECLARED), OPTIONS);
    expect(silent.slice(silent.indexOf('What could be improved:'))).toContain('- Nobody acknowledged the incident.\n- The incident is not resolved.');
  });

  test('judges each call of the responders: at the declaration, and after a reopening that paged them', () => {
    const reopened = ['incident.reopened', { reason: 'It is back', paged: true }] as const;
    const late = ['incident.acknowledged', { within_ms: 1_200_000, target_ms: 900_000 }] as const;
    const halves = (all: StoredRecord[]) => {
      const text = renderPostMortem(ID, all, OPTIONS);
      const at = text.indexOf('What could be improved:');
      return [text.slice(text.indexOf('What went well:'), at), text.slice(at)];
    };
    const [well, improvable] = halves(records(DECLARED, ACKNOWLEDGED, reopened, late));
    expect(well).toContain('- Time to acknowledge: 1 min; the target was 15 min.');
    expect(improvable).toContain('- Time to acknowledge after it was reopened: 20 min; the target was 15 min.');
    expect(halves(records(DECLARED, reopened, ACKNOWLEDGED))[1]).toContain('- Nobody acknowledged the incident.');
    expect(halves(records(DECLARED, ACKNOWLEDGED, reopened))[1]).toContain('- Nobody acknowledged it after it was reopened.');
    expect(halves(records(DECLARED, ACKNOWLEDGED, ['incident.reopened', { reason: 'Of a release before' }]))[1]).not.toContain('acknowledged it');
  });

  test('has every bypass as an item and a question, and what people noted', () => {
    expect(whole).toContain('| Review in the post-mortem: Enable policy bypass | to fill in | to fill in | to fill in |');
    expect(whole).toContain('| add a canary | to fill in |');
    expect(whole).toContain('**To fill in:** Was the emergency change needed');
  });

  test('what was refused did not happen, and what people typed is text', () => {
    const typed = records(
      DECLARED,
      ['severity.changed', { from: 'P2', to: 'P0', reason: 'x' }, 'refused'],
      ['note.added', { text: 'Action: a | b\n# c' }],
    );
    const text = renderPostMortem(ID, typed, OPTIONS);
    expect(text).toContain('- **Severity:** P2\n');
    expect(text).toContain(String.raw`| a \| b \# c | to fill in`);
  });
});

describe('[AU-70] what a pack says of impact and cause', () => {
  test('is what people recorded; what nobody said is a question, and nobody is blamed', () => {
    const some = records(DECLARED, ['impact.changed', { impact: 'Half of all orders', customer_impact: true, data_exposure: true }]);
    const impact = renderImpactAssessment(ID, some, OPTIONS);
    for (const line of [
      'This paper is blameless',
      '- **Customers affected:** yes',
      '- **Data exposed:** yes',
      '- **Duration:** not over: since 2026-11-30 10:30 UTC',
      '| Half of all orders; customers are affected; data is exposed |',
      '- [ ] **To fill in:** How many users were affected?',
      '- [ ] **To fill in:** Which data was exposed',
    ])
      expect(impact).toContain(line);
    expect(impact).not.toContain('What could users not do');
    const found = { runbook: 'aureus/assess', findings: [{ says: 'No pod is ready' }] };
    const rca = renderRca(ID, records(DECLARED, ['diagnosis.finished', found], ['diagnosis.finished', found]), OPTIONS);
    expect(rca).toContain('- [ ] **To fill in:** What happened, and why?');
    expect(rca.match(/- No pod is ready \(aureus\/assess\)/g)).toHaveLength(1);
    expect(rca).toContain('- [ ] **To fill in:** What fixed it?');
  });

  test('of records without a declaration there is a paper too', () => {
    for (const render of [renderImpactAssessment, renderRca, renderPostMortem])
      expect(render(ID, records(['note.added', { text: 'x' }]), OPTIONS)).toContain('To fill in');
  });
});
