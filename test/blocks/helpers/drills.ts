import { drillList, drillReminder, drillStarted } from '../../../blocks/drill.ts';
import { planCard } from '../../../blocks/plan.ts';
import { render } from '../../../blocks/templates.ts';
import type { DrillTerms } from '../../../src/domain/drill/drill.ts';
import type { DrillStanding } from '../../../src/domain/drill/due.ts';
import { DRILL_FORMS, type DrillForm } from '../../../src/domain/drill/forms.ts';
import type { EventType } from '../../../src/domain/incident/events.ts';
import { ada, declaring, Life, MINUTE, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';
import { ChangeLife, commander, holders, PLAN } from './changes.ts';

/** Everything that people see of drills. */
export function drillMessages(words: Words): readonly Entry[] {
  return [
    ...DRILL_FORMS.flatMap((form) => played(words, form)),
    ...overdue(words),
    { name: 'plan-rehearsed', kind: 'message', shown: rehearsed(words) },
    { name: 'drill-list', kind: 'message', shown: drillList(standings(words)) },
    { name: 'drill-list-none', kind: 'message', shown: drillList([]) },
    { name: 'drill-reminder', kind: 'message', shown: drillReminder('aureus', words.service, standings(words).slice(0, 3)) },
  ];
}

function played(words: Words, form: DrillForm): Entry[] {
  const life = new Life();
  life.ask(declaring('P0', { title: words.title, serviceName: words.service, drill: termsOf(words, form) }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  const show = (name: string, template: string, type: EventType): Entry => {
    const record = life.records.findLast((one) => one.type === type) ?? null;
    const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
    return { name: `${name}-${form}`, kind: 'message', shown: render(template, scene) };
  };
  const entries = [
    { name: `drill-started-${form}`, kind: 'message' as const, shown: drillStarted(life.incident) },
    show('drill-card', 'card', 'incident.declared'),
    show('drill-task', 'drill', 'room.created'),
  ];
  life.at += 2 * MINUTE;
  life.ask({ type: 'acknowledge' });
  if (form === 'tabletop') for (const option of [0, 1]) life.ask({ type: 'answer-drill', question: `q-${option}`, option: 0 });
  if (form === 'review') life.ask({ type: 'sign-off-drill' }, { ...ada, roles: ['responder', 'incident-commander'] });
  entries.push(show('drill-task-played', 'drill', 'room.created'));
  life.ask({ type: 'finish-drill' });
  return [...entries, show('drill-task-over', 'drill', 'room.created'), show('drill-judged', 'drill-judged', 'drill.judged')];
}

/** A fire drill that nobody takes: it calls nobody. */
function overdue(words: Words): Entry[] {
  const life = new Life();
  life.ask(declaring('P0', { title: words.title, serviceName: words.service, drill: termsOf(words, 'fire') }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  const after = (minutes: number, kind: 'acknowledgement-reminder' | 'acknowledgement-breach', template: string): Entry => {
    life.at = START + minutes * MINUTE;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind } } });
    const record = life.records.at(-1) ?? null;
    const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
    return { name: `drill-${kind}`, kind: 'message', shown: render(template, scene) };
  };
  const late = [after(3, 'acknowledgement-reminder', 'acknowledgement-reminder'), after(6, 'acknowledgement-breach', 'breach')];
  return [...late, forgotten(life)];
}

/** The same one, which nobody finishes either. */
function forgotten(life: Life): Entry {
  life.fireUntil(START + 24 * 60 * MINUTE);
  const record = life.records.findLast(({ type }) => type === 'drill.judged') ?? null;
  const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
  return { name: 'drill-judged-forgotten', kind: 'message', shown: render('drill-judged', scene) };
}

function termsOf({ title, text, remedy }: Words, form: DrillForm): DrillTerms {
  const question = (i: number) => ({ id: `q-${i}`, text, options: [remedy, text, title], right: i });
  return {
    form,
    runbook: 'aureus/frontend-down',
    runbook_title: title,
    revision: 'a'.repeat(64),
    simulated: false,
    expect: { remedy: 'rollback', title: remedy },
    questions: form === 'tabletop' ? [0, 1, 2].map(question) : [],
    within: { diagnose_ms: 10 * MINUTE, ask_ms: 20 * MINUTE, approve_ms: 30 * MINUTE },
    sign_off: 'incident-commander',
  };
}

function rehearsed(words: Words) {
  const life = new ChangeLife(words, { risk: 'change' });
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, commander);
  life.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'This is a drill', final: true, would_have: [words.text, words.remedy] } });
  const made = life.records.find((record) => record.type === 'plan.made');
  if (made?.type !== 'plan.made') throw new Error('There is no plan.');
  return planCard(life.incident, made.data, holders);
}

function standings({ service, many }: Words): readonly DrillStanding[] {
  const one = (i: number): DrillStanding => ({
    service: 'aureus',
    serviceName: service,
    form: DRILL_FORMS[i % DRILL_FORMS.length] ?? 'fire',
    last: i % 2 === 0 ? null : { drill: 'DRL-2026-0001', runbook: 'aureus/frontend-down', at: START },
    dueAt: i % 3 === 2 ? null : START + i * MINUTE,
    overdue: i % 3 === 0,
  });
  return Array.from({ length: Math.max(3, many) }, (_, i) => one(i));
}
