import { callbackify } from 'node:util';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { remember } from '../newest.ts';

/** Bytes of one mail; a longer one is refused. */
const MAX_MAIL = 4 * 1024 * 1024;

/** A mail that the server took. */
export interface TakenMail {
  readonly to: string;
  readonly mail: ParsedMail;
}

/** A mail server on loopback, which speaks real SMTP, and does what a test wants of it. */
export interface MailSimulator {
  readonly url: string;
  readonly port: number;
  /** What was taken, in order; what was not answered too. The newest only. */
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

/** `host`: the address of this machine that it listens on. */
export async function startMailSimulator(options: SMTPServerOptions = {}, host = '127.0.0.1'): Promise<MailSimulator> {
  const taken: TakenMail[] = [];
  const answers = new Map<string, number>();
  const double = { losesAnswers: 0 };

  const take = callbackify(async (at: SMTPServer, stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<void> => {
    const mail = await simpleParser(stream);
    if (stream.sizeExceeded) throw Object.assign(new Error('This mail is too long'), { responseCode: 552 });
    remember(taken, { to: envelope.rcptTo.map(({ address }) => address).join(' '), mail });
    if (double.losesAnswers === 0) return;
    double.losesAnswers -= 1;
    for (const connection of at.connections) (connection as { _socket?: { destroy(): void } })._socket?.destroy();
    await new Promise(() => undefined);
  });

  function open(): SMTPServer {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      size: MAX_MAIL,
      onRcptTo({ address }, _session, done) {
        const code = answers.get(address);
        done(code === undefined ? null : Object.assign(new Error(`<${address}> is not wanted here`), { responseCode: code }));
      },
      onData: (stream, session, done) => take(server, stream, session, done),
      ...options,
    });
    // Clients that break off are what the tests are about.
    server.on('error', () => undefined);
    return server;
  }

  function listen(at: number): Promise<{ readonly server: SMTPServer; readonly port: number }> {
    return new Promise((done) => {
      const server = open();
      const { server: socket } = server;
      server.listen(at, host, () => {
        const address = socket.address();
        done({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
      });
    });
  }

  const first = await listen(0);
  const { port } = first;
  let server: SMTPServer | null = first.server;

  async function away(): Promise<void> {
    const closing = server;
    server = null;
    if (closing !== null) await new Promise<void>((done) => closing.close(() => done()));
  }

  return Object.assign(double, {
    url: `smtp://${host}:${port}`,
    port,
    taken,
    answers,
    away,
    async back() {
      ({ server } = await listen(port));
    },
    stop: away,
  });
}
