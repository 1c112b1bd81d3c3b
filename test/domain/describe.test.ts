import { expect, describe as suite, test } from '@jest/globals';
import { COMMANDS } from '../../commands/registry.ts';
import { BUTTON_WORDS, FORM_WORDS, SHORTCUT_WORDS, sayAsked } from '../../src/domain/asked-words.ts';
import type { ChangeEvent, ChangeEventType } from '../../src/domain/change/events.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import { describe, describeAction } from '../../src/domain/incident/describe.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import type { Outcome } from '../../src/domain/record.ts';

const PLAN = 'PLN-7K2M9QXA';
const about = { plan: PLAN, plan_hash: 'h' };
const asked = { runbook: 'aureus/policy', remedy: 'bypass', revision: 'r', title: 'Enable policy bypass', run: 'run-1' };
const made = {
  ...asked,
  plan: PLAN,
  kind: 'change',
  of: null,
  risk: 'emergency',
  plan_hash: 'h',
  needs: ['incident-commander', 'security'],
  requester: 'U0ADA',
  requester_roles: [],
  expires: '2026-11-21T08:15:00.000Z',
  steps: [{ uses: 'k8s.set-env', summary: 'Sets MODE', diff: null, no_plan: null, notes: [], snapshot_sha256: null }],
  reason: 'nobody can query',
  revert_after_ms: null,
  revert_remind_ms: null,
  replaces: null,
} as const;

/** Each record of a change, with what is said about it. */
const SAID: readonly (readonly [ChangeEvent, string])[] = [
  [{ type: 'diagnosis.requested', data: { run: 'r', runbook: 'aureus/policy', title: 'Policy' } }, '<@U0MARY> started the diagnosis “Policy”'],
  [
    { type: 'diagnosis.step', data: { run: 'r', runbook: 'a', step: 'engine', uses: 'k8s.pods', summary: '0 of 2', ms: 1 } },
    'Diagnosis checked engine: 0 of 2',
  ],
  [
    { type: 'diagnosis.step', outcome: 'failed', data: { run: 'r', runbook: 'a', step: 'engine', uses: 'k8s.pods', summary: 'no answer', ms: 1 } },
    'Diagnosis could not check engine: no answer',
  ],
  [
    {
      type: 'diagnosis.finished',
      data: { run: 'r', runbook: 'aureus/policy', revision: 'r', findings: [{ says: 'No pod.', suggests: [] }], failed: ['probe'] },
    },
    'The diagnosis of aureus/policy is finished: No pod. (could not check probe)',
  ],
  [
    { type: 'diagnosis.finished', data: { run: 'r', runbook: 'aureus/policy', revision: 'r', findings: [], failed: [] } },
    'The diagnosis of aureus/policy is finished: no known problem',
  ],
  [
    { type: 'remedy.requested', data: { ...asked, risk: 'emergency', needs: [], roles: [], arguments: { user: 'bob' }, reason: 'why' } },
    '<@U0MARY> asked for “Enable policy bypass” (emergency, user bob): why',
  ],
  [
    { type: 'plan.made', data: made },
    `The plan of “Enable policy bypass” (${PLAN}) is ready; incident commander and security must approve it by 2026-11-21T08:15:00Z: Sets MODE`,
  ],
  [
    { type: 'plan.made', data: { ...made, needs: [], replaces: 'PLN-OLD' } },
    `A new plan of “Enable policy bypass” (${PLAN}) is ready; it needs no approval: Sets MODE`,
  ],
  [
    { type: 'plan.made', data: { ...made, kind: 'extend', title: '30 min more for: Enable policy bypass' } },
    `<@U0ADA> asked for 30 min more for: Enable policy bypass (${PLAN}), incident commander and security must approve it by 2026-11-21T08:15:00Z: nobody can query`,
  ],
  [{ type: 'plan.voided', data: { plan: PLAN, reason: 'it was changed' } }, 'The plan of “Bypass” is void: it was changed'],
  [
    { type: 'approval.given', data: { ...about, roles: ['security'], missing: ['incident-commander'] } },
    '<@U0MARY> approved “Bypass” (security); incident commander is still missing',
  ],
  [
    { type: 'approval.given', data: { ...about, roles: ['security'], missing: [] } },
    '<@U0MARY> approved “Bypass” (security), the last approval that it needed',
  ],
  [{ type: 'approval.rejected', outcome: 'refused', data: { ...about, reason: 'no' } }, '<@U0MARY> rejected “Bypass”: no'],
  [{ type: 'approval.withdrawn', data: { plan: PLAN, reason: 'no' } }, '<@U0MARY> withdrew “Bypass”: no'],
  [{ type: 'approval.reminded', data: { plan: PLAN, missing: ['security'] } }, '“Bypass” still waits for security'],
  [
    { type: 'approval.expired', outcome: 'failed', data: { plan: PLAN, missing: ['security'] } },
    '“Bypass” expired: security did not approve in time',
  ],
  [
    { type: 'evidence.captured', data: { plan: PLAN, phase: 'before', step: 'engine', uses: 'k8s.pods', summary: '0 of 2' } },
    'Evidence before “Bypass”, engine: 0 of 2',
  ],
  [
    { type: 'evidence.captured', outcome: 'failed', data: { plan: PLAN, phase: 'after', step: 'engine', uses: 'k8s.pods', summary: 'no answer' } },
    'Evidence at the end of “Bypass” could not be captured, engine: no answer',
  ],
  [
    { type: 'change.intended', data: { ...about, approvers: [{ role: 'security', user: 'U0MARY' }], steps: ['Sets MODE', 'Writes a file'] } },
    '“Bypass” begins, approved by <@U0MARY> (security): Sets MODE; Writes a file',
  ],
  [{ type: 'change.applied', data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'Set MODE' } }, 'Applied step 1 of “Bypass”: Set MODE'],
  [
    { type: 'change.failed', outcome: 'failed', data: { plan: PLAN, step: 1, uses: 'k8s.set-env', error: 'forbidden' } },
    'Step 2 of “Bypass” failed: forbidden',
  ],
  [{ type: 'change.verified', data: { plan: PLAN, passed: true, summary: '200' } }, 'The effect is there after “Bypass”: 200'],
  [
    { type: 'change.verified', outcome: 'failed', data: { plan: PLAN, passed: false, summary: '503' } },
    'The effect did not show after “Bypass”: 503',
  ],
  [
    { type: 'remedy.applied', data: { plan: PLAN, revert_at: '2026-11-21T09:15:00.000Z' } },
    '“Bypass” is applied and reverts by itself at 2026-11-21T09:15:00Z',
  ],
  [{ type: 'remedy.applied', data: { plan: PLAN, revert_at: null } }, '“Bypass” is applied'],
  [{ type: 'remedy.applied', data: { plan: PLAN, revert_at: null, way_back: true } }, '“Bypass” is applied and stays until somebody reverts it'],
  [
    { type: 'remedy.failed', outcome: 'failed', data: { plan: null, run: 'r', reason: 'no cluster', applied: 0 } },
    'The remedy cannot be carried out: no cluster',
  ],
  [
    { type: 'remedy.failed', outcome: 'failed', data: { plan: PLAN, run: 'r', reason: 'forbidden', applied: 1 } },
    '“Bypass” failed after 1 step: forbidden',
  ],
  [
    { type: 'remedy.failed', outcome: 'failed', data: { plan: PLAN, run: 'r', reason: 'forbidden', applied: 0 } },
    '“Bypass” failed, nothing was changed: forbidden',
  ],
  [{ type: 'revert.reminded', data: { plan: PLAN, revert_at: '2026-11-21T09:15:00.000Z' } }, '“Bypass” reverts by itself at 2026-11-21T09:15:00Z'],
  [
    { type: 'revert.extended', data: { plan: PLAN, by_plan: 'PLN-2', until: '2026-11-21T09:45:00.000Z' } },
    '“Bypass” got more time: it reverts at 2026-11-21T09:45:00Z',
  ],
  [{ type: 'revert.requested', data: { plan: PLAN, reason: 'why' } }, '<@U0MARY> asked to revert “Bypass” now: why'],
  [
    { type: 'revert.started', data: { plan: PLAN, because: 'its time is up', late_ms: 180_000 } },
    'The revert of “Bypass” begins, 3 min late: its time is up',
  ],
  [
    { type: 'revert.failed', outcome: 'failed', data: { plan: PLAN, step: 0, error: 'no answer', attempt: 2 } },
    'The revert of “Bypass” failed at step 1 (try 2) and is retried: no answer',
  ],
  [
    { type: 'revert.conflict', outcome: 'failed', data: { plan: PLAN, step: 0, object: 'deployment/frontend', summary: 'MODE is shadow', diff: '' } },
    'The revert of “Bypass” found that somebody changed deployment/frontend meanwhile, and waits for a decision: MODE is shadow',
  ],
  [
    { type: 'revert.waiting', outcome: 'failed', data: { plan: PLAN, object: 'deployment/frontend' } },
    'The revert of “Bypass” still waits for a decision about deployment/frontend',
  ],
  [
    { type: 'revert.settled', data: { plan: PLAN, keep: true, reason: 'why' } },
    '<@U0MARY> decided to keep the current value instead of reverting “Bypass”: why',
  ],
  [
    { type: 'revert.settled', data: { plan: PLAN, keep: false, reason: 'why' } },
    '<@U0MARY> decided to overwrite the current value by reverting “Bypass”: why',
  ],
  [
    { type: 'change.reverted', data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'MODE is gone' } },
    'Reverted step 1 of “Bypass”: MODE is gone',
  ],
  [
    { type: 'remedy.reverted', data: { plan: PLAN, late_ms: 0, verified: true, kept: 0, summary: 'done' } },
    '“Bypass” is reverted and verified: done',
  ],
  [
    { type: 'remedy.reverted', data: { plan: PLAN, late_ms: 60_000, verified: false, kept: 0, summary: 'done' } },
    '“Bypass” is reverted, 1 min late, but could not be verified: done',
  ],
  [{ type: 'remedy.reverted', data: { plan: PLAN, late_ms: 0, verified: null, kept: 0, summary: 'left' } }, '“Bypass” is reverted: left'],
  [
    { type: 'recurrence.watched', data: { plan: PLAN, until: '2026-11-21T09:15:00.000Z' } },
    'Tocsin watches until 2026-11-21T09:15:00Z whether it comes back after “Bypass”',
  ],
  [{ type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: 'No pod.' } }, 'It came back after “Bypass”: No pod.'],
  [
    { type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: 'No pod.', again: false } },
    'It is still there after “Bypass”: No pod.',
  ],
  [
    { type: 'recurrence.clear', data: { plan: PLAN, summary: '15 checks found no sign of it.' } },
    'It did not come back after “Bypass”: 15 checks found no sign of it.',
  ],
  [
    { type: 'recurrence.unknown', data: { plan: PLAN, summary: 'Nobody answers.' } },
    'Tocsin could not tell whether it came back after “Bypass”: Nobody answers.',
  ],
  [
    { type: 'approval.given', data: { plan: PLAN, plan_hash: '', roles: ['incident-commander'], missing: ['security'], by_asking: true } },
    '<@U0MARY> has the command and asked for it, which approves “Bypass” (incident commander); security is still missing',
  ],
  [
    { type: 'approval.blocked', outcome: 'failed', data: { plan: PLAN, lacking: ['security'], commanders: ['U0LINUS'] } },
    'Nobody can complete “Bypass” now. Nobody is left who can approve as security; each role needs a different person. It becomes possible with <@U0LINUS> as commander: `/incident assign commander @person`.',
  ],
  [
    { type: 'approval.blocked', outcome: 'failed', data: { plan: PLAN, lacking: ['security'], commanders: [] } },
    'Nobody can complete “Bypass” now. Nobody is left who can approve as security; each role needs a different person. Somebody else has to get this role: ask whoever manages it, or withdraw the plan.',
  ],
  [
    {
      type: 'approval.blocked',
      outcome: 'failed',
      data: { plan: PLAN, lacking: ['incident-commander'], commanders: ['U0LINUS'], uncommanded: true },
    },
    'Nobody can complete “Bypass” now. There is no incident commander yet. The first to acknowledge takes command; it becomes possible with <@U0LINUS>: `/incident ack`, or `/incident assign commander @person`.',
  ],
  [{ type: 'approval.possible', data: { plan: PLAN } }, '“Bypass” can be completed again'],
  [{ type: 'notice.offered', data: { due: '2026-11-21T08:30:00.000Z' } }, 'Tocsin asked for the next notice to customers'],
  [{ type: 'notice.reminded', data: { due: '2026-11-21T08:30:00.000Z' } }, 'Tocsin reminded of the notice to customers that is due'],
  [
    { type: 'notice.due', data: { plan: PLAN, digest: 'd', nth: 2, to: ['customers', 'status-page'], late_ms: 300_000 } },
    'Notice 2 goes to customers by mail and to the status page, 5 min late',
  ],
  [
    { type: 'notice.due', data: { plan: PLAN, digest: 'd', nth: 1, to: ['hand'], late_ms: 0 } },
    'Notice 1 to customers is approved and waits to be sent by hand',
  ],
  [
    { type: 'notice.published', data: { plan: PLAN, digest: 'd', place: 'customers', recipients: 2, again: 1 } },
    'Tocsin mailed “Bypass” to 2 customers; 1 of them may have it twice, since the mail server’s answer was lost',
  ],
  [
    { type: 'notice.published', data: { plan: PLAN, digest: 'd', place: 'status-page', url: 'https://status.example.com', late_ms: 60_000 } },
    'Tocsin published “Bypass” on the status page (https://status.example.com), 1 min late',
  ],
  [
    { type: 'notice.published', data: { plan: PLAN, digest: 'd', place: 'hand', where: 'to 12 customers' } },
    '<@U0MARY> sent “Bypass”: to 12 customers',
  ],
  [
    { type: 'notice.failed', outcome: 'failed', data: { plan: PLAN, digest: 'd', place: 'customers', recipients: 1, error: 'away', waits: true } },
    '“Bypass” is not out by mail to 1 customer yet: away. Tocsin tries again for a day; tell customers another way if it is urgent',
  ],
  [
    { type: 'notice.failed', outcome: 'failed', data: { plan: PLAN, digest: 'd', place: 'status-page', error: 'no page', waits: false } },
    '“Bypass” did not go out on the status page: no page. Tocsin tries no more; tell customers another way',
  ],
  [
    {
      type: 'notice.failed',
      outcome: 'failed',
      data: { plan: PLAN, digest: 'd', place: 'status-page', error: 'a newer notice took its place', waits: false, replaced: true },
    },
    '“Bypass” is no longer published: a newer notice took its place',
  ],
  [{ type: 'follow-up.added', data: { text: 'Review the bypass', plan: PLAN } }, 'New action item: Review the bypass'],
];

/** Fails to compile when a type of record is added that nothing is said about. */
const TYPES: Readonly<Record<ChangeEventType, true>> = {
  'diagnosis.requested': true,
  'diagnosis.step': true,
  'diagnosis.finished': true,
  'remedy.requested': true,
  'plan.made': true,
  'plan.voided': true,
  'notice.offered': true,
  'notice.reminded': true,
  'notice.due': true,
  'notice.published': true,
  'notice.failed': true,
  'approval.given': true,
  'approval.blocked': true,
  'approval.possible': true,
  'approval.rejected': true,
  'approval.withdrawn': true,
  'approval.reminded': true,
  'approval.expired': true,
  'evidence.captured': true,
  'change.intended': true,
  'change.applied': true,
  'change.failed': true,
  'change.verified': true,
  'remedy.applied': true,
  'remedy.failed': true,
  'revert.reminded': true,
  'revert.extended': true,
  'revert.requested': true,
  'revert.started': true,
  'revert.failed': true,
  'revert.conflict': true,
  'revert.waiting': true,
  'revert.settled': true,
  'change.reverted': true,
  'remedy.reverted': true,
  'recurrence.watched': true,
  'recurrence.seen': true,
  'recurrence.clear': true,
  'recurrence.unknown': true,
  'follow-up.added': true,
};

function record(event: ChangeEvent, outcome: Outcome = event.outcome ?? 'done'): IncidentRecord {
  return {
    ...event,
    outcome,
    v: 1,
    actor: { kind: 'person', id: 'U0MARY' },
    subject: 'INC-2026-0001',
    seq: 7,
    time: '2026-11-21T08:00:00.000Z',
  } as unknown as IncidentRecord;
}

suite('What is said about a record', () => {
  test.each(SAID.map(([event, text]) => [text, event] as const))('%s', (text, event) => {
    expect(describe(record(event), { [PLAN]: { title: 'Bypass' } })).toBe(text);
  });

  test('every type of change has its sentence here', () => {
    expect([...new Set(SAID.map(([{ type }]) => type))].sort()).toEqual(Object.keys(TYPES).sort());
  });

  test('without titles a plan is called by its id', () => {
    expect(describe(record({ type: 'approval.withdrawn', data: { plan: PLAN, reason: 'no' } }))).toBe(`<@U0MARY> withdrew ${PLAN}: no`);
  });
});

/** What the state of the incident calls its plans and diagnoses. */
const NAMES: Parameters<typeof describeAction>[1] = {
  plans: { [PLAN]: { title: 'Bypass' } as Plan },
  diagnoses: { 'aureus/policy': { run: 'r', runbook: 'aureus/policy', title: 'Policy', at: 0, endedAt: 0, findings: [] } },
};

suite('What an update lists as done, in words of people', () => {
  test('changes, reverts and diagnoses, without their bookkeeping', () => {
    const done = new Set(SAID.flatMap(([event]) => describeAction(record(event), NAMES) ?? []));
    expect([...done]).toEqual([
      'Diagnosed “Policy”: No pod.',
      'Diagnosed “Policy”',
      'Verified the effect of “Bypass”',
      'Applied “Bypass”',
      'Reverted “Bypass”',
      'It came back after “Bypass”',
      'It is still there after “Bypass”',
      'It did not come back after “Bypass”',
      'Notice 2 to customers went out',
    ]);
  });

  test('nothing that failed', () => {
    expect(describeAction(record({ type: 'remedy.applied', data: { plan: PLAN, revert_at: null } }, 'failed'), NAMES)).toBeNull();
  });
});

suite('What somebody was refused', () => {
  test.each([
    ['button plan.approve', 'pressed Approve'],
    ['button of.another.release', 'pressed a button'],
    ['form plan.reject', 'sent the form “Reject”'],
    ['shortcut incident.pin', 'used the shortcut “Add to timeline”'],
    ['reaction pushpin', 'reacted with :pushpin:'],
    ['/incident severity', 'used /incident severity'],
  ])('%s is said in people’s words', (command, words) => {
    const refused = { type: 'command.refused', data: { command, code: 'role-needed', reason: 'That needs a role.' } };
    expect(describe(record(refused as unknown as ChangeEvent, 'refused'))).toBe(`<@U0MARY> ${words} and was refused: That needs a role.`);
    expect(sayAsked(command)).toBe(words);
  });

  test.each([
    ['button', 'actions', BUTTON_WORDS],
    ['form', 'views', FORM_WORDS],
    ['shortcut', 'shortcuts', SHORTCUT_WORDS],
  ] as const)('every %s has its words', (_what, kind, words) => {
    const known = COMMANDS.flatMap((command) => Object.keys(command[kind]));
    expect(known.filter((id) => !Object.hasOwn(words, id))).toEqual([]);
  });
});

suite('What stakeholders and those in line were told', () => {
  const said = (type: string, data: object, actor = 'tocsin') =>
    describe({ type, data, actor: { kind: actor === 'tocsin' ? 'tocsin' : 'person', id: actor }, outcome: 'done' } as IncidentRecord);

  test('a mail says how late it is, and that some may have it twice, only where that is so', () => {
    const mail = { kind: 'declared', nth: 1, recipients: 2, message_id: 'm', digest: 'd' };
    expect(said('mail.sent', mail)).not.toMatch(/late|twice/);
    expect(said('mail.sent', { ...mail, late_ms: 600_000 })).toMatch(/, 10 min late$/);
    expect(said('mail.sent', { ...mail, again: 1 })).toMatch(/; 1 of them may have it twice, since the mail server’s answer was lost$/);
  });

  test('an escalation says who was named, which level was reached, or which step of the line', () => {
    const called = { level: 2, reason: 'no answer', who: { user: 'U0LINUS' }, last: false };
    expect(said('incident.escalated', { ...called, cause: 'named', reason: 'knows the database' }, 'U0ADA')).toBe(
      '<@U0ADA> called <@U0LINUS>: knows the database',
    );
    expect(said('incident.escalated', { ...called, cause: 'level', to: 'L3' })).toBe('Escalated to level 3, <@U0LINUS>: no answer');
    expect(said('incident.escalated', called)).toBe('Escalated to <@U0LINUS> (step 2): no answer');
    expect(said('incident.escalated', { ...called, last: true })).toBe('Escalated to <@U0LINUS> (step 2, the last in line): no answer');
  });

  test('a role is given to somebody, or handed over from who held it', () => {
    const given = { role: 'communications', user: 'U0BOB', previous: null, handoff: false, note: null };
    expect(said('role.assigned', given, 'U0ADA')).toMatch(/^<@U0BOB> is /);
    expect(said('role.assigned', { ...given, previous: 'U0ADA' }, 'U0ADA')).toMatch(/^<@U0BOB> is /);
    expect(said('role.assigned', { ...given, handoff: true }, 'U0ADA')).toMatch(/^<@U0BOB> is /);
    expect(said('role.assigned', { ...given, previous: 'U0ADA', handoff: true, note: 'over to you' }, 'U0ADA')).toMatch(
      / handed over from <@U0ADA> to <@U0BOB>: over to you$/,
    );
  });

  test('a mail to somebody whom Slack did not reach went out, or did not, and is tried again or not', () => {
    const mail = { page: 'p', user: 'U0BOB' };
    expect(said('person.mailed', { ...mail, error: null })).toBe('Tocsin mailed <@U0BOB>, whom Slack did not reach');
    expect(said('person.mailed', { ...mail, error: 'it is away' })).toBe('Tocsin could not mail <@U0BOB>, whom Slack did not reach: it is away');
    expect(said('person.mailed', { ...mail, error: 'it is away', waits: true })).toMatch(/: it is away\. It tries again$/);
  });
});
