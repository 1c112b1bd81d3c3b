import * as approvals from '../../../blocks/approvals.ts';
import type { Message } from '../../../blocks/kit.ts';
import * as plans from '../../../blocks/plan.ts';
import * as runbooks from '../../../blocks/runbooks.ts';
import { render } from '../../../blocks/templates.ts';
import type { ChangeEvent, ChangeEventData } from '../../../src/domain/change/events.ts';
import type { Plan } from '../../../src/domain/change/plans.ts';
import type { DrillTerms } from '../../../src/domain/drill/drill.ts';
import type { Person, PersonCommand } from '../../../src/domain/incident/commands.ts';
import type { EventType } from '../../../src/domain/incident/events.ts';
import type { PlannedStep } from '../../../src/domain/records/data/plans.ts';
import { toIso } from '../../../src/lib/time.ts';
import { declaring, Life, MINUTE, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';

export const commander: Person = { id: 'U0ADA', roles: ['responder', 'incident-commander'], trusted: true };
export const security: Person = { id: 'U0MARY', roles: ['security'], trusted: true };
export const PLAN = 'PLN-7K2M9QXA';
const MORE = 'PLN-EXTEND22';
const RUN = 'run-1';
const HOUR = 60 * MINUTE;
export const holders = (role: string) => `<!subteam^S0${role === 'security' ? 'SEC' : 'SRE'}>`;

const DIFF = [
  '  spec.template.spec.containers[frontend].env',
  '+ POLICY_BYPASS_MODE=true',
  '+ POLICY_BYPASS_APPROVER=⟨approval("incident-commander").id⟩',
].join('\n');

/** What a plan that archives lists. */
const FILES = Array.from({ length: 12 }, (_, i) => `- /app/evidence/packs/pack-${i + 1}.zip  1.2 MiB, ${90 - i} days old`).join('\n');

/** The life of one emergency remedy, step by step. */
export class ChangeLife extends Life {
  readonly words: Words;

  constructor(words: Words, more: { readonly risk?: Plan['risk']; readonly drill?: DrillTerms } = {}) {
    super();
    this.words = words;
    this.title = words.remedy;
    this.risk = more.risk ?? 'emergency';
    const { drill } = more;
    this.ask(declaring('P0', { title: words.title, serviceName: words.service, ...(drill === undefined ? {} : { drill }) }), commander);
    this.give({ at: this.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
    this.at += MINUTE;
    this.ask({ type: 'acknowledge' }, commander);
  }

  readonly title: string;
  readonly risk: Plan['risk'];

  tell(event: ChangeEvent): void {
    this.give({ at: this.at, by: null, ask: { type: 'change', event } });
  }

  request(by: Person = commander): void {
    const needs = this.needs();
    const ask: PersonCommand = {
      type: 'request-remedy',
      run: RUN,
      runbook: 'aureus/policy-engine-failure',
      revision: 'a'.repeat(64),
      remedy: 'bypass',
      title: this.title,
      risk: this.risk,
      needs,
      arguments: {},
      reason: this.words.text,
    };
    this.ask(ask, by);
  }

  needs(): string[] {
    if (this.risk === 'safe') return [];
    return this.risk === 'change' ? ['responder'] : ['incident-commander', 'security'];
  }

  plan(
    more: {
      readonly diff?: string | null;
      readonly steps?: number;
      readonly replaces?: string | null;
      readonly id?: string;
      readonly notes?: readonly string[];
      readonly listed?: true;
      /** Nothing of it can be put back, for these reasons. */
      readonly oneWay?: readonly string[];
      /** The roles that have to approve, where they are not those of its risk. */
      readonly needs?: readonly string[];
    } = {},
  ): void {
    const diff = more.diff === undefined ? DIFF : more.diff;
    const changed: PlannedStep = {
      uses: 'k8s.set-env',
      summary: 'Sets POLICY_BYPASS_MODE, POLICY_BYPASS_APPROVER on deployment/aureus-frontend (rolls 3 pods)',
      diff,
      no_plan: diff === null ? this.words.text : null,
      notes: more.notes ?? ['An HPA may scale it while it rolls.'],
      ...(more.listed === undefined ? {} : { listed: more.listed }),
      late: ['approval("incident-commander").id'],
      snapshot_sha256: more.oneWay === undefined ? 'b'.repeat(64) : null,
      ...(more.oneWay?.[0] === undefined ? {} : { one_way: more.oneWay[0] }),
    };
    const waits: PlannedStep = {
      uses: 'k8s.rollout-status',
      summary: 'Waits for: New pods are up',
      diff: null,
      no_plan: null,
      notes: [],
      snapshot_sha256: null,
    };
    const steps = more.steps === undefined ? [changed, waits] : Array.from({ length: more.steps }, () => changed);
    this.tell({
      type: 'plan.made',
      data: {
        plan: more.id ?? PLAN,
        run: RUN,
        kind: 'change',
        of: null,
        runbook: 'aureus/policy-engine-failure',
        revision: 'a'.repeat(64),
        remedy: 'bypass',
        title: this.title,
        risk: this.risk,
        plan_hash: 'c'.repeat(64),
        needs: more.needs ?? this.needs(),
        requester: '',
        requester_roles: [],
        expires: toIso(this.at + 15 * MINUTE),
        steps,
        reason: this.words.text,
        revert_after_ms: this.risk === 'emergency' ? HOUR : null,
        revert_remind_ms: this.risk === 'emergency' ? 45 * MINUTE : null,
        replaces: more.replaces ?? null,
      },
    });
  }

  apply(): void {
    const { words } = this;
    this.at += MINUTE;
    this.tell({ type: 'evidence.captured', data: { plan: PLAN, phase: 'before', step: 'engine', uses: 'k8s.pods', summary: words.text } });
    this.tell({ type: 'change.intended', data: { plan: PLAN, plan_hash: 'c'.repeat(64), approvers: [], steps: ['Sets POLICY_BYPASS_MODE'] } });
    this.tell({
      type: 'change.applied',
      data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'Set POLICY_BYPASS_MODE on deployment/aureus-frontend' },
    });
  }

  inForce(passed = true, more: { readonly summary?: string; readonly unknown?: true } = {}): void {
    this.at += MINUTE;
    this.tell({ type: 'change.verified', data: { plan: PLAN, passed, summary: this.words.text, ...more } });
    const terms = this.risk === 'emergency' ? { revert_at: toIso(this.at + HOUR) } : { revert_at: null, way_back: true };
    this.tell({ type: 'remedy.applied', data: { plan: PLAN, ...terms } });
  }

  get current(): Plan {
    const plan = this.incident.plans[PLAN];
    if (plan === undefined) throw new Error('There is no plan.');
    return plan;
  }
}

/** Every message about a change, in every state. */
export function changeMessages(words: Words): Entry[] {
  const entries: Entry[] = [];
  const shower =
    (life: Life) =>
    (name: string, template: string, type: EventType, first = false) => {
      const record = life.records[first ? 'find' : 'findLast']((one) => one.type === type) ?? null;
      entries.push({
        name,
        kind: 'message',
        shown: render(template, {
          incident: life.incident,
          record,
          now: life.at,
          data: {},
          holders,
          evidence: 's3://evidence/tocsin',
          reporter: 'Ada Lovelace',
        }),
      });
    };

  const life = new ChangeLife(words);
  const show = shower(life);
  life.ask({ type: 'request-diagnosis', run: 'run-0', runbook: 'aureus/policy-engine-failure', title: words.title }, commander);
  show('event-diagnosis-requested', 'event', 'diagnosis.requested');
  life.tell({
    type: 'diagnosis.finished',
    data: {
      run: 'run-0',
      runbook: 'aureus/policy-engine-failure',
      revision: 'a'.repeat(64),
      findings: [{ says: 'No policy engine pod is ready.', suggests: ['bypass'] }],
      failed: ['probe'],
    },
  });
  show('event-diagnosis-finished', 'event', 'diagnosis.finished');
  life.request();
  show('event-remedy-requested', 'event', 'remedy.requested');
  life.plan();
  show('plan-waiting', 'plan', 'plan.made');
  show('card-plan-waiting', 'card', 'incident.declared');
  const linus: Person = { id: 'U0LINUS', roles: ['incident-commander'], trusted: true };
  life.give({
    at: life.at,
    by: null,
    ask: { type: 'completion', plan: PLAN, people: [{ ...commander, roles: ['incident-commander', 'security'] }, linus] },
  });
  show('plan-blocked', 'plan', 'plan.made');
  show('event-blocked', 'event', 'approval.blocked');
  life.give({ at: life.at, by: null, ask: { type: 'completion', plan: PLAN, people: [commander, security] } });
  show('event-possible', 'event', 'approval.possible');
  life.at += 8 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'approval-reminder', plan: PLAN } } });
  show('event-approval-reminded', 'event', 'approval.reminded');
  life.ask({ type: 'approve', plan: PLAN }, security);
  show('event-approved', 'event', 'approval.given');
  show('plan-approved', 'plan', 'plan.made');
  life.apply();
  show('plan-applying', 'plan', 'plan.made');
  life.inForce();
  show('event-verified', 'event', 'change.verified');
  show('plan-in-force', 'plan', 'plan.made');
  show('change-in-force', 'change', 'remedy.applied');
  show('card-bypass-in-force', 'card', 'incident.declared');
  life.at += 45 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'revert-reminder', plan: PLAN } } });
  show('change-revert-reminded', 'change', 'revert.reminded');
  life.ask({ type: 'request-extension', plan: PLAN, id: MORE, ms: 30 * MINUTE, reason: words.text }, commander);
  show('plan-extension-waiting', 'plan', 'plan.made');
  life.ask({ type: 'approve', plan: MORE, givers: [commander] }, security);
  show('plan-extension-granted', 'plan', 'plan.made');
  show('event-extended', 'event', 'revert.extended');
  life.at = START + 100 * MINUTE;
  life.ask({ type: 'revert', plan: PLAN, reason: words.text }, commander);
  show('event-revert-requested', 'event', 'revert.requested');
  life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'its time is up', late_ms: 0 } });
  life.tell({ type: 'revert.failed', outcome: 'failed', data: { plan: PLAN, step: 0, error: words.text, attempt: 2 } });
  show('change-revert-failed', 'change', 'revert.failed');
  life.tell({
    type: 'revert.conflict',
    outcome: 'failed',
    data: {
      plan: PLAN,
      step: 0,
      object: 'deployment/aureus-frontend',
      summary: 'POLICY_BYPASS_MODE is not what Tocsin set',
      diff: '- POLICY_BYPASS_MODE=shadow\n+ POLICY_BYPASS_MODE=false',
    },
  });
  show('change-revert-conflict', 'change', 'revert.conflict');
  show('plan-revert-conflict', 'plan', 'plan.made', true);
  life.at += 10 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'revert-conflict', plan: PLAN } } });
  show('change-revert-waiting', 'change', 'revert.waiting');
  life.ask({ type: 'settle-conflict', plan: PLAN, keep: false, reason: words.text }, commander);
  show('event-settled', 'event', 'revert.settled');
  show('change-revert-conflict-settled', 'change', 'revert.conflict');
  life.tell({ type: 'change.reverted', data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'POLICY_BYPASS_MODE is false again' } });
  life.tell({ type: 'remedy.reverted', data: { plan: PLAN, late_ms: 3 * MINUTE, verified: true, kept: 0, summary: '1 step reverted.' } });
  show('change-reverted-late', 'change', 'remedy.reverted');
  show('change-in-force-over', 'change', 'remedy.applied');
  show('plan-reverted', 'plan', 'plan.made', true);
  const cause = { plan: PLAN, summary: words.text, reverted: true };
  life.tell({ type: 'recurrence.seen', outcome: 'failed', data: { ...cause, again: false } });
  show('change-cause-still-there', 'change', 'recurrence.seen');
  life.tell({ type: 'recurrence.clear', data: cause });
  show('event-cause-gone', 'event', 'recurrence.clear');

  entries.push(...endedPlans(words));
  entries.push({ name: 'plan-many-steps', kind: 'message', shown: manySteps(words) });
  return entries;
}

/** Plans that came to nothing, and one that needs a single confirmation. */
function endedPlans(words: Words): Entry[] {
  const plan = (
    name: string,
    go: (life: ChangeLife) => void,
    risk: Plan['risk'] = 'emergency',
    template = 'plan',
    type: EventType = 'plan.made',
  ): Entry => {
    const life = new ChangeLife(words, { risk });
    life.request();
    go(life);
    const record = life.records.findLast((one) => one.type === type) ?? null;
    return {
      name,
      kind: 'message',
      shown: render(template, {
        incident: life.incident,
        record,
        now: life.at,
        data: {},
        holders,
        evidence: 's3://evidence/tocsin',
        reporter: 'Ada Lovelace',
      }),
    };
  };
  return [
    plan('plan-rejected', (life) => {
      life.plan();
      life.ask({ type: 'reject', plan: PLAN, reason: words.text }, security);
    }),
    plan('plan-withdrawn', (life) => {
      life.plan();
      life.ask({ type: 'withdraw', plan: PLAN, reason: words.text }, commander);
    }),
    plan('plan-expired', (life) => {
      life.plan();
      life.at += 15 * MINUTE;
      life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'approval-expiry', plan: PLAN } } });
    }),
    plan('plan-void', (life) => {
      life.plan();
      life.ask({ type: 'approve', plan: PLAN }, security);
      life.tell({
        type: 'plan.voided',
        data: { plan: PLAN, reason: 'env of container frontend of deployment/aureus-frontend was changed meanwhile' },
      });
    }),
    plan('plan-new-after-void', (life) => {
      life.plan();
      life.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'it was changed meanwhile' } });
      life.plan({ replaces: PLAN, id: 'PLN-SECOND22' });
    }),
    plan(
      'plan-watched',
      (life) => {
        life.plan();
        life.at += MINUTE;
        life.ask({ type: 'approve', plan: PLAN }, commander);
        life.apply();
        life.inForce();
        life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + 15 * MINUTE) } });
        life.at += 15 * MINUTE;
        life.tell({ type: 'recurrence.clear', data: { plan: PLAN, summary: words.text } });
      },
      'change',
    ),
    plan('plan-ask', (life) => life.plan(), 'emergency', 'plan-ask'),
    plan(
      'plan-ask-decided',
      (life) => {
        life.plan();
        life.ask({ type: 'approve', plan: PLAN }, security);
      },
      'emergency',
      'plan-ask',
    ),
    plan('plan-listed', (life) => life.plan({ diff: FILES, listed: true }), 'change'),
    plan('plan-list', (life) => life.plan({ diff: FILES, listed: true }), 'change', 'plan-list'),
    plan('plan-impossible-diff', (life) => life.plan({ diff: null })),
    plan('plan-change-waiting', (life) => life.plan(), 'change'),
    plan(
      'change-applied',
      (life) => {
        life.plan();
        life.ask({ type: 'approve', plan: PLAN }, commander);
        life.apply();
        life.inForce();
      },
      'change',
      'change',
      'remedy.applied',
    ),
    plan(
      'change-came-back',
      (life) => {
        life.plan();
        life.ask({ type: 'approve', plan: PLAN }, commander);
        life.apply();
        life.inForce(false);
        life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + 15 * MINUTE) } });
        life.tell({ type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: words.text } });
      },
      'change',
      'change',
      'recurrence.seen',
    ),
    plan(
      'plan-failed',
      (life) => {
        life.plan();
        life.ask({ type: 'approve', plan: PLAN }, security);
        life.apply();
        life.tell({ type: 'change.failed', outcome: 'failed', data: { plan: PLAN, step: 1, uses: 'k8s.rollout-status', error: words.text } });
        life.tell({ type: 'remedy.failed', outcome: 'failed', data: { plan: PLAN, run: RUN, reason: words.text, applied: 1 } });
      },
      'emergency',
    ),
  ];
}

function manySteps(words: Words): Message {
  const life = new ChangeLife(words);
  life.request();
  life.plan({ steps: Math.min(20, words.many), diff: `${DIFF}\n${words.text}` });
  const record = life.records.findLast(({ type }) => type === 'plan.made') ?? null;
  return render('plan', {
    incident: life.incident,
    record,
    now: life.at,
    data: {},
    holders,
    evidence: 's3://evidence/tocsin',
    reporter: 'Ada Lovelace',
  });
}

/** Lists, pages and forms about changes. */
export function changeAnswers(words: Words): Entry[] {
  const waiting = new ChangeLife(words);
  waiting.request();
  waiting.plan();
  const force = new ChangeLife(words);
  force.request();
  force.plan();
  force.ask({ type: 'approve', plan: PLAN }, security);
  force.apply();
  force.inForce();
  force.at += 12 * MINUTE;
  const asked = new ChangeLife(words);
  asked.request();
  asked.plan();
  asked.ask({ type: 'approve', plan: PLAN }, security);
  asked.apply();
  asked.inForce();
  asked.ask({ type: 'request-extension', plan: PLAN, id: MORE, ms: 30 * MINUTE, reason: words.text }, commander);
  const record = waiting.records.findLast(({ type }) => type === 'plan.made')?.data as ChangeEventData['plan.made'];
  const { steps } = record;
  const entries = Array.from({ length: words.many }, (_, i) => ({
    incident: { ...waiting.incident, id: `INC-2026-${String(i + 1).padStart(4, '0')}` },
    plan: { ...waiting.current, id: `PLN-${String(i).padStart(8, '2')}` },
    steps,
    mine: i % 2 === 0,
  }));
  const incidents = Array.from({ length: words.many }, (_, i) => ({
    ...(i % 2 === 0 ? force : asked).incident,
    id: `INC-2026-${String(i + 1).padStart(4, '0')}`,
  })).map((incident, i) => ({
    ...incident,
    plans: Object.fromEntries(
      Object.entries(incident.plans).map(([id, plan]) => [`${id}${i}`, { ...plan, id: `${id}${i}`, of: plan.of === null ? null : `${plan.of}${i}` }]),
    ),
  }));
  const now = force.at;
  const hidden = [
    { service: words.service, status: 'applied' as const, revertAt: now + 59 * 60_000, conflict: null },
    { service: words.service, status: 'reverting' as const, revertAt: null, conflict: null },
  ];
  const shown = runbookShown(words);
  const [remedy, last] = shown.remedies;
  if (remedy === undefined || last === undefined) throw new Error('The runbook has two remedies.');
  const message = (name: string, one: Message): Entry => ({ name, kind: 'message', shown: one });
  const form = (name: string, one: Entry['shown']): Entry => ({ name, kind: 'modal', shown: one });
  return [
    message(
      'approvals',
      approvals.approvalList(
        entries.filter(({ mine }) => mine),
        1,
        waiting.at,
      ),
    ),
    message('approvals-all', approvals.approvalList(entries, 0, waiting.at)),
    message('approvals-none', approvals.approvalList([], 2, waiting.at)),
    message('bypass-status', approvals.bypassStatus(incidents, [], now)),
    message('bypass-status-none', approvals.bypassStatus([waiting.incident], [], now)),
    message('bypass-status-hidden', approvals.bypassStatus([waiting.incident], hidden, now)),
    message(
      'runbooks',
      runbooks.runbookList(
        Array.from({ length: words.many }, (_, i) => ({ ...shown, id: `aureus/scenario-${i}` })),
        [{ file: 'runbooks/broken.yml', line: 12, text: words.text }],
      ),
    ),
    message('runbooks-none', runbooks.runbookList([], [])),
    message('runbook', runbooks.runbookPage(shown, waiting.incident)),
    message('runbook-outside', runbooks.runbookPage({ ...shown, remedies: [], findings: [], symptoms: [], source: null }, null)),
    form('modal-runbook-pick', runbooks.pickModal([shown], waiting.incident, shown.id)),
    form('modal-runbook-run', runbooks.runModal(shown, remedy, waiting.incident, { reason: words.text, arguments: {}, incidents: [] })),
    form(
      'modal-runbook-run-last-resort',
      runbooks.runModal(shown, last, waiting.incident, { reason: '', arguments: { user: words.text }, incidents: [] }),
    ),
    form('modal-runbook-run-new-incident', runbooks.runModal(shown, remedy, null, { reason: '', arguments: {}, incidents: [] })),
    form(
      'modal-runbook-run-where',
      runbooks.runModal(shown, remedy, null, { reason: '', arguments: {}, incidents: entries.map(({ incident }) => incident) }),
    ),
    form(
      'modal-bypass',
      runbooks.bypassModal(
        words.service,
        [
          { runbook: shown, remedy },
          { runbook: shown, remedy: last },
        ],
        null,
        words.text,
      ),
    ),
    form(
      'modal-reject',
      plans.planModal('plan.reject', 'Reject', 'Reject', waiting.incident, waiting.current, 'Nothing changes; the reason is recorded and shown.'),
    ),
    form('modal-extend', plans.extendModal(force.incident, force.current, { length: '45m', reason: words.text })),
  ];
}

function runbookShown({ title, remedy, text, many }: Words): runbooks.RunbookShown {
  return {
    id: 'aureus/policy-engine-failure',
    title,
    service: 'aureus',
    severity: 'P1',
    source: 'aureus.md, Scenario 4',
    symptoms: Array.from({ length: many }, () => text),
    steps: [
      { title: 'Policy engine pods', uses: 'k8s.pods' },
      { title: 'Policy log lines', uses: 'k8s.logs' },
    ],
    findings: [
      { says: text, suggests: ['bypass'] },
      { says: '="A test evaluation answers " + string(diagnose.probe.status) + "."', suggests: [] },
    ],
    remedies: [
      {
        name: 'bypass',
        title: remedy,
        about: text,
        risk: 'emergency',
        lastResort: false,
        stake: text,
        when: 'incident.severity == "P0"',
        arguments: [],
        needs: ['incident-commander', 'security'],
        revertAfterMs: HOUR,
        proposes: false,
      },
      {
        name: 'clear-limit',
        title: remedy,
        about: null,
        risk: 'destructive',
        lastResort: true,
        stake: null,
        when: null,
        arguments: [
          { name: 'user', about: text, pattern: '[a-z0-9-]+', default: null },
          { name: 'limit', about: 'The new limit', pattern: null, default: '20' },
        ],
        needs: ['incident-commander', 'responder'],
        revertAfterMs: null,
        proposes: false,
      },
    ],
  };
}
