import { contactList } from '../../../blocks/contacts.ts';
import { declareModal, typeModal } from '../../../blocks/modals.ts';
import { onCallList, onCallOf, type ServiceOnCall, swapped } from '../../../blocks/on-call.ts';
import { render, renderBoard } from '../../../blocks/templates.ts';
import type { Contact } from '../../../src/domain/contacts.ts';
import type { EventType } from '../../../src/domain/incident/events.ts';
import { declaring, Life, MINUTE, matrixPolicy, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';
import { holders } from './changes.ts';

/** What people get by the type of an incident, by its conditions and by their name, with the contacts of the service. */
export function calledMessages(words: Words): readonly Entry[] {
  const contacts = Array.from({ length: words.many }, (_, index) => ({
    name: words.service,
    ...(index % 2 === 0 ? { phone: '+49 30 5550100' } : {}),
    email: 'oncall@example.com',
    for: words.text,
  }));
  const names = { S0SEC: '@security', U0CISO: words.service, U0CTO: 'alan', U0LEGAL: 'joan' };
  const life = new Life();
  life.ask(declaring('P0', { title: words.title, serviceName: words.service, policy: matrixPolicy, incidentType: 'security-breach' }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  const show = (name: string, template: string, type: EventType): Entry => {
    const record = life.records.findLast((one) => one.type === type) ?? null;
    const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
    return { name, kind: 'message', shown: render(template, { ...scene, names, contacts }) };
  };
  const entries: Entry[] = [show('card-typed', 'card', 'incident.declared'), show('page-with-contacts', 'page', 'incident.declared')];
  life.ask({ type: 'change-impact', impact: words.text, marks: { breach: true, media: true }, customerImpact: true });
  entries.push(show('event-impact-marks', 'event', 'impact.changed'), show('escalated-level', 'escalated', 'incident.escalated'));
  entries.push(show('card-level', 'card', 'incident.declared'));
  life.at += 30 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'unresolved' } } });
  entries.push(show('escalated-unresolved', 'escalated', 'incident.escalated'));
  life.ask({ type: 'page', who: { user: 'U0JOAN' }, reason: words.text });
  entries.push(show('escalated-by-name', 'escalated', 'incident.escalated'));
  life.ask({ type: 'change-type', incidentType: 'data-loss', reason: words.text });
  entries.push(show('event-type', 'event', 'type.changed'), show('page-type', 'page', 'type.changed'));
  const service = { id: 'service-0', name: words.service, policy: matrixPolicy };
  return [
    ...entries,
    { name: 'contacts', kind: 'message', shown: contactList(words.service, contacts) },
    ...onCall(words, contacts),
    { name: 'modal-declare-typed', kind: 'modal', shown: declareModal([service], { type: 'security-breach', public: true, summary: words.title }) },
    { name: 'modal-type', kind: 'modal', shown: typeModal(life.incident) },
  ];
}

/** Who is on call: by two rotas, by none, and what is said of a hand-over. */
function onCall({ service: name, text, many }: Words, contacts: readonly Contact[]): Entry[] {
  const [monday, friday] = [START + 72 * 60 * MINUTE, START + 168 * 60 * MINUTE];
  const own = { for: null, holiday: null, missing: null, kept: null };
  const kept = { source: 'calendar', readAt: START, away: null } as const;
  const away = { since: monday, why: text };
  const shown: ServiceOnCall = {
    id: 'shop',
    name,
    rotas: [
      { ...own, name: text, user: 'U0ADA', next: { user: 'U0GRACE', from: monday } },
      { ...own, name: 'Nights', user: 'U0LINUS', for: 'U0JOAN', next: { user: 'U0JOAN', from: friday } },
      { ...own, name: 'Alone', user: 'U0ALAN', holiday: text, next: null },
    ],
    responders: [],
    contacts: true,
  };
  const without = { ...shown, rotas: [], responders: [{ usergroup: 'S0SRE' }, { user: 'U0ADA' }] };
  const elsewhere = {
    ...shown,
    rotas: [
      { ...own, name: text, user: 'U0ADA', next: { user: null, from: monday }, kept },
      { ...own, name: 'Gap', user: null, next: { user: 'U0GRACE', from: friday }, kept: { ...kept, source: 'pagerduty' as const } },
      { ...own, name: 'Stranger', user: null, missing: text, next: null, kept: { ...kept, away } },
      { ...own, name: 'Unread', user: null, next: null, kept: { ...kept, readAt: null, away } },
      { ...own, name: 'New', user: null, next: null, kept: { ...kept, readAt: null } },
    ],
  };
  const source = { id: 'platform', rota: text, away, readAt: START, problems: [], back: null };
  const view = { rota: text, user: 'U0GRACE', before: 'U0ADA', until: friday };
  return [
    { name: 'on-call', kind: 'message', shown: onCallList(Array.from({ length: many }, (_, i) => (i % 2 === 0 ? shown : without))) },
    { name: 'on-call-service', kind: 'message', shown: onCallOf(shown, contacts) },
    { name: 'on-call-no-role', kind: 'message', shown: onCallOf(without, []) },
    { name: 'on-call-swapped', kind: 'message', shown: swapped(text, 'U0GRACE', monday, friday) },
    { name: 'rota-handover', kind: 'message', shown: renderBoard('rota-handover', view) },
    { name: 'on-call-elsewhere', kind: 'message', shown: onCallOf(elsewhere, []) },
    { name: 'rota-handover-nobody', kind: 'message', shown: renderBoard('rota-handover', { ...view, user: null, missing: text }) },
    { name: 'rota-handover-after-gap', kind: 'message', shown: renderBoard('rota-handover', { ...view, before: null }) },
    { name: 'rota-source-away', kind: 'message', shown: renderBoard('rota-source', source) },
    { name: 'rota-source-never-read', kind: 'message', shown: renderBoard('rota-source', { ...source, readAt: null }) },
    { name: 'rota-source-back', kind: 'message', shown: renderBoard('rota-source', { ...source, back: friday }) },
    { name: 'rota-source-parts', kind: 'message', shown: renderBoard('rota-source', { ...source, away: null, problems: [text, 'another'] }) },
    { name: 'rota-handover-for-good', kind: 'message', shown: renderBoard('rota-handover', { ...view, until: null }) },
  ];
}
