import { describe, expect, test } from '@jest/globals';
import type { StoredRecord } from '../../src/domain/record.ts';
import type { IncidentEvidence } from '../../src/evidence/pack/pack.ts';
import { type PageOptions, renderReportPage } from '../../src/evidence/pack/page/page.ts';

const ID = 'INC-2026-0001';
const HOSTILE = '</title><script>alert(1)</script><img src=x onerror="alert(2)">';
const OPTIONS: PageOptions = {
  people: { U0ADA: 'Ada' },
  describe: ({ type, data }) => (type === 'note.added' ? `<@U0ADA> noted: ${(data as { text: string }).text}` : type),
  time: '2026-11-30T14:00:00.000Z',
  number: 2,
  keyId: 'a'.repeat(64),
};
const LOG = 'artifacts/sha256/1234';

type Told = readonly [minute: number, type: string, data: object, artifact?: string];

function evidence(told: readonly Told[], files: Readonly<Record<string, string | Uint8Array>> = {}): IncidentEvidence {
  const records = told.map(([minute, type, data, artifact], i): StoredRecord => {
    const time = new Date(Date.UTC(2026, 10, 30, 11, minute)).toISOString();
    const artifacts = artifact === undefined ? [] : [{ path: artifact, sha256: '0'.repeat(64), size: 1 }];
    const actor = { kind: 'person', id: 'U0ADA' } as const;
    return {
      type,
      v: 1,
      actor,
      subject: ID,
      outcome: 'done',
      data,
      incident_id: ID,
      seq: i + 1,
      prev: '0'.repeat(64),
      event_id: `e${i}`,
      time,
      artifacts,
    };
  });
  return {
    stream: ID,
    records: records.map((record, i) => ({ record, bytes: Buffer.from(JSON.stringify(record)), hash: String(i).padStart(64, '0') })),
    files: Object.entries(files).map(([path, bytes]) => ({ path, bytes: Buffer.from(bytes) })),
  };
}

const PLAN = 'PLN-2026-0001';
const DECLARED: Told = [
  0,
  'incident.declared',
  {
    title: 'Frontend is down',
    service_name: 'AUREUS',
    severity: 'P1',
    detected: '2026-11-30T10:50:00.000Z',
    impact: 'Pages fail',
    customer_impact: true,
  },
];
const COURSE: readonly Told[] = [
  DECLARED,
  [20, 'incident.acknowledged', { within_ms: 1_200_000, target_ms: 900_000 }],
  [21, 'role.assigned', { role: 'incident-commander', user: 'U0ADA' }],
  [25, 'severity.changed', { from: 'P1', to: 'P0', reason: 'All regions' }],
  [26, 'pagerduty.sent', {}],
  [27, 'mail.sent', {}],
  [30, 'update.posted', { automatic: true, late_ms: 0 }],
  [31, 'breach.recorded', { target: 'update', due: '2026-11-30T11:30:00.000Z', late_ms: 60_000 }],
  [32, 'diagnosis.finished', { runbook: 'aureus/frontend', findings: [{ says: 'No pod is ready' }] }],
  [
    33,
    'plan.made',
    {
      plan: PLAN,
      kind: 'change',
      title: 'Roll back',
      runbook: 'aureus/frontend',
      risk: 'change',
      requester: 'U0ADA',
      requester_roles: ['incident-commander'],
      reason: 'Broken',
      steps: [{ summary: 'Sets the image', diff: '-image: a\n+image: <b>' }],
    },
  ],
  [35, 'approval.given', { plan: PLAN, roles: ['security'] }],
  [36, 'change.intended', { plan: PLAN, approvers: [], steps: [] }],
  [36, 'evidence.captured', { plan: PLAN, phase: 'before', step: 'logs', uses: 'k8s.logs', summary: '3 lines' }, LOG],
  [37, 'change.applied', { plan: PLAN, step: 0, uses: 'k8s.rollout', summary: 'Rolled back' }],
  [38, 'evidence.captured', { plan: PLAN, phase: 'after', step: 'logs', uses: 'k8s.logs', summary: '2 lines' }, `${LOG}5`],
  [39, 'change.verified', { plan: PLAN, passed: true, summary: 'Answers 200' }],
  [40, 'remedy.applied', { plan: PLAN, revert_at: null }],
  [41, 'status.changed', { from: 'investigating', to: 'identified', note: 'A bad release' }],
  [50, 'incident.resolved', { summary: 'Rolled back' }],
  [51, 'follow-up.added', { text: 'Add a test', plan: null, owner: 'U0ADA', due: '2026-12-10' }],
];
const FILES = { [LOG]: 'ok\nerror: refused\nhttp_requests_total{code="500"} 12\n', [`${LOG}5`]: 'ok\nhttp_requests_total{code="500"} 0\n' };

describe('[AU-70] the page of a pack', () => {
  test('is one page that loads nothing and runs nothing, and the same evidence gives the same bytes', () => {
    const page = renderReportPage(evidence(COURSE, FILES), OPTIONS);
    expect(page).toBe(renderReportPage(evidence(COURSE, FILES), OPTIONS));
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(page).not.toMatch(/<script|<link|https?:\/\/|url\(|\son[a-z]+=/i);
    expect([...page.matchAll(/<(?:section|article|figure|main|header|footer|nav)\b/g)]).toHaveLength(
      [...page.matchAll(/<\/(?:section|article|figure|main|header|footer|nav)>/g)].length,
    );
    const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, to]) => to ?? '');
    for (const link of links) expect(link.startsWith('#') ? ids : ['timeline.md', LOG, `${LOG}5`]).toContain(link.replace(/^#/, ''));
  });

  test('tells what happened, how long it took beside its targets, who decided, what was captured, and what it means', () => {
    const page = renderReportPage(evidence(COURSE, FILES), OPTIONS);
    for (const said of [
      '<h1>Frontend is down</h1>',
      'P1, then P0',
      'U0ADA (Ada)',
      'Time to acknowledge: 20 min; the target was 15 min.',
      'No pod is ready',
      'A bad release',
      'U0ADA (Ada) as incident-commander<br>U0ADA (Ada) as security',
      '<del>-image: a</del><ins>+image: &lt;b&gt;</ins>',
      '3 lines, 1 with a failure',
      'http_requests_total{code=&quot;500&quot;}, before: 12',
      'Add a test',
      '2026-12-10',
    ])
      expect(page).toContain(said);
    // Severity by severity, and each thing that went out.
    for (const shape of ['class="P1"', 'class="P0"', 'class="dot own"', 'class="dot bad"', 'class="force"', '>P</text>', '>M</text>'])
      expect(page).toContain(shape);
  });

  test('says how it is checked, with the key, and what it does not prove', () => {
    const page = renderReportPage(evidence(COURSE, FILES), OPTIONS);
    const { keyId } = OPTIONS;
    expect(page).toContain(`sha256sum --check --strict SHA256SUMS\nopenssl pkey -pubin -in keys/${keyId}.pem -outform DER | sha256sum`);
    expect(page).toContain(`-inkey keys/${keyId}.pem -rawin -in manifest.json -sigfile manifest.json.sig`);
    expect(page).toContain('Records</dt><dd>1 to 20</dd>');
    expect(page).toContain(`evidence verify ${ID} --key ${keyId}`);
    expect(page).toContain('proves nothing by itself');
  });

  test('what people wrote is text, wherever it stands', () => {
    const told: readonly Told[] = [
      [0, 'incident.declared', { title: HOSTILE, service_name: HOSTILE, severity: HOSTILE, component: HOSTILE, impact: HOSTILE }],
      [1, 'note.added', { text: HOSTILE }],
      [2, 'status.changed', { from: 'investigating', to: 'identified', note: HOSTILE }],
      [
        3,
        'plan.made',
        { plan: HOSTILE, title: HOSTILE, runbook: HOSTILE, requester: HOSTILE, reason: HOSTILE, steps: [{ summary: HOSTILE, diff: HOSTILE }] },
      ],
      [4, 'evidence.captured', { plan: HOSTILE, phase: 'before', step: HOSTILE, summary: HOSTILE }, LOG],
      [5, 'incident.resolved', { summary: HOSTILE }],
    ];
    const page = renderReportPage(evidence(told, { [LOG]: `${HOSTILE}\n` }), { ...OPTIONS, people: { U0ADA: HOSTILE } });
    expect(page).not.toMatch(/<script|<img|onerror="/);
    expect(page.match(/<\/title>/g)?.length).toBe([...page.matchAll(/<title>/g)].length);
  });

  test('a note that was edited or struck reads as it does now', () => {
    const told: readonly Told[] = [
      DECLARED,
      [1, 'note.added', { text: 'It was Grace' }],
      [2, 'note.added', { text: 'The disk is fool' }],
      [3, 'note.edited', { number: 2, text: 'The disk is full' }],
      [4, 'note.struck', { number: 1, why: 'nobody is to blame' }],
    ];
    const page = renderReportPage(evidence(told), OPTIONS);
    for (const said of ['The disk is full (edited)', '(struck: nobody is to blame)']) expect(page).toContain(said);
    for (const not of ['It was Grace', 'The disk is fool']) expect(page).not.toContain(not);
  });

  test('an incident that has only begun has a page too, and one whose records say nothing', () => {
    const begun = renderReportPage(evidence([DECLARED]), OPTIONS);
    for (const said of ['Open', 'not over: since 2026-11-30 10:50 UTC', 'Nothing has ended yet.', 'Nothing was captured', 'Nobody named a cause.'])
      expect(begun).toContain(said);
    expect(renderReportPage(evidence([[0, 'unknown.thing', {}]]), OPTIONS)).toContain(`<h1>${ID}</h1>`);
    expect(begun).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a picture that a diagnosis drew is in it', () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
    const told: readonly Told[] = [DECLARED, [1, 'diagnosis.step', { runbook: 'a/b', step: 'tree', summary: 'Drawn' }, LOG]];
    expect(renderReportPage(evidence(told, { [LOG]: png }), OPTIONS)).toContain(
      `src="data:image/png;base64,${Buffer.from(png).toString('base64')}" alt="a/b, tree: Drawn"`,
    );
  });
});
