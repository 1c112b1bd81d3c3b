import { editNoteModal, noteList, strikeNoteModal } from '../../../blocks/notes.ts';
import { render } from '../../../blocks/templates.ts';
import { notesTold } from '../../../src/domain/incident/notes.ts';
import { EARLIER_MESSAGE } from '../../../src/domain/messages/messages.ts';
import { ada, declaring, joan, Life, MINUTE, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';
import { holders } from './changes.ts';

const CALL = 'https://meet.example.com/inc-2026-0001';

/** What an incident's room has beside the card: its notes, the link to its call, and what came before it. */
export function roomMessages(words: Words): readonly Entry[] {
  const life = new Life();
  life.ask(declaring('P1', { title: words.title, serviceName: words.service }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  const none = noteList(life.incident, [], ada.id);
  const show = (name: string, template: string, data = {}): Entry => {
    const record = life.records.findLast(({ type }) => template !== 'event' || type.startsWith('note.')) ?? null;
    const scene = { incident: life.incident, record, now: life.at, data, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
    return { name, kind: 'message', shown: render(template, { ...scene, call: CALL }) };
  };
  const called = [show('card-call', 'card'), show('welcome-call', 'welcome'), show('page-call', 'page')];
  life.ask({ type: 'acknowledge' });
  for (let one = 0; one < words.many; one += 1) life.ask({ type: 'add-note', text: words.text }, one % 2 === 0 ? ada : joan);
  life.ask({ type: 'edit-note', number: 1, text: words.text });
  const edited = show('event-note-edited', 'event');
  life.ask({ type: 'strike-note', number: words.many, why: words.text });
  const struck = show('event-note-struck', 'event');
  const notes = notesTold(life.records);
  const note = { number: 1, text: words.text };
  const before = Array.from({ length: 3 }, (_, index) => ({
    id: `INC-2026-000${index + 2}`,
    title: words.title,
    severity: 'P1' as const,
    channel: index === 0 ? null : 'C0OLD',
    resolution: words.text,
    declaredAt: START - 60 * MINUTE,
    resolvedAt: START,
  }));
  const alerts = [1, 2, 3].map((number) => {
    const data = { alert: `ALR-2026-000${number}`, title: words.title, source: 'generic', summary: words.text };
    life.give({ at: life.at, by: null, ask: { type: 'attach-alert', by: null, data } });
    const record = life.records.find(({ type }) => type === 'alert.attached') ?? null;
    const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: null };
    return { name: `alerts-${number}`, kind: 'message' as const, shown: render('alerts', scene) };
  });
  const unreached = show('event-unreached', 'event', { apart: true, unreached: { user: ada.id, error: 'missing_scope: im:write' } });
  const record = life.records.find(({ type }) => type === 'alert.attached') ?? null;
  const inThread = { ...life.incident, room: { channel: 'C0ROOM', threadTs: '1700000000.000100' } };
  const below = { incident: inThread, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: null };
  return [
    ...called,
    ...alerts,
    { name: 'alerts-below', kind: 'message', shown: render('alerts', below) },
    unreached,
    edited,
    struck,
    show('earlier', 'earlier', EARLIER_MESSAGE.with({ days: 30, incidents: before }).data as object),
    { name: 'notes', kind: 'message', shown: noteList(life.incident, notes, ada.id) },
    { name: 'notes-none', kind: 'message', shown: none },
    { name: 'modal-note-edit', kind: 'modal', shown: editNoteModal(life.incident, note) },
    { name: 'modal-note-strike', kind: 'modal', shown: strikeNoteModal(life.incident, note) },
  ];
}
