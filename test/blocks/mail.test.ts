import { describe, expect, test } from '@jest/globals';
import { stakeholderMail } from '../../blocks/mail.ts';
import { pageMail } from '../../blocks/page-mail.ts';
import { MAIL_KINDS } from '../../src/domain/records/data/mail.ts';
import { declaring, Life, MINUTE, policy, START } from '../domain/helpers/incidents.ts';

function incident(title: string, impact = 'nobody can log in'): Life {
  const life = new Life();
  life.ask(declaring('P1', { title, impact, policy: { ...policy, time_zone: 'Europe/Berlin' } }));
  return life;
}

describe('A mail to the stakeholders', () => {
  const facts = { kind: 'declared', at: START + 150 * MINUTE, leader: 'Ada Lovelace', room: 'https://slack.example/C0ROOM?a=1&b=2' } as const;

  test('says what, since when, the impact, the status, who leads, when they hear next, and where people meet', () => {
    const { subject, text } = stakeholderMail({ ...facts, incident: incident('Frontend is down').incident });
    expect(subject).toBe('Incident: INC-2026-0001 P1 AUREUS: Frontend is down');
    expect(text).toBe(`AUREUS has an incident of severity P1.

What: Frontend is down
Severity: P1 (High)
Since: 2026-11-21 08:00 UTC (09:00 CET)
Impact: nobody can log in
Status: investigating
Led by: Ada Lovelace
Next update: 2026-11-21 08:30 UTC (09:30 CET)
Room: https://slack.example/C0ROOM?a=1&b=2

Written by Tocsin at 2026-11-21 10:30 UTC. To get no more of these mails, ask the people who run AUREUS.
`);
  });

  test('has everything that people wrote as text: no markup of theirs, of Slack or of HTML, and one line each', () => {
    const wrote = '<script>alert(1)</script>\nBcc: all@example.com & <https://evil.example|click>';
    for (const kind of MAIL_KINDS) {
      const { subject, text, html } = stakeholderMail({ ...facts, kind, leader: '<b>"Ada"</b>', incident: incident(wrote, wrote).incident });
      expect(subject).not.toMatch(/[\r\n]/);
      expect(text).not.toMatch(/^Bcc/m);
      expect(html).not.toMatch(/<script|<b>|href="https:\/\/evil/);
      expect(html).toContain('href="https://slack.example/C0ROOM?a=1&amp;b=2"');
      expect(html.match(/<a /g)).toHaveLength(1);
    }
  });

  test('says how long it lasted at the end, and no next update', () => {
    const life = incident('Down');
    life.at = START + 90 * MINUTE;
    life.ask({ type: 'resolve', summary: 'rolled back' });
    const { subject, text } = stakeholderMail({ ...facts, kind: 'resolved', incident: life.incident });
    expect(subject).toMatch(/^Resolved: INC-2026-0001 /);
    expect(text).toMatch(/^INC-2026-0001 is resolved after 1 h 30 min\./);
    expect(text).toContain('Resolution: rolled back');
    expect(text).not.toContain('Next update');
  });

  test('says of what was cancelled that it was no incident, and not that it is resolved', () => {
    const life = incident('Down');
    life.at = START + 3 * MINUTE;
    life.ask({ type: 'resolve', summary: 'the probe was wrong', cancels: true });
    const { subject, text } = stakeholderMail({ ...facts, kind: 'resolved', incident: life.incident });
    expect(subject).toMatch(/^Cancelled: INC-2026-0001 /);
    expect(text).toMatch(/^INC-2026-0001 was cancelled after 3 min: it was no incident\./);
    expect(text).toContain('Resolution: Cancelled: the probe was wrong');
    expect(text).not.toMatch(/resolved/i);
  });
});

describe('A mail to somebody whom Slack did not reach', () => {
  test('says what they are called for, until when it waits, and what to do, with what people wrote as text', () => {
    const { subject, text, html } = pageMail({
      incident: incident('Frontend is <b>down</b>').incident,
      record: null,
      untilAnswered: true,
      at: START + MINUTE,
      room: 'https://slack.example/C0ROOM',
      names: {},
    });
    expect(subject).toBe('You are called: INC-2026-0001 P1 AUREUS: Frontend is <b>down</b>');
    expect(text).toMatch(
      /^You are called for INC-2026-0001 of AUREUS, and Slack does not let Tocsin tell you\. It waits for somebody to acknowledge it by 2026-11-21 08:15 UTC/,
    );
    expect(text).toContain('Impact: nobody can log in\nRoom: https://slack.example/C0ROOM\n');
    expect(text).toContain('type /incident ack');
    expect(text).not.toContain('Why:');
    expect(html).not.toContain('<b>down');
    expect(html.match(/<a /g)).toHaveLength(1);
  });

  test('says why they are called, and asks for no acknowledgement that would be refused', () => {
    const life = incident('Down');
    const record = () => life.records.at(-1) ?? null;
    const names = { U0GRACE: 'Grace <b>' };
    const facts = () => ({ incident: life.incident, record: record(), untilAnswered: false, at: life.at, room: null, names });
    life.ask({ type: 'escalate', reason: '<b>Disk</b> full, and <@U0GRACE> and <@U0ALAN> of <!subteam^S0SRE> are away' });
    const { text, html } = pageMail(facts());
    expect(text).toContain('Why: <b>Disk</b> full, and Grace <b> and @U0ALAN of a group are away\n');
    expect(text).toContain('type /incident ack if it still waits for that');
    expect(html).not.toContain('<b>');
    life.ask({ type: 'acknowledge' });
    expect(pageMail(facts()).text).toContain('Open the incident’s channel in Slack, or call your team another way.');
    const over = incident('Down');
    over.ask({ type: 'resolve', summary: 'by itself' });
    expect(pageMail({ ...facts(), incident: over.incident }).text).not.toContain('/incident ack');
  });
});
