import { noticeModal, noticeSentModal } from '../../../blocks/notice.ts';
import { render } from '../../../blocks/templates.ts';
import type { Person } from '../../../src/domain/incident/commands.ts';
import type { EventType } from '../../../src/domain/incident/events.ts';
import type { NoticePlace } from '../../../src/domain/notice/places.ts';
import { ada, declaring, Life, MINUTE, policy, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';
import { holders } from './changes.ts';

const comms: Person = { id: 'U0JOAN', roles: ['communications'], trusted: true };

/** Every message and form about notices to customers, with these words in them. */
export function noticeMessages(words: Words): Entry[] {
  return [...byThemselves(words), ...byHand(words)];
}

function byThemselves(words: Words): Entry[] {
  const { life, show, write } = told(words, ['customers', 'status-page']);
  const entries: Entry[] = [{ name: 'notice-form', kind: 'modal', shown: noticeModal(life.incident) }];
  life.at = START + 5 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'notice-offer' } } });
  entries.push(show('notice-owed', 'notice-owed', 'notice.offered'));
  life.at = START + 10 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'notice-reminder' } } });
  life.at = START + 15 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'notice-breach' } } });
  entries.push(show('breach-notice', 'breach', 'breach.recorded'));
  write('PLN-NOTICE01');
  entries.push(show('notice-owed-waiting', 'notice-owed', 'notice.reminded'));
  entries.push(show('notice-plan', 'plan', 'plan.made'));
  entries.push(show('notice-plan-ask', 'plan-ask', 'plan.made'));
  life.ask({ type: 'approve', plan: 'PLN-NOTICE01', givers: [ada] }, comms);
  entries.push(show('event-notice-due', 'event', 'notice.due'));
  entries.push(show('notice-plan-going-out', 'plan', 'plan.made'));
  entries.push(show('notice-owed-done', 'notice-owed', 'notice.reminded'));
  const about = { plan: 'PLN-NOTICE01', digest: life.incident.plans['PLN-NOTICE01']?.hash ?? '' };
  const error = words.text;
  life.give({
    at: life.at,
    by: null,
    ask: { type: 'change', event: { type: 'notice.failed', outcome: 'failed', data: { ...about, place: 'status-page', error, waits: true } } },
  });
  entries.push(show('event-notice-waits', 'event', 'notice.failed'));
  life.give({
    at: life.at,
    by: null,
    ask: { type: 'change', event: { type: 'notice.published', data: { ...about, place: 'customers', recipients: 2 } } },
  });
  life.give({
    at: life.at,
    by: null,
    ask: {
      type: 'change',
      event: { type: 'notice.published', data: { ...about, place: 'status-page', url: 'https://status.example.com', late_ms: MINUTE } },
    },
  });
  return [...entries, show('event-notice-published', 'event', 'notice.published'), show('notice-plan-sent', 'plan', 'plan.made')];
}

function byHand(words: Words): Entry[] {
  const { life, show, write } = told(words, []);
  write('PLN-NOTICE02');
  life.ask({ type: 'approve', plan: 'PLN-NOTICE02', givers: [ada] }, comms);
  const plan = life.incident.plans['PLN-NOTICE02'];
  const before = [show('notice-by-hand', 'notice-by-hand', 'notice.due'), show('notice-plan-by-hand', 'plan', 'plan.made')];
  const form: Entry[] = plan === undefined ? [] : [{ name: 'notice-sent-form', kind: 'modal', shown: noticeSentModal(life.incident, plan) }];
  life.ask({ type: 'notice-sent', plan: 'PLN-NOTICE02', where: words.text });
  return [...before, ...form, show('event-notice-sent', 'event', 'notice.published'), show('notice-by-hand-done', 'notice-by-hand', 'notice.due')];
}

/** An incident whose customers hear of it at these places. */
function told(words: Words, places: readonly NoticePlace[]) {
  const life = new Life();
  const terms = { name: words.service, subject: 'Service Disruption Notice', first_ms: 10 * MINUTE, every_ms: 30 * MINUTE, approval: true, places };
  life.ask(declaring('P1', { title: words.title, serviceName: words.service, impact: words.text, policy: { ...policy, notices: terms } }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  // As much as a field takes, without what is refused there.
  const text = words.text
    .replaceAll(/<(?=[@!#])/g, '(')
    .trim()
    .slice(0, 400);
  const write = (id: string) =>
    life.ask({ type: 'request-notice', id, subject: text.slice(0, 100), facts: text, impact: text, doing: text, eta: text.slice(0, 90) });
  const show = (name: string, template: string, type: EventType): Entry => ({
    name,
    kind: 'message',
    shown: render(template, {
      incident: life.incident,
      record: life.records.findLast((one) => one.type === type) ?? null,
      now: life.at,
      data: {},
      holders,
      evidence: 's3://evidence/tocsin',
      reporter: null,
    }),
  });
  return { life, write, show };
}
