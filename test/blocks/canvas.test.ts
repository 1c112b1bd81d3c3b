import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canvasOf } from '../../blocks/canvas.ts';
import { sectionsOf, wordsOf } from '../../simulators/slack/canvases.ts';
import { canvasMark } from '../../src/domain/incident/canvas.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { summaryOf } from '../../src/domain/incident/summary.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import { ada, declaring, joan, Life, MINUTE, policy } from '../domain/helpers/incidents.ts';
import { ChangeLife, PLAN, security } from './helpers/changes.ts';

/** What canvases look like, to the letter. `UPDATE_GOLDEN=1` writes them anew: read the difference. */
const FOLDER = new URL('./canvas/', import.meta.url).pathname;

const NAMES = { [ada.id]: 'Ada Lovelace', [joan.id]: 'Joan [Clarke](https://evil.example.com)' };
const AS_OF = Date.parse('2026-11-21T09:15:20.000Z');
const LINKS = [{ title: 'Dashboard (live)', url: 'https://grafana.example.com/d/a(b)' }];

/** What people write to make it look like something else. */
const HOSTILE =
  '# Over ![](@U0MARIE) [Approve](https://evil.example.com) <@U0MARIE|marie> **bold** `code` | cell :white_check_mark:\n- new line <!here>';

function drawn(incident: Incident, records: Life['records'], call: string | null = 'https://meet.example.com/x'): string {
  return canvasOf({ incident, summary: summaryOf(incident, records), names: NAMES, call, links: LINKS }, AS_OF);
}

function golden(name: string, shown: string): void {
  const file = join(FOLDER, `${name}.md`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, shown);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file; UPDATE_GOLDEN=1 writes it').toBe(shown);
}

function lived(more: Partial<IncidentPolicy> = {}): Life {
  const life = new Life();
  life.ask(declaring('P1', { impact: 'Half of all queries fail', component: 'frontend', policy: { ...policy, ...more } }));
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  life.at += 3 * MINUTE;
  life.ask({ type: 'acknowledge' });
  life.ask({ type: 'add-note', text: 'Restarted the frontend' });
  return life;
}

test('a new incident', () => {
  const life = new Life();
  life.ask(declaring());
  golden('new', drawn(life.incident, life.records, null));
});

test('one that is worked on, and one with a change that waits, and is in force', () => {
  const life = lived();
  life.ask({ type: 'add-follow-up', text: 'Alert earlier', owner: joan.id, due: '2026-12-10', priority: 'high' });
  life.ask({ type: 'add-follow-up', text: 'Write it down' });
  life.ask({ type: 'finish-follow-up', number: 2 });
  golden('worked-on', drawn(life.incident, life.records));
  const change = new ChangeLife({ title: 'Queries fail', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'Users wait', many: 1 });
  change.request();
  change.plan();
  golden('waits', drawn(change.incident, change.records));
  change.ask({ type: 'approve', plan: PLAN }, security);
  change.apply();
  change.inForce();
  golden('in-force', drawn(change.incident, change.records));
});

test('one that is over, which tells no time to come but that of the review', () => {
  const within = { ms: 48 * 60 * MINUTE };
  const life = lived({ review_within: { P0: within, P1: within, P2: within, P3: within }, time_zone: 'Europe/Berlin' });
  life.at += 30 * MINUTE;
  life.ask({ type: 'resolve', summary: 'Rolled back' });
  const shown = drawn(life.incident, life.records);
  golden('over', shown);
  expect(shown).toContain('**Review:** to be scheduled by 23 Nov, 09:33 CET');
  life.ask({ type: 'schedule-review', when: life.at + 60 * MINUTE, who: joan.id });
  expect(drawn(life.incident, life.records)).toContain('**Review:** 21 Nov, 10:33 CET, with Joan');
  expect(shown).not.toContain('Next update');
  expect(shown).not.toContain('meet.example.com');
});

test('what people wrote is text: it formats nothing, mentions nobody, and leads nowhere under another name', () => {
  const life = new Life();
  life.ask(declaring('P1', { title: HOSTILE, impact: HOSTILE, component: HOSTILE }));
  life.ask({ type: 'add-note', text: HOSTILE });
  const shown = drawn(life.incident, life.records);
  golden('hostile', shown);
  expect(shown).not.toMatch(/(?<!\\)\]\(https:\/\/evil/);
  for (const live of ['![](', '<@', '<!', '**bold**', ':white_check_mark:', '\n# Over', '\n- new line']) expect(shown).not.toContain(live);
});

test('it has the mark by which Tocsin knows it', () => {
  const life = lived();
  const canvas = { id: 'F1', title: '', markdown: drawn(life.incident, life.records), by: '', updated: 0, locked: false };
  expect(sectionsOf(canvas).filter((section) => wordsOf(section).includes(canvasMark(life.incident.id)))).toHaveLength(1);
});
