import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail that the server took. */
export interface TakenMail {
  readonly to: string;
  readonly mail: ParsedMail;
}

/** A mail server on loopback, which speaks real SMTP, and does what a test wants of it. */
export interface MailServerDouble {
  readonly url: string;
  readonly port: number;
  /** What was taken, in order; what was not answered too. */
  readonly taken: readonly TakenMail[];
  /** What it answers to recipients: 550, 451; those that are not here are taken. */
  readonly answers: Map<string, number>;
  /** How many of the next mails are taken without an answer: the connection breaks. */
  losesAnswers: number;
  /** Nobody can connect until it is back. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServerDouble> {
  const taken: TakenMail[] = [];
  const answers = new Map<string, number>();
  const double = { losesAnswers: 0 };

  function open(): SMTPServer {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      onRcptTo({ address }, _session, done) {
        const code = answers.get(address);
        done(code === undefined ? null : Object.assign(new Error(`<${address}> is not wanted here`), { responseCode: code }));
      },
      onData(stream, session, done) {
        const to = session.envelope.rcptTo.map(({ address }) => address).join(' ');
        simpleParser(stream).then((mail) => {
          taken.push({ to, mail });
          if (double.losesAnswers === 0) return done();
          double.losesAnswers -= 1;
          for (const connection of server.connections) (connection as { _socket?: { destroy(): void } })._socket?.destroy();
        }, done);
      },
      ...options,
    });
    // Clients that break off are what the tests are about.
    server.on('error', () => undefined);
    return server;
  }

  let server: SMTPServer | null = open();
  const listen = (at: number) =>
    new Promise<number>((done) => {
      const listening = server?.listen(at, '127.0.0.1', () => done((listening?.address() as AddressInfo).port));
    });
  const port = await listen(0);

  async function away(): Promise<void> {
    const closing = server;
    server = null;
    if (closing !== null) await new Promise<void>((done) => closing.close(() => done()));
  }

  return Object.assign(double, {
    url: `smtp://127.0.0.1:${port}`,
    port,
    taken,
    answers,
    away,
    async back() {
      server = open();
      await listen(port);
    },
    stop: away,
  });
}
