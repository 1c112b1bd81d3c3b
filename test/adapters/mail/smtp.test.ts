import { afterEach, describe, expect, test } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { type MailSimulator, startMailSimulator } from '../../../simulators/mail/index.ts';
import { smtpServer } from '../../../src/adapters/mail/smtp.ts';
import { type Letter, MailError } from '../../../src/ports/mail.ts';

const LETTER: Letter = {
  from: 'tocsin@example.com',
  subject: 'Incident: one\r\nBcc: mallory@example.com',
  text: 'Grüße\n.\nend',
  html: '<p>Grüße</p>',
  messageId: '<inc-2026-0001.declared@example.com>',
  first: null,
  at: Date.parse('2026-11-21T08:00:00Z'),
};

/** What comes of a mail to somebody. */
async function sent(url: string, to = 'board@example.com'): Promise<string> {
  return smtpServer(url)
    .send(LETTER, to)
    .then(
      () => 'sent',
      (error: unknown) => (error instanceof MailError ? `${error.reason}: ${error.message}` : String(error)),
    );
}

describe('A mail server by SMTP', () => {
  let server: MailSimulator | null = null;
  const start = async (options: SMTPServerOptions = {}, host?: string) => {
    server = await startMailSimulator(options, host);
    return server;
  };
  afterEach(async () => server?.stop());

  test('takes a mail as it was written, for one recipient, and no header is smuggled in', async () => {
    const { url, taken } = await start();
    expect(await sent(url)).toBe('sent');
    expect(taken).toHaveLength(1);
    expect(taken[0]?.to).toBe('board@example.com');
    expect(taken[0]?.mail.text?.replaceAll('\r\n', '\n').trimEnd()).toBe('Grüße\n.\nend');
    expect(taken[0]?.mail.html).toContain('<p>Grüße</p>');
    expect(taken[0]?.mail.headers.has('bcc')).toBe(false);
    expect(taken[0]?.mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(taken[0]?.mail.date?.toISOString()).toBe('2026-11-21T08:00:00.000Z');
    await smtpServer(url).verify();
  });

  test('on another machine gets nothing, and no password, without STARTTLS', async () => {
    const seen: string[] = [];
    // To the bot another machine, since only 127.0.0.1 counts as this one.
    const { port, taken } = await start(
      {
        allowInsecureAuth: true,
        onAuth: ({ password }, _session, done) => {
          seen.push(password ?? '');
          done(null, { user: 'tocsin' });
        },
      },
      '127.0.0.2',
    );
    expect(await sent(`smtp://tocsin:hush@127.0.0.2:${port}`)).toContain('away: the mail server 127.0.0.2:');
    expect([taken.length, seen.length]).toEqual([0, 0]);
  });

  test('with a certificate that nobody vouches for gets nothing', async () => {
    const { port, taken } = await start({ disabledCommands: [] }, '127.0.0.2');
    expect(await sent(`smtp://127.0.0.2:${port}`)).toContain('could not be talked to in encrypted form');
    expect(taken).toHaveLength(0);
  });

  test('that does not accept the login says so, and the password is not repeated', async () => {
    const { port } = await start({ authOptional: false, allowInsecureAuth: true, onAuth: (_auth, _session, done) => done(new Error('no')) });
    const said = await sent(`smtp://tocsin:h%23sh@127.0.0.1:${port}`);
    expect(said).toContain('did not accept the login (535 ');
    expect(said).not.toMatch(/h#sh|h%23sh/);
    await expect(smtpServer(`smtp://tocsin:no@127.0.0.1:${port}`).verify()).rejects.toMatchObject({ reason: 'away' });
  });

  test('that cannot be used says whether it may be over by itself: a login is for good, unless the server says otherwise', async () => {
    const passes = async (url: string) =>
      smtpServer(url)
        .verify()
        .then(
          () => 'works',
          (error: unknown) => (error instanceof MailError ? error.passes : String(error)),
        );
    let code = 535;
    const { port } = await start({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(Object.assign(new Error('no'), { responseCode: code })),
    });
    expect(await passes(`smtp://tocsin:no@127.0.0.1:${port}`)).toBe(false);
    code = 454;
    expect(await passes(`smtp://tocsin:no@127.0.0.1:${port}`)).toBe(true);
    await server?.away();
    expect(await passes(`smtp://127.0.0.1:${port}`)).toBe(true);
    for (const [greeting, may] of [
      [421, true],
      [554, false],
    ] as const) {
      server = await startMailSimulator({ onConnect: (_session, done) => done(Object.assign(new Error('not now'), { responseCode: greeting })) });
      expect([greeting, await passes(server.url)]).toEqual([greeting, may]);
      await server.stop();
    }
    server = await startMailSimulator({ disabledCommands: [] }, '127.0.0.2');
    expect(await passes(`smtp://127.0.0.2:${server.port}`)).toBe(false);
  });

  test('refuses or puts off one recipient, is away, and loses an answer: each is told apart', async () => {
    const { url, port, answers, taken } = await start();
    answers.set('gone@example.com', 550).set('busy@example.com', 451);
    expect(await sent(url, 'gone@example.com')).toBe('refused: the mail server said 550 <g…@example.com> is not wanted here');
    expect(await sent(url, 'busy@example.com')).toMatch(/^later: the mail server said 451 /);
    if (server !== null) server.losesAnswers = 1;
    expect(await sent(url)).toBe(`unsure: the mail server 127.0.0.1:${port} had the mail and did not say whether it takes it`);
    expect(taken).toHaveLength(1);
    await server?.away();
    expect(await sent(url)).toBe(`away: the mail server 127.0.0.1:${port} cannot be reached`);
  });
});
