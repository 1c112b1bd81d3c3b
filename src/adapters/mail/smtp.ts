import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Letter, MailServer } from '../../ports/mail.ts';
import { errorFor } from './errors.ts';

/** How long (ms) the server may take to be connected to, to greet, and to answer a command. */
const PATIENCE = { connectionTimeout: 10_000, greetingTimeout: 10_000, dnsTimeout: 10_000, socketTimeout: 30_000 } as const;

/** How long (ms) one mail may take altogether: a server that says a little now and then is not idle. */
const ALTOGETHER = 120_000;

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A mail server by SMTP (`smtp://` or `smtps://`, with its login). What goes to another machine is encrypted, or it does not go. Each mail has a connection
 * of its own: what became of one says nothing of another.
 */
export function smtpServer(address: string): MailServer {
  const url = new URL(address);
  const isSecure = url.protocol === 'smtps:';
  const isLoopback = LOOPBACK.has(url.hostname);
  const login = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const options = {
    ...PATIENCE,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 465 : 587)),
    secure: isSecure,
    requireTLS: !isSecure && !isLoopback,
    ignoreTLS: !isSecure && isLoopback,
  };

  /** Connects, logs in, does `work`, and leaves. */
  async function connected(work: (connection: SMTPConnection, failed: Promise<never>) => Promise<void>): Promise<void> {
    // Loaded only where mail is sent.
    const { default: Connection } = await import('nodemailer/lib/smtp-connection');
    const connection = new Connection(options);
    const broken = Promise.withResolvers<never>();
    const late = setTimeout(() => broken.reject(Object.assign(new Error('The mail server took too long.'), { code: 'ETIMEDOUT' })), ALTOGETHER);
    // It may break when nobody waits for it any more.
    broken.promise.catch(() => undefined);
    connection.on('error', broken.reject);
    try {
      await Promise.race([broken.promise, answered((done) => connection.connect(done))]);
      if (login.user !== '') await Promise.race([broken.promise, answered((done) => connection.login(login, done))]);
      await work(connection, broken.promise);
      connection.quit();
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  return {
    async send(letter, to) {
      let isHandedOver = false;
      try {
        const message = await composed(letter, to);
        await connected(async (connection, failed) => {
          const body = Readable.from([message]).once('end', () => {
            isHandedOver = true;
          });
          const envelope = { from: letter.from, to: [to], size: message.byteLength };
          await Promise.race([failed, answered((done) => connection.send(envelope, body, done))]);
        });
      } catch (error) {
        throw errorFor(error, `${options.host}:${options.port}`, isHandedOver);
      }
    },
    async verify() {
      try {
        await connected(async () => undefined);
      } catch (error) {
        throw errorFor(error, `${options.host}:${options.port}`, false);
      }
    },
  };
}

/** The mail as it goes over the wire. */
async function composed({ from, sender = 'Tocsin', subject, text, html, messageId, first, at }: Letter, to: string): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const mail = new MailComposer({
    from: { name: sender, address: from },
    to,
    subject,
    text,
    html,
    messageId,
    date: new Date(at),
    ...(first === null ? {} : { inReplyTo: first, references: first }),
    // Out-of-office notes answer nobody.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

function answered(ask: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
