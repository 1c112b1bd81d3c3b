import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { close, listen, urlOf } from '../listening.ts';
import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type Fault, Faults } from './faults.ts';
import { checkSigned, parseAddress, readRequest, type S3Answer } from './http.ts';
import { errorAnswer, S3Store, type S3StoreOptions } from './store.ts';

export interface S3SimulatorOptions extends S3StoreOptions {
  readonly port?: number;
  readonly host?: string;
}

/**
 * A small and strict S3: objects with versions, tags and checksums, conditional writes, copies, multipart uploads, listings, versioning and
 * Object Lock settings. What it does not know it refuses as not implemented. Path-style addresses; requests must be signed. `faults` go wrong
 * on demand.
 */
export class S3Simulator {
  readonly faults = new Faults();
  readonly buckets: Map<string, Bucket>;
  /** Method and key of each request, in order, for tests. */
  readonly requests: { readonly method: string; readonly key: string }[] = [];
  readonly #store: S3Store;
  readonly #server: Server;

  private constructor(options: S3SimulatorOptions) {
    this.#store = new S3Store(options);
    this.buckets = this.#store.buckets;
    this.#server = createServer((message, response) => void this.#serve(message, response));
  }

  static async start(options: S3SimulatorOptions = {}): Promise<S3Simulator> {
    const simulator = new S3Simulator(options);
    await listen(simulator.#server, options);
    return simulator;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  async stop(): Promise<void> {
    await close(this.#server);
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method ?? 'GET';
    try {
      const { key } = parseAddress(message.url ?? '/');
      this.requests.push({ method, key });
      const fault = this.faults.take(method, key);
      if (fault?.kind === 'reset') {
        message.socket.resetAndDestroy();
        return;
      }
      const answer = await this.#answer(message, fault);
      if (fault?.kind === 'silence') return;
      if (fault?.kind === 'lost-answer') message.socket.resetAndDestroy();
      else send(response, method, answer, fault?.kind === 'torn-body');
    } catch (error) {
      // A client that hung up in the middle of its request: nobody is there to be told.
      message.socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  async #answer(message: IncomingMessage, fault: Fault | null): Promise<S3Answer> {
    try {
      const request = await readRequest(message);
      checkSigned(request);
      if (fault?.kind === 'status') throw new S3Error(fault.status, fault.code, 'Injected by the simulator.');
      if (fault?.kind === 'silence') return { status: 200, headers: {}, body: '' };
      return this.#store.answer(request);
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error);
      throw error;
    }
  }
}

function send(response: ServerResponse, method: string, answer: S3Answer, torn: boolean): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { 'content-length': body.length, ...answer.headers, 'x-amz-request-id': 'SIMULATED' });
  if (method === 'HEAD') response.end();
  else if (torn) response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.resetAndDestroy());
  else response.end(body);
}
