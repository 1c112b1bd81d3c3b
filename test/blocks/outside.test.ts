import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertCall, alertCard } from '../../blocks/alert.ts';
import { diagnosisBoard } from '../../blocks/diagnosis.ts';
import { guarded, safe, sentence } from '../../blocks/outside.ts';
import { eventLine } from '../../blocks/room.ts';
import type { Alert } from '../../src/domain/alert/alerts.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { declared } from '../domain/helpers/incidents.ts';

const HOSTILE = [
  '<@U0EVE>',
  '<@U0EVE|ada>',
  '<!channel>',
  '<!here|all is well>',
  '<!subteam^S0SRE>',
  '<!date^0^{date}|x>',
  '<https://evil.example|Approve here>',
  '<https://evil.example>',
  '<mailto:eve@evil.example|Ada>',
  '<#C0EVE|general>',
  '*Approved*',
  '_by security_',
  '~void~',
  '`/bypass`',
  '```',
  ':white_check_mark: ',
  '\n> quoted',
  '\n• item',
  '\u202eevorppa\u202c',
  '\u2066x\u2069',
  '\u200b',
  '<',
  '>',
  '|',
  '&lt;!channel&gt;',
  '&',
  '\ue000!channel\ue001',
  '\ue000@U0EVE\ue001',
  'word',
  ' ',
];
const outside = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 8 })), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));

/** Everything in a text that Slack would act on. */
function live(text: string): string[] {
  return text.match(/<[^>]*>/g) ?? [];
}

test('words from outside are plain text: nothing in them is live, formatted, a sign or unseen', () => {
  fc.assert(
    fc.property(outside, (text) => {
      const shown = safe(text);
      expect(shown).not.toMatch(/[<>]/);
      expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/);
      expect(shown).not.toMatch(/(?<![A-Za-z0-9])[*_~][^\s*_~][^\n]*[*_~](?![A-Za-z0-9])|`/);
      expect(shown).not.toMatch(/(?<![A-Za-z0-9]):[a-z_+][a-z0-9_+-]*:/);
      expect(shown).not.toMatch(/^\s*(?:&gt;|•)/m);
    }),
    { numRuns: 2_000 },
  );
});

test('in a sentence of Tocsin’s own, only Tocsin mentions somebody', () => {
  fc.assert(
    fc.property(outside, (text) => {
      expect(live(sentence(`<@U0ADA> noted: ${guarded(text)}`))).toEqual(['<@U0ADA>']);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['<https://evil.example|Approve here>', 'Approve here (https://evil.example)'],
  ['<@U0ADA|ada> looks', '@ada looks'],
  ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/∗'],
  ['0 * * * 1, snake_case, a~b, 12:30:00', '0 * * * 1, snake_case, a~b, 12:30:00'],
  ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
  ['👩‍💻 café', '👩‍💻 café'],
])('%j is shown as %j', (text, shown) => {
  expect(safe(text)).toBe(shown);
});

/** What a message shows, with Tocsin's own dates left out. */
function shownBy(message: object): string {
  return JSON.stringify(message).replaceAll(/<!date\^[^>]*>/g, '');
}

test('no message made of an alert, a finding or a note is live by what they say', () => {
  const alert: Alert = {
    id: 'ALR-1',
    key: 'k',
    service: 'aureus',
    runbook: null,
    trigger: null,
    source: 'sns',
    severity: 'P1',
    title: '',
    summary: '',
    component: null,
    links: [],
    count: 1,
    openedAt: 0,
    lastAt: 0,
    watchedUntil: null,
    status: 'firing',
    incident: null,
    acknowledged: null,
  } as unknown as Alert;
  fc.assert(
    fc.property(outside, (text) => {
      const told = { ...alert, title: text, summary: text, component: text };
      const note = { type: 'note.added', actor: { kind: 'person', id: 'U0ADA' }, data: { text }, outcome: 'done' } as unknown as IncidentRecord;
      const step = { name: 'a', title: text, state: 'done', summary: text, table: null, chart: null, file: false, ms: 1 } as const;
      const board = {
        incident: null,
        runbook: 'a/b',
        revision: '',
        title: 'T',
        by: 'U0ADA',
        steps: [step],
        findings: [{ says: text, suggests: [] }],
        unjudged: 0,
        remedies: [],
        fills: {},
        links: [],
      };
      const messages = [
        alertCard({ alert: told, over: null, who: [] }),
        alertCall({ alert: told, overdue: false, who: [] }),
        diagnosisBoard(board),
        eventLine(declared().incident, note),
      ];
      for (const message of messages)
        expect(live(shownBy(message)).filter((one) => one !== '<@U0ADA>' && /^<(?:[@#!]|[a-z]+:)/.test(one))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
