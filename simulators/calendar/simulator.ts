import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { close, type ListenOptions, listen, urlOf } from '../listening.ts';

/** What goes wrong with the next requests. `silence`: no answer, ever. `elsewhere`: it is at another host now. */
export type CalendarFault = { readonly kind: 'status'; readonly status: number } | { readonly kind: 'silence' } | { readonly kind: 'elsewhere' };

/** A request that came, and what was answered; `null`: nothing. */
export interface SeenFetch {
  readonly method: string;
  readonly status: number | null;
}

/** The token in the address: who has it may read, and nobody else. */
const TOKEN = 'private-0f3c9a';

/**
 * A private calendar. Strict: only GET and HEAD of the one address, token included, for clients that take `text/calendar`; a text that is no iCalendar (lines
 * that end in CRLF and are no longer than 75 bytes, RFC 5545) is not published at all. What has not changed is answered with 304.
 */
export class CalendarSimulator {
  readonly requests: SeenFetch[] = [];
  readonly #server: Server;
  #text = '';
  #fault: CalendarFault | null = null;

  private constructor() {
    this.#server = createServer((message, response) => this.#serve(message, response));
  }

  static async start(options: ListenOptions = {}): Promise<CalendarSimulator> {
    const simulator = new CalendarSimulator();
    await listen(simulator.#server, options);
    return simulator;
  }

  /** The secret address. */
  get url(): string {
    return `${urlOf(this.#server)}/calendar/${TOKEN}/basic.ics`;
  }

  /** From now on this is the calendar. @throws Error for what is no iCalendar. `raw`: published as it is */
  publish(text: string, raw?: 'raw'): void {
    const lines = text.split('\r\n');
    const isGood =
      lines[0] === 'BEGIN:VCALENDAR' && lines.at(-2) === 'END:VCALENDAR' && lines.at(-1) === '' && !lines.some((line) => /[\r\n]/.test(line));
    if (raw === undefined && (!isGood || lines.some((line) => Buffer.byteLength(line) > 75))) throw new Error('That is no iCalendar.');
    this.#text = text;
  }

  /** Every request goes wrong until it is told `null`. */
  fail(fault: CalendarFault | null): void {
    this.#fault = fault;
  }

  async stop(): Promise<void> {
    await close(this.#server);
  }

  #serve(message: IncomingMessage, response: ServerResponse): void {
    const status = this.#answer(message, response);
    this.requests.push({ method: message.method ?? '', status });
  }

  #answer({ method, url, headers }: IncomingMessage, response: ServerResponse): number | null {
    const end = (status: number, more: Readonly<Record<string, string>> = {}, body = '') => {
      response.writeHead(status, more).end(method === 'HEAD' ? '' : body);
      return status;
    };
    if (this.#fault?.kind === 'silence') return null;
    if (this.#fault?.kind === 'elsewhere') return end(302, { location: 'https://login.example.com/?next=calendar' });
    if (this.#fault !== null) return end(this.#fault.status, { 'content-type': 'text/html' }, '<html>Injected by the simulator.</html>');
    if (url !== `/calendar/${TOKEN}/basic.ics`) return end(404);
    if (method !== 'GET' && method !== 'HEAD') return end(405, { allow: 'GET, HEAD' });
    if (!/text\/calendar|\*\/\*/.test(headers.accept ?? '')) return end(406);
    const etag = `"${createHash('sha256').update(this.#text).digest('hex').slice(0, 16)}"`;
    if (headers['if-none-match'] === etag) return end(304, { etag });
    return end(200, { etag, 'content-type': 'text/calendar; charset=utf-8' }, this.#text);
  }
}
